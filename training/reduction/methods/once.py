"""Once: all units that go are taken out of the trained network in one cut."""

import math

from tombola.training.reduction.lottery import (
    ReduceConfig,
    decoder_groups,
    rank,
    retrain,
)
from tombola.training.reduction.methods.task import Reduced, Task, as_it_is
from tombola.training.reduction.ranking import LEAST, select
from tombola.training.reduction.trim import trim


def reduce(
    task: Task, *, criterion: str = "taylor", scaling: str | None = None
) -> Reduced:
    """Trim once, keep the trained weights, and train on from the early rate.

    H. Li, A. Kadav, I. Durdanovic, H. Samet, H. P. Graf: "Pruning Filters for Efficient
    ConvNets", ICLR 2017, whose "prune once and retrain" this is.
    """
    model = task.dense.load_model()
    schedule = task.dense.config
    config = ReduceConfig(criterion=criterion, scaling=scaling)
    groups = decoder_groups(model.decoder)
    worth = rank(task.corpus, model, schedule, config, "rank")
    state = dict(model.decoder.named_parameters())
    keep = select(state, groups, worth, task.parameters, least_share(task.keep))
    model.decoder = trim(model.decoder, groups, keep)
    start = schedule.rewind_step
    retrain(task.corpus, model, schedule, task.folder, "once", start)
    return as_it_is(model, 2 * schedule.steps - start)


def least_share(keep: float) -> float:
    """The share of its units that a layer keeps, where all is taken at once.

    Parameters go with the square of a width, so an even cut leaves the root of `keep`.
    """
    return LEAST * math.sqrt(keep)
