"""Magnitude: small weights matter least."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from tombola.training.reduction.graph import Group, unit_sums
from tombola.training.train.loss import Passage


def group_norm(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Sum of the squares of all weights that go with a unit, whoever owns them.

    G. Fang, X. Ma, M. Song, M. B. Mi, X. Wang: "DepGraph: Towards Any Structural
    Pruning", CVPR 2023: the norm of the whole coupled group.
    """
    parameters = dict(network.named_parameters())
    squares = {name: value.detach() ** 2 for name, value in parameters.items()}
    return {group.name: unit_sums(group, squares) for group in groups}


def l1(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Sum of the absolute weights that make a unit.

    H. Li, A. Kadav, I. Durdanovic, H. Samet, H. P. Graf: "Pruning Filters for Efficient
    ConvNets", ICLR 2017.
    """
    return {group.name: rows(network, group).abs().sum(1) for group in groups}


def l2(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Euclidean norm of the weights that make a unit.

    Y. He, G. Kang, X. Dong, Y. Fu, Y. Yang: "Soft Filter Pruning for Accelerating Deep
    Convolutional Neural Networks", IJCAI 2018.
    """
    return {group.name: rows(network, group).norm(dim=1) for group in groups}


def rows(network: nn.Module, group: Group) -> Tensor:
    """The weights that make each unit, [units, all of them]; what reads it not.

    Biases are no part of it, in all three papers that use this.
    """
    parameters = dict(network.named_parameters())
    made = [
        parameters[part.parameter].detach()[part.index].flatten(1)
        for part in group.slices
        if part.dim == 0 and parameters[part.parameter].ndim > 1
    ]
    return torch.cat(made, 1)
