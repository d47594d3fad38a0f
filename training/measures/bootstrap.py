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
    random = np.random.default_rng(seed)
    drawn = random.integers(len(values), size=(DRAWS, len(values)))
    means = values[drawn].mean(1)
    outside = 50.0 * (1.0 - level)
    low, high = np.percentile(means, [outside, 100.0 - outside])
    return float(low), float(high)
