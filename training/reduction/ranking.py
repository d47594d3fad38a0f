"""Which units stay, ranked over the whole network."""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from tombola.errors import TombolaError
from tombola.training.reduction.graph import Group
from tombola.training.reduction.trim import Keep, parameters_left

# The share of its units that every group keeps in a round, whatever they are worth: no
# layer becomes the neck of the network because one ranking misjudged it.
LEAST = 0.25


def select(
    state: Mapping[str, Tensor],
    groups: Sequence[Group],
    worth: Mapping[str, Tensor],
    target: int,
    least: float = LEAST,
) -> Keep:
    """Take out the units of least worth until at most `target` parameters are left.

    Args:
        state: the network's parameters; only their shapes matter.
        groups: its dependency groups.
        worth: group name -> [units], per parameter, as a criterion gives it.
        target: how many parameters may be left.
        least: the share of its units that every group keeps.

    Raises:
        TombolaError: the target needs a group to fall below the share it must keep.
    """
    order = _order(groups, worth, least)

    def without(count: int) -> Keep:
        keep = {g.name: torch.ones(g.units, dtype=torch.bool) for g in groups}
        for name, unit in order[:count]:
            keep[name][unit] = False
        return keep

    low, high = 0, len(order)
    if parameters_left(state, groups, without(high)) > target:
        raise TombolaError(
            f"{target:,} parameters cannot be reached in one round, which leaves at "
            f"least {least:.0%} of each layer's units; allow more rounds"
        )
    while low < high:
        middle = (low + high) // 2
        if parameters_left(state, groups, without(middle)) > target:
            low = middle + 1
        else:
            high = middle
    return without(low)


def _order(
    groups: Sequence[Group], worth: Mapping[str, Tensor], least: float
) -> list[tuple[str, int]]:
    """(group, unit) that may go, least worth first; each group's best ones may not."""
    candidates: list[tuple[float, str, int]] = []
    for group in groups:
        scores = worth[group.name]
        may_go = group.units - math.ceil(least * group.units)
        for unit in scores.argsort(stable=True)[:may_go].tolist():
            candidates.append((float(scores[unit]), group.name, unit))
    return [(name, unit) for _, name, unit in sorted(candidates)]
