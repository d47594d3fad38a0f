"""Which units of two networks do the same; other seeds' have no order in common."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from tombola.errors import TombolaError
from tombola.training.analysis.similarity import Activity, unit_activity
from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.lottery import decoder_groups
from tombola.training.reduction.trim import reorder
from tombola.training.train.config import TrainConfig
from tombola.training.voices.voice import Model


@dataclass(frozen=True, eq=False)
class Match:
    """The units of a layer, paired.

    Attributes:
        order: int64 [units]: for each unit of the one network, that of the other.
        correlation: Mean over the pairs, -1..1, but for those that never change.
    """

    order: Tensor
    correlation: float


def match(first: Activity, second: Activity) -> Match:
    """Pair units by what they do, [N, U] each, so that the correlations add up to most.

    Y. Li, J. Yosinski, J. Clune, H. Lipson, J. Hopcroft: "Convergent Learning: Do
    different neural networks learn the same representations?", NIPS FEWS 2015. A unit
    that never changes correlates with none.
    """
    one, other = (_normal(values) for values in (first, second))
    correlations = one.T @ other
    rows, columns = linear_sum_assignment(correlations, maximize=True)
    changing = (one[:, rows] != 0).any(0) | (other[:, columns] != 0).any(0)
    paired = correlations[rows, columns][changing]
    return Match(
        torch.from_numpy(columns), float(paired.mean()) if len(paired) else 0.0
    )


def matches(
    corpus: Corpus, first: Model, second: Model, training: TrainConfig
) -> dict[str, Match]:
    """Pair the units of two networks of the same widths while both play: by group.

    Raises:
        TombolaError: Their widths differ.
    """
    widths = [model.decoder.widths for model in (first, second)]
    if widths[0] != widths[1]:
        raise TombolaError(
            f"units of networks as different as {widths[0]} and {widths[1]} cannot be "
            "paired; take two of the same widths"
        )
    one, other = (unit_activity(corpus, m, training)[0] for m in (first, second))
    return {name: match(values, other[name]) for name, values in one.items()}


def in_order(model: Model, found: Mapping[str, Match]) -> Model:
    """The second network of `matches`, with its units in the order of the first's."""
    ordered = copy.deepcopy(model)
    order = {name: pairs.order for name, pairs in found.items()}
    groups = decoder_groups(model.decoder)
    ordered.decoder = reorder(model.decoder, groups, order)
    return ordered


def _normal(values: Activity) -> Activity:
    centred = values - values.mean(0)
    size = np.linalg.norm(centred, axis=0)
    normal: Activity = centred / np.where(size > 0, size, 1.0)
    return normal
