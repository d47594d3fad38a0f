"""Linear mode connectivity: whether two networks lie in one valley of the loss."""

import copy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from tombola.training.corpus.corpus import Corpus
from tombola.training.train.config import TrainConfig
from tombola.training.train.loop import evaluate, train
from tombola.training.voices.voice import Model

POINTS = 11


@dataclass(frozen=True)
class Line:
    """Held-out losses from one network to another, evenly spaced, with both ends."""

    losses: list[float]

    @property
    def barrier(self) -> float:
        """The highest loss on the way, above the mean of the ends' losses."""
        return max(self.losses) - (self.losses[0] + self.losses[-1]) / 2


def line(corpus: Corpus, first: Model, second: Model) -> Line:
    """The loss along the straight line between two networks of the same widths.

    J. Frankle, G. K. Dziugaite, D. M. Roy, M. Carbin: "Linear Mode Connectivity and the
    Lottery Ticket Hypothesis", ICML 2020, section 2; `barrier` is their instability.
    The encoders' weights go along.
    """
    torch.set_num_threads(1)
    between = copy.deepcopy(first)
    losses = []
    for place in np.linspace(0.0, 1.0, POINTS):
        with torch.no_grad():
            for moved, one, other in zip(
                *(m.parameters() for m in (between, first, second)), strict=True
            ):
                moved.copy_(torch.lerp(one, other, float(place)))
        losses.append(evaluate(corpus, between))
    return Line(losses)


def two_orders(
    corpus: Corpus, early: Model, training: TrainConfig, folder: Path, label: str
) -> Line:
    """The line between `early` trained on with its data in one order and in another.

    Section 3 of the same paper asks how stable a network is to that. The encoder stands
    still, so that both hear the same places. Checkpoints are `LABEL-0` and `LABEL-1` in
    `folder`, where a stopped training goes on.
    """
    children = []
    for number in range(2):
        child = copy.deepcopy(early)
        order = replace(training, seed=(training.seed + 1 + number) % 2**31)
        start = training.rewind_step
        train(
            corpus,
            child,
            order,
            folder,
            start_step=start,
            train_encoder=False,
            label=f"{label}-{number}",
        )
        children.append(child)
    return line(corpus, *children)
