"""SNIP: what the loss feels of a unit before any training."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from tombola.training.reduction.criteria.gradient import gradients
from tombola.training.reduction.graph import Group, unit_sums
from tombola.training.train.loss import Passage


def importance(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Connection sensitivity |w g| of the passages' mean loss, summed over a unit.

    N. Lee, T. Ajanthan, P. H. S. Torr: "SNIP: Single-shot Network Pruning based on
    Connection Sensitivity", ICLR 2019. Meant for the weights before training.
    """
    parameters = dict(network.named_parameters())
    total = {name: torch.zeros_like(value) for name, value in parameters.items()}
    for gradient in gradients(network, passages):
        for name, value in gradient.items():
            total[name] += value
    felt = {name: (w.detach() * total[name]).abs() for name, w in parameters.items()}
    return {group.name: unit_sums(group, felt) for group in groups}
