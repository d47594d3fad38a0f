"""Masked twins: a trimmed network in the place that it had in the large one."""

import copy
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import nn

from tombola.errors import TombolaError
from tombola.training.reduction.graph import Group
from tombola.training.reduction.trim import Keep, survivors

Module = TypeVar("Module", bound=nn.Module)


def masked_twin(
    trimmed: Module, few: Sequence[Group], large: Module, many: Sequence[Group]
) -> Module:
    """A network as wide as `large` that plays what `trimmed` does; the rest is zero.

    It is what a mask would have left of `large`, had the same units stayed. They come
    first here: which ones they were does not matter, because no figure of a graph asks
    for the order of its vertices.

    Args:
        trimmed: A network with fewer units than `large`, otherwise alike.
        few: Its dependency groups.
        large: The network that it was cut from, or one as wide.
        many: The dependency groups of that.

    Raises:
        TombolaError: `trimmed` does not fit into `large`.
    """
    units = {group.name: group.units for group in few}
    if not fits(few, many):
        wide = {group.name: group.units for group in many}
        raise TombolaError(
            f"a network of {units} units does not fit into one of {wide}; give the "
            "trimmed network first, and then the one that it was cut from"
        )
    keep = {g.name: torch.arange(g.units) < units[g.name] for g in many}
    twin = copy.deepcopy(large)
    _fill(dict(twin.named_parameters()), dict(trimmed.named_parameters()), many, keep)
    return twin


def fits(few: Sequence[Group], many: Sequence[Group]) -> bool:
    """Whether the one network could have been cut from the other, by their groups."""
    units = {group.name: group.units for group in few}
    wide = {group.name: group.units for group in many}
    return units.keys() == wide.keys() and all(units[n] <= wide[n] for n in units)


def _fill(
    wide: dict[str, nn.Parameter],
    small: dict[str, nn.Parameter],
    groups: Sequence[Group],
    keep: Keep,
) -> None:
    """Set what `keep` keeps of `wide` to `small`, and the rest to zero."""
    stays = survivors(wide, groups, keep)
    with torch.no_grad():
        for name, parameter in wide.items():
            places = [
                stays.get((name, dim), torch.ones(size, dtype=torch.bool)).nonzero()[
                    :, 0
                ]
                for dim, size in enumerate(parameter.shape)
            ]
            parameter.zero_()
            parameter[torch.meshgrid(*places, indexing="ij")] = small[name]
