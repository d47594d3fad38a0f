"""A picture of a corpus: what it holds, and what its spectra look like."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tombola.files import whole
from tombola.generated.sound import FRAME_RATE
from tombola.training.corpus.brightness import brightness
from tombola.training.corpus.corpus import SOUNDING, Corpus, Floats
from tombola.training.corpus.defaults import sounds_for


def draw(corpus: Corpus, path: Path) -> None:
    """Draw the time spent at each pitch and loudness, and the timbre of each pitch.

    Where sounds need none, their spectral centroid takes the place of the pitch.
    """
    figure = Figure(figsize=(11, 8), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    loudness, timbre = (
        np.concatenate([getattr(clip, feature) for clip in corpus.clips])
        for feature in ("loudness", "timbre")
    )
    has_pitch = sounds_for(corpus.voice).have_pitch
    each = [c.pitch if has_pitch else brightness(c.timbre) for c in corpus.clips]
    pitch = np.concatenate(each)
    sounding = loudness > SOUNDING
    edges = np.arange(np.floor(pitch.min()) - 0.5, pitch.max() + 1.0)
    _draw_range(upper, pitch[sounding], loudness[sounding], edges)
    _draw_held_out(upper, corpus, each)
    _draw_timbre(lower, pitch[sounding], timbre[sounding], edges)
    lower.set_xlabel(f"{'pitch' if has_pitch else 'spectral centroid'}, MIDI note")
    figure.suptitle(
        f"{corpus.name}: {len(corpus.clips)} clips, {corpus.seconds / 60:.1f} minutes"
    )
    with whole(path) as temporary:
        figure.savefig(temporary, dpi=100)


def _draw_range(axes: Axes, pitch: Floats, loudness: Floats, edges: Floats) -> None:
    levels = np.arange(SOUNDING, max(0.0, loudness.max()) + 2.0, 2.0)
    time, *_ = np.histogram2d(pitch, loudness, [edges, levels])
    shown = np.ma.masked_equal(time.T / FRAME_RATE, 0.0)
    image = axes.pcolormesh(edges, levels, shown, norm="log", cmap="viridis")
    axes.figure.colorbar(image, ax=axes, label="seconds")
    axes.set_ylabel("loudness, dB(A)")


def _draw_held_out(axes: Axes, corpus: Corpus, pitch: list[Floats]) -> None:
    held_out = [(c, p) for c, p in zip(corpus.clips, pitch, strict=True) if c.held_out]
    middle = [float(np.median(pitch)) for _, pitch in held_out]
    loudest = [float(clip.loudness.max()) for clip, _ in held_out]
    axes.plot(middle, loudest, "o", color="tab:red", fillstyle="none", markersize=4)
    axes.set_title("time spent; circles: loudest frames of held-out clips", fontsize=10)


def _draw_timbre(axes: Axes, pitch: Floats, timbre: Floats, edges: Floats) -> None:
    notes = np.digitize(pitch, edges) - 1
    mean = np.full((timbre.shape[1], len(edges) - 1), np.nan)
    for note in np.unique(notes):
        mean[:, note] = timbre[notes == note].mean(axis=0)
    bands = np.arange(timbre.shape[1] + 1)
    image = axes.pcolormesh(edges, bands, mean, vmin=-60.0, vmax=0.0, cmap="magma")
    axes.figure.colorbar(image, ax=axes, label="dB of the whole")
    axes.set_ylabel("mel band, 30 Hz to 20 kHz")
