"""Distilled: a small network learns from the dense one as well as from the sounds."""

from dataclasses import replace
from typing import Literal

from tombola.training.reduction.lottery import retrain
from tombola.training.reduction.methods.scratch import decoder_cost
from tombola.training.reduction.methods.task import (
    Reduced,
    Task,
    as_it_is,
    even_widths,
)
from tombola.training.reduction.teaching import taught_by
from tombola.training.train.loop import fresh_model


def reduce(task: Task, *, of: Literal["audio", "control"] = "audio") -> Reduced:
    """Train a small decoder of the dense one's proportions with a teacher.

    G. Hinton, O. Vinyals, J. Dean: "Distilling the Knowledge in a Neural Network",
    arXiv:1503.02531, 2015. `of` is what it learns from the teacher (`taught_by`).
    """
    objective = taught_by(task.dense.load_model(), of)
    schedule = task.dense.config
    limit = task.parameters
    widths = even_widths(
        schedule.widths, lambda w: decoder_cost(schedule.voice, w).parameters <= limit
    )
    student = task.dense.load_model()
    small = replace(schedule, widths=widths)
    student.decoder = fresh_model(task.corpus, small).decoder
    label = f"distilled-{of}"
    retrain(task.corpus, student, schedule, task.folder, label, 0, objective)
    return as_it_is(student, schedule.steps)
