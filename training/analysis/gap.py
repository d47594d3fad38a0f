"""Spectral gaps: how well a layer mixes what comes in."""

import numpy as np
from scipy.linalg import eigvalsh

from tombola.training.analysis.rank import Matrix


def spectral_gap(weight: Matrix) -> float:
    """Gap of a layer's normalised weighted bipartite graph, 0..1.

    The weighted gap of D. Hoang, S. Kundu, S. Liu, Z. Wang: "Don't just prune by
    magnitude! Your mask topology is a secret weapon", NeurIPS 2023, between the two
    largest singular values of |W|; here every |w| is divided by the roots of both its
    units' sums (F. R. K. Chung: "Spectral Graph Theory", 1997), so that neither scale
    nor size of a layer matters. The largest is then 1. 0: the layer falls into parts
    that share nothing; 1: every unit reads its inputs in the same proportions. 0 where
    there is no weight.
    """
    size = np.abs(weight)
    if not size.any():
        return 0.0
    made, read = (np.sqrt(size.sum(axis, keepdims=True)) for axis in (1, 0))
    scale = made * read
    scale[scale == 0] = 1.0
    return 1.0 - _second(size / scale)


def ramanujan_margin(weight: Matrix) -> float:
    """How far below a Ramanujan graph's bound a layer's second singular value is.

    B. Pal, A. Biswas, S. Kolay, P. Mitra, B. Basu: "A Study on the Ramanujan Graph
    Property of Winning Lottery Tickets", ICML 2022: with edges where weights are not
    zero, and d and e the mean degrees of both sides, sqrt(d - 1) + sqrt(e - 1) less the
    second largest singular value; not negative for a Ramanujan graph. Units without an
    edge are left out; 0 where there is no edge. Whole layers, as trimming leaves them,
    are complete graphs, whose second singular value is zero: the margin tells masks
    apart, and of trimmed networks only the widths.
    """
    edges = weight != 0
    edges = edges[edges.any(1)][:, edges.any(0)]
    if not edges.size:
        return 0.0
    bound = sum(float(np.sqrt(edges.sum(axis).mean() - 1.0)) for axis in (0, 1))
    return bound if edges.all() else bound - _second(edges.astype(np.float64))


def _second(matrix: Matrix) -> float:
    """The second largest singular value; 0 of a single row or column."""
    thin = matrix if len(matrix) < len(matrix.T) else matrix.T
    count = len(thin)
    if count < 2:
        return 0.0
    square = eigvalsh(thin @ thin.T, subset_by_index=(count - 2, count - 2))[0]
    return float(np.sqrt(max(square, 0.0)))
