"""Degrees: how many weights a unit has, and how unlike the units' sums are."""

from dataclasses import dataclass

import numpy as np

from tombola.training.analysis.rank import Matrix


@dataclass(frozen=True)
class Degrees:
    """Of a layer as a bipartite graph whose edges are the weights that are not zero.

    Attributes:
        mean: Edges that a unit or an input has, of those that have any.
        apart: Share of the units and inputs that have none.
        made_spread: Standard deviation to mean of the strengths of the units that are
            made, their sums of |w|, ...
        read_spread: ... and of those that are read.
    """

    mean: float
    apart: float
    made_spread: float
    read_spread: float


def degrees(weight: Matrix) -> Degrees:
    """Count a layer's degrees, and weigh its strengths.

    E. La Malfa, G. La Malfa, G. Nicosia, V. Latora: "Characterizing Learning Dynamics
    of Deep Neural Networks via Complex Networks", ICTAI 2021, whose node strength is
    that of A. Barrat et al.: "The architecture of complex weighted networks", PNAS
    2004. Units without an edge have no part in spreads.
    """
    size = np.abs(weight)
    strengths = [size.sum(axis) for axis in (1, 0)]
    count = sum(len(strength) for strength in strengths)
    linked = [strength[strength > 0] for strength in strengths]
    there = sum(len(strength) for strength in linked)
    spreads = [float(s.std() / s.mean()) if len(s) else 0.0 for s in linked]
    mean = 2.0 * int(np.count_nonzero(size)) / there if there else 0.0
    return Degrees(mean, 1.0 - there / count, *spreads)
