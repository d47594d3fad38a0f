"""Gradient: a unit at whose weights the loss still pulls is in use."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from tombola.training.reduction.graph import Group, unit_sums
from tombola.training.train.loss import Passage


def gradients(
    network: nn.Module, passages: Iterable[Passage]
) -> Iterator[Mapping[str, Tensor]]:
    """Yield the gradient of each passage's loss, by the names of the parameters."""
    parameters = dict(network.named_parameters())
    for passage in passages:
        found = torch.autograd.grad(passage.loss, list(parameters.values()))
        yield dict(zip(parameters, found, strict=True))


def importance(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Sum of the absolute gradients of all that goes with a unit, over passages.

    P. Esling, N. Devis, A. Bitton, A. Caillon, A. Chemla-Romeu-Santos, C. Douwes: "Diet
    deep generative audio models with structured lottery", DAFx 2020, which has the
    gradient among its criteria.
    """
    scores = {group.name: torch.zeros(group.units) for group in groups}
    for gradient in gradients(network, passages):
        size = {name: value.abs() for name, value in gradient.items()}
        for group in groups:
            scores[group.name] += unit_sums(group, size)
    return scores
