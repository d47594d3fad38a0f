"""Chance: the control that a criterion has to beat."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from tombola.training.reduction.graph import Group
from tombola.training.train.loss import Passage


def importance(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Draw every unit's worth from the same distribution.

    The network's weights are the seed and nothing else: another network, other units.
    """
    total = sum(float(p.detach().double().sum()) for p in network.parameters())
    generator = torch.Generator().manual_seed(hash(total))
    return {g.name: torch.rand(g.units, generator=generator) for g in groups}
