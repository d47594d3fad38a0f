"""A performance as a picture: its spectrogram over what was patched."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
from numpy.typing import NDArray

from tombola import files
from tombola.generated.panel import CVS, KNOBS
from tombola.generated.sound import BLOCK, FULL_SCALE, SAMPLE_RATE
from tombola.performance import GATE_BIT, PanelTrack, Performance
from tombola.play.patch import GATE_NAMES, Patch
from tombola.play.spectrogram import log_spectrogram
from tombola.play.words import CV_INDEX, cv_volts, knob_positions, patched_pitch

INK, FAINT, PAPER = "#1d2433", "#8a93a6", "#ffffff"
COLOURS = ("#c2410c", "#1d6fb8", "#2f855a", "#8b3fa8", "#b7791f", "#0f7c8a", "#a8325e")
LOWEST_HERTZ, HIGHEST_HERTZ = 30.0, 20000.0
RANGE_DB = 90.0
ROW_BLOCKS_MAX = 6000  # points of a lane that a picture can show


@dataclass(frozen=True)
class _Line:
    """A curve of a lane: name, values [blocks]."""

    name: str
    values: NDArray[np.float64]


def draw(
    path: Path,
    patch: Patch,
    track: PanelTrack,
    performance: Performance,
    figures: dict[str, Any],
) -> None:
    """Write a PNG: spectrogram, level, pitch, gates, and the knobs and CVs that move.

    figures: what `measure` returned, for the line under the title.
    """
    seconds = np.arange(track.blocks) * BLOCK / SAMPLE_RATE
    knobs, volts = _moving_knobs(track), _moving_cvs(track)
    heights = [5.0, 0.8, 1.5, 0.5] + [1.1] * (bool(knobs) + bool(volts))
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(14, 1.15 * sum(heights) + 1.2), facecolor=PAPER)
        grid = figure.add_gridspec(
            len(heights),
            1,
            height_ratios=heights,
            hspace=0.09,
            left=0.075,
            right=0.9,
            top=1 - 0.85 / figure.get_figheight(),
            bottom=0.55 / figure.get_figheight(),
        )
        axes = [figure.add_subplot(grid[row]) for row in range(len(heights))]
        _draw_spectrogram(axes[0], performance)
        _draw_level(axes[1], performance)
        _draw_pitch(axes[2], seconds, track, figures)
        _draw_gates(axes[3], seconds, track)
        if knobs:
            _draw_lines(axes[4], seconds, knobs, "knobs", (0.0, 1.0))
        if volts:
            _draw_lines(axes[-1], seconds, volts, "CV, volts", _limits(volts))
        for axis in axes:
            axis.set_xlim(0.0, track.seconds)
            axis.tick_params(labelbottom=axis is axes[-1])
        axes[-1].set_xlabel("seconds")
        _draw_title(figure, patch, figures)
        with files.whole(path) as temporary:
            figure.savefig(temporary, dpi=120, facecolor=PAPER)


def style() -> Any:
    """Return what matplotlib is told for every picture of Tombola's."""
    return {
        "font.size": 9,
        "axes.edgecolor": FAINT,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.6,
        "xtick.color": FAINT,
        "ytick.color": FAINT,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "text.color": INK,
        "text.parse_math": False,  # a patch's name may hold dollar signs
    }


def _draw_title(figure: Figure, patch: Patch, figures: dict[str, Any]) -> None:
    height = figure.get_figheight()
    figure.text(0.075, 1 - 0.36 / height, patch.name, size=15, weight="bold")
    facts = [f"{figures[key]}" for key in ("ticket", "on") if key in figures]
    facts.append(f"peak {figures['peak_dbfs']:.1f} dBFS")
    if figures["loudness_lufs"] is not None:
        facts.append(f"{figures['loudness_lufs']:.1f} LUFS")
    if figures["pitch_error_cents_max"] is not None:
        facts.append(
            f"in tune within {figures['pitch_error_cents_max']:.2f} cents "
            f"({figures['notes_measured']} notes)"
        )
    if figures["instr_share_of_480m"] is not None:
        facts.append(f"{figures['instr_share_of_480m']:.1%} of 480 M instructions/s")
    figure.text(0.075, 1 - 0.63 / height, "  ·  ".join(facts), color="#5b6579")


def _draw_spectrogram(axis: Axes, performance: Performance) -> None:
    sound = performance.audio.mean(axis=1) / (FULL_SCALE + 1.0)
    hertz, levels = log_spectrogram(sound, LOWEST_HERTZ, HIGHEST_HERTZ)
    top = max(-100.0, float(np.ceil(levels.max())))
    image = axis.imshow(
        levels,
        origin="lower",
        aspect="auto",
        extent=(0.0, performance.seconds, 0.0, float(len(hertz))),
        cmap="magma",
        vmin=top - RANGE_DB,
        vmax=top,
        interpolation="bilinear",
    )
    ticks = [50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000]
    octaves = np.log(HIGHEST_HERTZ / LOWEST_HERTZ)
    places = [np.log(tick / LOWEST_HERTZ) / octaves * len(hertz) for tick in ticks]
    axis.yaxis.set_major_locator(FixedLocator(places))
    names = [str(tick) if tick < 1000 else f"{tick // 1000} k" for tick in ticks]
    axis.yaxis.set_major_formatter(FixedFormatter(names))
    axis.set_ylabel("Hz")
    beside = axis.inset_axes((1.012, 0.0, 0.012, 1.0))
    scale = axis.figure.colorbar(image, cax=beside)
    scale.set_label("dBFS of a sine")
    scale.outline.set_visible(False)


