"""What a training did, to look at and to listen to."""

from pathlib import Path

import numpy as np
import soundfile
import torch
from matplotlib.figure import Figure

from tombola.files import whole
from tombola.generated import sound
from tombola.training.corpus.corpus import Clip, Corpus, Floats
from tombola.training.train.loop import TrainResult
from tombola.training.voices.synth import xorshift_spectrum
from tombola.training.voices.tone import ToneModel

EXAMPLES = 6
LONGEST = 1000  # frames, 4 s
GAP = 0.25  # seconds between an original and its resynthesis


def plot_losses(path: Path, result: TrainResult) -> None:
    """Draw the training loss of every step and the held-out loss along the way."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(result.losses, lw=0.6, color="0.7", label="training, each step")
    axes.plot(*zip(*result.held_out, strict=True), "o-", label="held out")
    axes.set(xlabel="step", ylabel="multi-scale STFT loss", ylim=(0, None))
    axes.legend()
    with whole(path) as temporary:
        figure.savefig(temporary, dpi=120)


def resynthesise(model: ToneModel, clip: Clip) -> Floats:
    """Render a clip's pitch and loudness, at its place, as [T * 192] samples."""
    frames = min(len(clip.pitch), LONGEST)
    pitch = torch.tensor(clip.pitch[:frames])[None]
    loudness = torch.tensor(clip.loudness[:frames])[None]
    noise = torch.from_numpy(xorshift_spectrum(frames))
    with torch.no_grad():
        place = model.place(torch.tensor(clip.timbre))[None]
        audio: Floats = model(pitch, loudness, place, noise)[0].numpy()
    return audio


def write_examples(folder: Path, corpus: Corpus, model: ToneModel) -> list[Path]:
    """Write a few held-out clips as WAVs: the original, a pause, the resynthesis."""
    clips = corpus.held_out[:: -(-len(corpus.held_out) // EXAMPLES)]
    paths = []
    for number, clip in enumerate(clips, 1):
        heard = resynthesise(model, clip)
        pause = np.zeros(int(GAP * sound.SAMPLE_RATE), np.float32)
        both = np.concatenate([clip.audio[: len(heard)], pause, heard])
        path = folder / f"{number}-{Path(clip.name).stem}.wav"
        with whole(path) as temporary:
            soundfile.write(temporary, both, sound.SAMPLE_RATE, subtype="PCM_24")
        paths.append(path)
    return paths
