"""A run: one training of a voice on a corpus, in a folder of its own.

    run.json            the configuration, the corpus' name, licence and digest, and the
                        run's name, which is the hash of all these
    initial.safetensors, rewind.safetensors, final.safetensors    networks
    train.safetensors   the checkpoint: network, optimiser and losses at one step
    figures.json        what was measured
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from tombola.errors import TombolaError
from tombola.files import write_json
from tombola.training.corpus.corpus import Corpus
from tombola.training.train.checkpoint import load_model
from tombola.training.voices.tone import ToneModel, ToneWidths

Which = Literal["initial", "rewind", "final"]


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides how a training ends, except the corpus.

    Attributes:
        voice: The kind of voice; `tone` is the one there is.
        steps: Steps of the whole schedule.
        batch: Segments in a step.
        frames: Length of a segment, at 250 Hz.
        learning_rate: Adam's, at its highest.
        seed: Of the first weights, the order of the data and the noise.
        rewind_step: When the early weights are kept that trimmed networks return to.
        widths: Of the dense decoder.
    """

    voice: Literal["tone"] = "tone"
    steps: int = 800
    batch: int = 8
    frames: int = 125
    learning_rate: float = 3e-3
    seed: int = 0
    rewind_step: int = 80
    widths: ToneWidths = field(default_factory=ToneWidths)


@dataclass(frozen=True)
class TrainResult:
    """What a training measured.

    Attributes:
        losses: Training loss of every step from `start_step` on.
        held_out: (step, held-out loss) along the way; the last is the final one.
        seconds: Wall-clock time, of all sittings together.
    """

    losses: list[float]
    held_out: list[tuple[int, float]]
    seconds: float

    @property
    def loss(self) -> float:
        """Held-out multi-scale STFT loss at the end."""
        return self.held_out[-1][1]


def train(
    corpus: Corpus,
    model: ToneModel,
    config: TrainConfig,
    run: Path,
    *,
    start_step: int = 0,
    train_encoder: bool = True,
    label: str = "train",
) -> TrainResult:
    """Train `model` in place from `start_step` to `config.steps`.

    The learning rate and the data of a step depend on its number and the seed alone.
    A checkpoint `LABEL.safetensors` in the folder `run` is kept; a training of the same
    configuration, corpus and first weights that was stopped goes on from it and ends at
    the same weights. The dense decoder's early weights are kept as
    `rewind.safetensors` when `start_step` < `config.rewind_step`.
    """
    raise NotImplementedError


def evaluate(corpus: Corpus, model: ToneModel) -> float:
    """Multi-scale STFT loss over the held-out clips; the same each time."""
    raise NotImplementedError


class Run:
    """A folder that holds one training and what was made of it."""

    folder: Path
    config: TrainConfig
    name: str

    @classmethod
    def create(cls, folder: Path, corpus: Corpus, config: TrainConfig) -> Self: ...

    @classmethod
    def open(cls, folder: Path) -> Self: ...

    def load_model(self, which: Which = "final") -> ToneModel: ...

    @property
    def figures(self) -> dict[str, Any]: ...

    def add_figures(self, figures: dict[str, Any]) -> None:
        """Merge figures into `figures.json`."""
