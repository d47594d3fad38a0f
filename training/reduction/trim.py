"""Taking units out: a smaller network that is dense again.

A mask only sets weights to zero and saves no work; here the rows and columns go.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from tombola.errors import TombolaError
from tombola.training.reduction.graph import Group

# Which units of each group stay: group name -> bool [units]. An absent group is whole.
Keep = Mapping[str, Tensor]
Module = TypeVar("Module", bound=nn.Module)


def trim(module: Module, groups: Sequence[Group], keep: Keep) -> Module:
    """Give a smaller copy of `module` that has only the units that `keep` says.

    Raises:
        TombolaError: a group would be left without a unit.
    """
    for group in groups:
        if group.name in keep and not keep[group.name].any():
            raise TombolaError(
                f"group '{group.name}': all {group.units} units would go, at least one "
                "must stay; keep more parameters"
            )
    smaller = copy.deepcopy(module)
    weights = trim_state(dict(module.named_parameters()), groups, keep)
    for name, value in weights.items():
        owner, _, attribute = name.rpartition(".")
        layer = smaller.get_submodule(owner)
        trained = layer.get_parameter(attribute).requires_grad
        setattr(layer, attribute, nn.Parameter(value.clone(), trained))
        if isinstance(layer, nn.Linear):
            layer.out_features, layer.in_features = layer.weight.shape
        elif isinstance(layer, nn.GRU):
            layer.input_size = layer.get_parameter("weight_ih_l0").shape[1]
            layer.hidden_size = layer.get_parameter("weight_hh_l0").shape[1]
    return smaller


def reorder(
    module: Module, groups: Sequence[Group], order: Mapping[str, Tensor]
) -> Module:
    """Give a copy of `module` that computes the same with its units in another order.

    Args:
        order: group name -> int64 [units]: which unit comes first, second, and so on.
    """
    ordered = copy.deepcopy(module)
    parameters = dict(ordered.named_parameters())
    for group in groups:
        for part in group.slices:
            parameter = parameters[part.parameter]
            place = torch.arange(parameter.shape[part.dim])
            place[part.index] = part.index[order[group.name]]
            parameter.data = parameter.data.index_select(part.dim, place)
    return ordered


def trim_state(
    state: Mapping[str, Tensor], groups: Sequence[Group], keep: Keep
) -> dict[str, Tensor]:
    """Cut a state dict (the weights of an early step) as `trim` cuts its module.

    What belongs to no group passes through unchanged.
    """
    smaller = {name: value.detach() for name, value in state.items()}
    for (name, dim), stays in survivors(state, groups, keep).items():
        smaller[name] = smaller[name].index_select(dim, stays.nonzero().flatten())
    return smaller


def parameters_left(
    state: Mapping[str, Tensor], groups: Sequence[Group], keep: Keep
) -> int:
    """Count the parameters that `trim` would leave of those in `state`."""
    sizes = {name: list(value.shape) for name, value in state.items()}
    for (name, dim), stays in survivors(state, groups, keep).items():
        sizes[name][dim] = int(stays.sum())
    return sum(math.prod(size) for size in sizes.values())


def survivors(
    state: Mapping[str, Tensor], groups: Sequence[Group], keep: Keep
) -> dict[tuple[str, int], Tensor]:
    """The positions that stay, bool [size], for each parameter and dimension cut."""
    stays: dict[tuple[str, int], Tensor] = {}
    for group in groups:
        if group.name not in keep:
            continue
        for part in group.slices:
            size = state[part.parameter].shape[part.dim]
            axis = (part.parameter, part.dim)
            mask = stays.setdefault(axis, torch.ones(size, dtype=torch.bool))
            mask[part.index[~keep[group.name]]] = False
    return stays
