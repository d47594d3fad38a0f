"""Taylor: what the loss would lose with a unit, from one gradient."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from tombola.training.reduction.criteria.gradient import gradients
from tombola.training.reduction.graph import Group, unit_sums
from tombola.training.train.loss import Passage


def gates(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Squared first-order change of the loss without a unit, over passages.

    P. Molchanov, A. Mallya, S. Tyree, I. Frosio, J. Kautz: "Importance Estimation for
    Neural Network Pruning", CVPR 2019, a gate on the unit. Setting its weights w to
    zero changes the loss by about -sum(w g) over all that goes with it. Unlike a
    magnitude this needs no scale per layer.
    """
    scores = {group.name: torch.zeros(group.units) for group in groups}
    for change in _changes(network, passages):
        for group in groups:
            scores[group.name] += unit_sums(group, change) ** 2
    return scores


def weights(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Sum of each weight's own squared change of the loss, over passages.

    The same paper's other form, equation 8: as if a unit's weights went one by one, so
    that their changes do not cancel.
    """
    scores = {group.name: torch.zeros(group.units) for group in groups}
    for change in _changes(network, passages):
        squares = {name: value**2 for name, value in change.items()}
        for group in groups:
            scores[group.name] += unit_sums(group, squares)
    return scores


def _changes(
    network: nn.Module, passages: Iterable[Passage]
) -> Iterator[Mapping[str, Tensor]]:
    """Weight times gradient, passage by passage."""
    parameters = dict(network.named_parameters())
    for gradient in gradients(network, passages):
        yield {name: w.detach() * gradient[name] for name, w in parameters.items()}
