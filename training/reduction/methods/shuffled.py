"""Shuffled: the layers' shares, each given to another layer. A control."""

from collections.abc import Mapping

import torch

from tombola.training.reduction.lottery import ReduceConfig, decoder_groups, rank
from tombola.training.reduction.methods.once import least_share
from tombola.training.reduction.methods.scratch import (
    decoder_cost,
    train_from_scratch,
)
from tombola.training.reduction.methods.task import (
    Reduced,
    Task,
    as_it_is,
    even_widths,
)
from tombola.training.reduction.ranking import select
from tombola.training.voices.tone import ToneWidths


def reduce(task: Task, *, criterion: str = "taylor") -> Reduced:
    """Let a criterion find each layer's share, hand them on by one layer, train afresh.

    If that does as well, what the criterion found out about layers is worth nothing
    (after J. Su et al.: "Sanity-Checking Pruning Methods: Random Tickets can Win the
    Jackpot", NeurIPS 2020, for whole units).
    """
    model = task.dense.load_model()
    config = ReduceConfig(criterion=criterion)
    groups = decoder_groups(model.decoder)
    worth = rank(task.corpus, model, task.dense.config, config, "rank")
    state = dict(model.decoder.named_parameters())
    keep = select(state, groups, worth, task.parameters, least_share(task.keep))
    widths = handed_on(keep, task.dense.config.widths, task.parameters)
    model, _ = train_from_scratch(task.corpus, task.dense, widths, task.folder)
    return as_it_is(model, task.dense.config.steps)


def handed_on(
    keep: Mapping[str, torch.Tensor], dense: ToneWidths, limit: int
) -> ToneWidths:
    """The widths that result, scaled together until `limit` parameters are reached."""
    order = [dense.input, dense.hidden, dense.output]
    found = [
        float(kept.float().mean())
        for maker in ("input", "gru", "output")
        for group, kept in keep.items()
        if group.startswith(f"{maker} >")
    ]
    moved = [found[-1], *found[:-1]]
    wanted = ToneWidths(
        *(max(1, round(s * u)) for s, u in zip(moved, order, strict=True))
    )
    return even_widths(wanted, lambda w: decoder_cost(w).parameters <= limit)
