"""Magnitude: small weights matter least (Frankle and Carbin 2019), unit by unit."""

from collections.abc import Iterable, Sequence

from torch import Tensor, nn

from tombola.training.reduction.graph import Group, unit_sums


def worth(
    network: nn.Module, groups: Sequence[Group], losses: Iterable[Tensor]
) -> dict[str, Tensor]:
    """Mean square of the weights of each unit, relative to its group's mean.

    Layers begin at scales that only their fan-in decides; against the group's mean,
    units of different layers compare. `losses` is not asked.
    """
    parameters = dict(network.named_parameters())
    squares = {name: value.detach() ** 2 for name, value in parameters.items()}
    sums = {group.name: unit_sums(group, squares) for group in groups}
    return {name: total / total.mean() for name, total in sums.items()}
