"""How far a mean over a few sounds could have come out otherwise."""

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000


def bootstrap_interval(
    values: NDArray[np.float64], level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of the mean of [N] values.

    B. Efron, R. J. Tibshirani: "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    means = values[bootstrap_draws(len(values), seed)].mean(1)
    outside = 50.0 * (1.0 - level)
    low, high = np.percentile(means, [outside, 100.0 - outside])
    return float(low), float(high)


def bootstrap_draws(count: int, seed: int = 0) -> NDArray[np.int64]:
    """[DRAWS, count] which of `count` values each draw takes; the same each time."""
    return np.random.default_rng(seed).integers(count, size=(DRAWS, count))
