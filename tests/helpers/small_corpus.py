"""A corpus of a few short notes, and a dense run of a few steps on it."""

from pathlib import Path

import numpy as np

from tombola.training.corpus.corpus import Clip, Corpus
from tombola.training.train.run import Run, TrainConfig
from tombola.training.voices.tone import ToneWidths

FRAMES = 40
CONFIG = TrainConfig(
    steps=6, rewind_step=2, batch=2, frames=25, widths=ToneWidths(12, 16, 14)
)


def note(number: int) -> Clip:
    """A decaying sawtooth of four partials; every third one is held out."""
    time = np.arange(FRAMES * 192) / 48000
    midi = 48.0 + 5 * number
    theta = 2 * np.pi * time * 440 * 2 ** ((midi - 69) / 12)
    audio = sum(np.sin(n * theta) / n for n in range(1, 5)) * np.exp(-8 * time) / 5
    level = -20 - 8 * 8.7 * time[191::192]
    bands = np.linspace(0, -3, 40) * np.ones((FRAMES, 1))
    features = (np.full(FRAMES, midi), level, bands)
    parts = [np.asarray(values, np.float32) for values in (audio, *features)]
    return Clip(f"note {number}", *parts, held_out=number % 3 == 2)


def small_corpus() -> Corpus:
    return Corpus("notes", "CC0-1.0", [note(n) for n in range(6)], [])


def small_run(folder: Path, corpus: Corpus, corpus_folder: Path | None = None) -> Run:
    run = Run.create(folder, corpus, CONFIG, corpus_folder)
    run.train(corpus)
    return run
