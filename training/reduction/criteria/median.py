"""Geometric median: a unit in the middle of the others can be replaced by them."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from tombola.training.reduction.criteria.magnitude import rows
from tombola.training.reduction.graph import Group
from tombola.training.train.loss import Passage


def importance(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Sum of the distances of a unit's weights to those of its group's other units.

    Y. He, P. Liu, Z. Wang, Z. Hu, Y. Yang: "Filter Pruning via Geometric Median for
    Deep Convolutional Neural Networks Acceleration", CVPR 2019.
    """
    made = {group.name: rows(network, group) for group in groups}
    return {name: torch.cdist(each, each).sum(1) for name, each in made.items()}
