"""Chance: the control that a criterion has to beat."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from tombola.training.reduction.graph import Group


def worth(
    network: nn.Module, groups: Sequence[Group], losses: Iterable[Tensor]
) -> dict[str, Tensor]:
    """Draw every unit's worth from the same distribution; nothing is looked at."""
    generator = torch.Generator().manual_seed(sum(group.units for group in groups))
    return {g.name: torch.rand(g.units, generator=generator) for g in groups}
