"""Scratch: a small network that was never anything else. The control of all others."""

from dataclasses import replace
from pathlib import Path

from tombola.training.corpus.corpus import Corpus
from tombola.training.measures.cost import Cost, cost_of
from tombola.training.reduction.lottery import retrain
from tombola.training.reduction.methods.task import (
    Reduced,
    Task,
    as_it_is,
    even_widths,
)
from tombola.training.train.loop import fresh_model
from tombola.training.train.run import Run
from tombola.training.voices import VOICES
from tombola.training.voices.voice import Model, Widths


def reduce(task: Task) -> Reduced:
    """Train the dense network's proportions, made smaller, from fresh weights.

    Z. Liu, M. Sun, T. Zhou, G. Huang, T. Darrell: "Rethinking the Value of Network
    Pruning", ICLR 2019.
    """
    dense, limit = task.dense.config, task.parameters
    widths = even_widths(
        dense.widths, lambda w: decoder_cost(dense.voice, w).parameters <= limit
    )
    model = train_from_scratch(
        task.corpus, task.dense, widths, dense.steps, task.folder
    )
    return as_it_is(model, dense.steps)


def train_from_scratch(
    corpus: Corpus, dense: Run, widths: Widths, steps: int, folder: Path
) -> Model:
    """A decoder of `widths` after the dense run's schedule, stretched to `steps`.

    The encoder is the dense run's, as for whatever the control is compared with.
    """
    model = dense.load_model()
    schedule = replace(dense.config, steps=steps)
    model.decoder = fresh_model(corpus, replace(schedule, widths=widths)).decoder
    label = f"scratch-{widths}-{steps}"
    retrain(corpus, model, schedule, folder, label, 0)
    return model


def decoder_cost(voice: str, widths: Widths) -> Cost:
    """What a voice's decoder of `widths` costs."""
    return cost_of(VOICES[voice](widths).decoder)
