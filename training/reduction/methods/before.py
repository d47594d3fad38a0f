"""Before: units are taken out of a network that was not trained yet."""

import torch

from tombola.training.reduction.lottery import (
    ReduceConfig,
    decoder_groups,
    rank,
    retrain,
)
from tombola.training.reduction.methods.once import least_share
from tombola.training.reduction.methods.task import Reduced, Task, as_it_is
from tombola.training.reduction.ranking import select
from tombola.training.reduction.trim import trim


def reduce(
    task: Task, *, criterion: str = "snip", scaling: str | None = None, cuts: int = 1
) -> Reduced:
    """Rank the initial weights, trim, and train what is left.

    SNIP and GraSP take all in one cut, SynFlow in a hundred (`criteria/snip.py`, ...
    name the papers). The encoder is the trained one, as for all methods, so that places
    mean the same.

    Args:
        task: What to reduce.
        criterion: A name in `CRITERIA`.
        scaling: A name in `SCALINGS`.
        cuts: How often it is ranked and cut; each leaves the same share.
    """
    model = task.dense.load_model()
    model.decoder = task.dense.load_model("initial").decoder
    schedule = task.dense.config
    config = ReduceConfig(criterion=criterion, scaling=scaling)
    total = task.cost_of_dense.parameters
    torch.set_num_threads(1)
    for cut in range(1, cuts + 1):
        groups = decoder_groups(model.decoder)
        worth = rank(task.corpus, model, schedule, config, f"cut {cut}: rank")
        target = int(task.keep ** (cut / cuts) * total)
        state = dict(model.decoder.named_parameters())
        least = least_share(task.keep ** (1 / cuts))
        keep = select(state, groups, worth, target, least)
        model.decoder = trim(model.decoder, groups, keep)
    retrain(task.corpus, model, schedule, task.folder, "before", 0)
    return as_it_is(model, schedule.steps)
