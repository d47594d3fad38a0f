"""Criteria: what a unit is worth, so that the cheapest loss is taken out first."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from tombola.training.reduction.criteria import (
    activation,
    audible,
    chance,
    gradient,
    grasp,
    information,
    magnitude,
    median,
    snip,
    synflow,
    taylor,
)
from tombola.training.reduction.criteria.scaling import SCALINGS
from tombola.training.reduction.graph import Group
from tombola.training.train.loss import Passage

# (network, its groups, passages) -> group name -> float [units]. What the network plays
# is rendered when asked for, and anew each time that `passages` is gone through; a
# criterion that looks at weights alone asks for none.
Importance = Callable[
    [nn.Module, Sequence[Group], Iterable[Passage]], dict[str, Tensor]
]


@dataclass(frozen=True)
class Criterion:
    """What units are worth, and how those of different layers compare.

    Attributes:
        importance: Of each unit as a whole, all that goes with it.
        scaling: A name in `SCALINGS`; another one may be chosen.
    """

    importance: Importance
    scaling: str


CRITERIA = {
    "taylor": Criterion(taylor.gates, "parameters"),
    "taylor_weights": Criterion(taylor.weights, "parameters"),
    "gradient": Criterion(gradient.importance, "parameters"),
    "magnitude": Criterion(magnitude.group_norm, "mean"),
    "l1": Criterion(magnitude.l1, "mean"),
    "l2": Criterion(magnitude.l2, "mean"),
    "median": Criterion(median.importance, "mean"),
    "activation": Criterion(activation.mean, "mean"),
    "apoz": Criterion(activation.apoz, "none"),
    "information": Criterion(information.importance, "parameters"),
    "snip": Criterion(snip.importance, "parameters"),
    "grasp": Criterion(grasp.importance, "parameters"),
    "synflow": Criterion(synflow.importance, "parameters"),
    "audible": Criterion(audible.importance, "parameters"),
    "random": Criterion(chance.importance, "none"),
}


def unit_worth(
    criterion: str,
    network: nn.Module,
    groups: Sequence[Group],
    passages: Iterable[Passage],
    scaling: str | None = None,
) -> dict[str, Tensor]:
    """Ask a criterion what each unit is worth, comparable over the whole network.

    Args:
        criterion: A name in `CRITERIA`.
        network: With the weights to judge.
        groups: Its dependency groups.
        passages: What it plays.
        scaling: A name in `SCALINGS`; None is the criterion's own.
    """
    chosen = CRITERIA[criterion]
    importance = chosen.importance(network, groups, passages)
    return SCALINGS[scaling or chosen.scaling](network, groups, importance)
