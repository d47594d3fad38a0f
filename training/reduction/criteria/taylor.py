"""Taylor: what the loss would lose with a unit, from one gradient (Molchanov 2019)."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from tombola.training.reduction.graph import Group, unit_sums


def worth(
    network: nn.Module, groups: Sequence[Group], losses: Iterable[Tensor]
) -> dict[str, Tensor]:
    """Squared first-order change of the loss without a unit, per parameter.

    Setting a unit's weights w to zero changes the loss by about -sum(w g) over all that
    goes with the unit. Its square, summed over batches, is the first-order importance
    of a gate on the unit in Molchanov et al. 2019. Unlike a magnitude it needs no scale
    per layer.
    """
    parameters = dict(network.named_parameters())
    scores = {group.name: torch.zeros(group.units) for group in groups}
    for loss in losses:
        gradients = torch.autograd.grad(loss, list(parameters.values()))
        change = {
            name: value.detach() * gradient
            for (name, value), gradient in zip(
                parameters.items(), gradients, strict=True
            )
        }
        for group in groups:
            scores[group.name] += unit_sums(group, change) ** 2
    ones = {name: torch.ones_like(value) for name, value in parameters.items()}
    return {g.name: scores[g.name] / unit_sums(g, ones) for g in groups}
