"""Distilled: a small network learns from the dense one as well as from the sounds."""

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from tombola.errors import TombolaError
from tombola.training.reduction.methods.scratch import decoder_cost
from tombola.training.reduction.methods.task import (
    Reduced,
    Task,
    as_it_is,
    even_widths,
)
from tombola.training.train.config import TrainConfig
from tombola.training.train.loop import fresh_model, passage, train
from tombola.training.train.loss import spectral_loss
from tombola.training.voices.segments import Segments
from tombola.training.voices.voice import Model

# Brings the squared error of amplitudes, some 0.01, to the size of the spectral loss.
_CONTROL_WEIGHT = 30.0


def reduce(task: Task, *, of: Literal["audio", "control"] = "audio") -> Reduced:
    """Train a small decoder of the dense one's proportions with a teacher.

    G. Hinton, O. Vinyals, J. Dean: "Distilling the Knowledge in a Neural Network",
    arXiv:1503.02531, 2015. Beside the loss to the recording there is one to the
    teacher: `of` "audio" the spectral loss to what it plays with the same noise, `of`
    "control" the squared distance of the amplitudes that drive the synthesiser.
    """
    if of not in ("audio", "control"):
        raise TombolaError(
            f"distilled: of is '{of}'; distil from audio or from control"
        )
    teacher = task.dense.load_model().requires_grad_(False)
    schedule = task.dense.config
    limit = task.parameters
    student = task.dense.load_model()
    widths = even_widths(
        schedule.widths, lambda w: decoder_cost(schedule.voice, w).parameters <= limit
    )
    small = replace(schedule, widths=widths)
    student.decoder = fresh_model(task.corpus, small).decoder

    def objective(
        model: Model, segments: Segments, config: TrainConfig, step: int
    ) -> Tensor:
        with torch.no_grad():
            taught = passage(teacher, segments, config, step)
        played = passage(model, segments, config, step)
        if of == "audio":
            return played.loss + spectral_loss(played.heard, taught.heard)
        error = (played.amplitudes - taught.amplitudes).square().mean()
        return played.loss + _CONTROL_WEIGHT * error

    train(
        task.corpus,
        student,
        schedule,
        task.folder,
        train_encoder=False,
        label=f"distilled-{of}",
        objective=objective,
    )
    return as_it_is(student, schedule.steps)