def _draw_level(axis: Axes, performance: Performance) -> None:
    rows = performance.audio.reshape(performance.blocks, -1) / (FULL_SCALE + 1.0)
    stretch = max(1, performance.blocks // 2000)
    count = performance.blocks // stretch
    peaks = np.abs(rows[: count * stretch]).reshape(count, -1).max(axis=1)
    seconds = np.arange(count) * stretch * BLOCK / SAMPLE_RATE
    axis.fill_between(seconds, -peaks, peaks, color=INK, linewidth=0)
    limit = max(float(peaks.max()), 1e-3) * 1.05
    axis.set_ylim(-limit, limit)
    axis.yaxis.set_major_locator(NullLocator())
    axis.set_ylabel("sound", rotation=0, ha="right", va="center")


def _draw_pitch(
    axis: Axes,
    seconds: NDArray[np.float64],
    track: PanelTrack,
    figures: dict[str, Any],
) -> None:
    pitch = patched_pitch(track)
    gate = (track.gates & GATE_BIT) > 0
    axis.plot(seconds, pitch, color=FAINT, linewidth=0.6)
    axis.plot(seconds, np.where(gate, pitch, np.nan), color=COLOURS[1], linewidth=2.2)
    missed = [note for note in figures["notes"] if note["cents"] is None]
    if missed:
        times, pitches = zip(*((n["start"], n["pitch"]) for n in missed), strict=True)
        axis.plot(times, pitches, "x", color=COLOURS[0], label="no clear pitch")
        axis.legend(
            loc="upper left", bbox_to_anchor=(1.0, 1.0), handletextpad=0, frameon=False
        )
    played = pitch[gate] if gate.any() else pitch
    low = 12 * int(np.floor((played.min() - 1) / 12))
    high = 12 * int(np.ceil((played.max() + 1) / 12))
    axis.set_ylim(low, high)
    octaves = range(low, high + 1, 12)
    axis.yaxis.set_major_locator(FixedLocator(list(octaves)))
    axis.yaxis.set_major_formatter(
        FixedFormatter([f"C{octave // 12 - 1}" for octave in octaves])
    )
    axis.grid(axis="y", color="#e3e7ee", linewidth=0.6)
    axis.set_ylabel("pitch")


def _draw_gates(axis: Axes, seconds: NDArray[np.float64], track: PanelTrack) -> None:
    used = [
        (bit, name)
        for bit, name in enumerate(GATE_NAMES)
        if bit == 0 or (track.gates >> bit & 1).any()
    ]
    for row, (bit, _) in enumerate(reversed(used)):
        high = (track.gates >> bit & 1).astype(float)
        axis.fill_between(
            seconds, row, row + 0.75 * high, step="post", color=COLOURS[bit], lw=0
        )
    axis.set_ylim(-0.1, len(used))
    places = [row + 0.4 for row in range(len(used))]
    axis.yaxis.set_major_locator(FixedLocator(places))
    names = [name for _, name in reversed(used)]
    axis.yaxis.set_major_formatter(FixedFormatter(names))
    axis.tick_params(axis="y", length=0)


def _draw_lines(
    axis: Axes,
    seconds: NDArray[np.float64],
    lines: list[_Line],
    label: str,
    limits: tuple[float, float],
) -> None:
    thin = max(1, len(seconds) // ROW_BLOCKS_MAX)
    low, high = limits
    margin = 0.08 * (high - low)
    axis.set_ylim(low - margin, high + margin)
    for row, line in enumerate(lines):
        colour = COLOURS[row % len(COLOURS)]
        axis.plot(seconds[::thin], line.values[::thin], color=colour, linewidth=1.4)
        place = 1.0 - (row + 0.5) / max(len(lines), 4)
        axis.text(
            1.012,
            place,
            line.name,
            color=colour,
            weight="bold",
            va="center",
            transform=axis.transAxes,
        )
    axis.grid(axis="y", color="#e3e7ee", linewidth=0.6)
    axis.set_ylabel(label)


def _moving_knobs(track: PanelTrack) -> list[_Line]:
    """Return the knobs that are turned, each over its own range as 0..1."""
    lines = []
    for index, part in enumerate(KNOBS):
        low, high = part.range
        turn = (knob_positions(part, track.knobs[:, index]) - low) / (high - low)
        if np.ptp(turn) > 0:
            lines.append(_Line(part.name, turn))
    return lines


def _moving_cvs(track: PanelTrack) -> list[_Line]:
    """Return the jacks besides V/OCT whose volts change."""
    lines = []
    for index, part in enumerate(CVS):
        volts = cv_volts(part, track.cv[:, index])
        if index != CV_INDEX["V/OCT"] and np.ptp(volts) > 0:
            lines.append(_Line(part.name, volts))
    return lines


def _limits(lines: list[_Line]) -> tuple[float, float]:
    widest = max(float(np.abs(line.values).max()) for line in lines)
    return -max(1.0, widest), max(1.0, widest)
