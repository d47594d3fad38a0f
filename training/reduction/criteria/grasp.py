"""GraSP: what the flow of gradients would lose with a unit, before any training."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from tombola.training.reduction.criteria.gradient import gradients
from tombola.training.reduction.graph import Group, unit_sums
from tombola.training.train.loss import Passage


def importance(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """w (H g), summed over a unit: how much less steep the loss gets without it.

    C. Wang, G. Zhang, R. Grosse: "Picking Winning Tickets Before Training by Preserving
    Gradient Flow", ICLR 2020; the negative of its score, so that more is better. Meant
    for the weights before training. It goes through the passages twice: for the
    gradient g, and for the Hessian's product with it.
    """
    parameters = dict(network.named_parameters())
    steepest = {name: torch.zeros_like(value) for name, value in parameters.items()}
    for gradient in gradients(network, passages):
        for name, value in gradient.items():
            steepest[name] += value
    scores = {group.name: torch.zeros(group.units) for group in groups}
    for passage in passages:
        values = list(parameters.values())
        slope = torch.autograd.grad(passage.loss, values, create_graph=True)
        along = torch.stack(
            [(a * b).sum() for a, b in zip(slope, steepest.values(), strict=True)]
        ).sum()
        products = torch.autograd.grad(along, values)
        change = {
            name: w.detach() * product
            for (name, w), product in zip(parameters.items(), products, strict=True)
        }
        for group in groups:
            scores[group.name] += unit_sums(group, change)
    return scores
