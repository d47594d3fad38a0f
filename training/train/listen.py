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
from tombola.training.voices.voice import Model

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


def resynthesise(model: Model, clip: Clip) -> Floats:
    """Play a clip again, of 4 s at most: [T * 192] samples."""
    with torch.no_grad():
        heard = model.play([clip], min(len(clip.pitch), LONGEST))
    audio: Floats = heard[0].numpy()
    return audio


def write_examples(folder: Path, corpus: Corpus, model: Model) -> list[Path]:
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
