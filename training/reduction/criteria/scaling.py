"""Scalings: how the worth of units of different layers compares."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from tombola.training.reduction.graph import Group, unit_sums

Scaling = Callable[
    [nn.Module, Sequence[Group], Mapping[str, Tensor]], dict[str, Tensor]
]


def none(
    network: nn.Module, groups: Sequence[Group], importance: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Leave it as it is."""
    return dict(importance)


def parameters(
    network: nn.Module, groups: Sequence[Group], importance: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Importance per parameter that goes with the unit.

    The goal is a number of parameters, so a unit that is worth twice as much and costs
    three times as many is the one to take.
    """
    ones = {name: torch.ones_like(p) for name, p in network.named_parameters()}
    return {g.name: importance[g.name] / unit_sums(g, ones) for g in groups}


def mean(
    network: nn.Module, groups: Sequence[Group], importance: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Importance relative to the group's mean.

    For what is measured on weights or activations: layers begin at scales that only
    their fan-in decides.
    """
    return {
        name: values / values.mean().clamp(min=torch.finfo(values.dtype).tiny)
        for name, values in importance.items()
    }


def local(
    network: nn.Module, groups: Sequence[Group], importance: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Place in the order of its own group, 0..1: every layer loses the same share."""
    return {
        name: (values.argsort(stable=True).argsort() + 1.0) / len(values)
        for name, values in importance.items()
    }


SCALINGS: dict[str, Scaling] = {
    "none": none,
    "parameters": parameters,
    "mean": mean,
    "local": local,
}
