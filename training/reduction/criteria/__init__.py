"""Criteria: what a unit is worth, so that the cheapest loss is taken out first."""

from collections.abc import Callable, Iterable, Sequence

from torch import Tensor, nn

from tombola.training.reduction.criteria import chance, magnitude, taylor
from tombola.training.reduction.graph import Group

# (network, its groups, losses) -> group name -> float [units]: the worth of each unit
# PER PARAMETER that would go with it, comparable over the whole network. The goal is a
# number of parameters, so a unit that is worth twice as much and costs three times as
# many is the one to take. `losses` yields the training loss of one batch after another,
# computed when asked for, to a criterion that wants gradients.
Criterion = Callable[[nn.Module, Sequence[Group], Iterable[Tensor]], dict[str, Tensor]]

CRITERIA: dict[str, Criterion] = {
    "taylor": taylor.worth,
    "magnitude": magnitude.worth,
    "random": chance.worth,
}
