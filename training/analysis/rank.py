"""How many dimensions a matrix uses."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def singular_values(weight: Matrix) -> Matrix:
    """[min(rows, columns)], the largest first."""
    return np.linalg.svd(weight, compute_uv=False).astype(np.float64)


def effective_rank(values: Matrix) -> float:
    """Dimensions that singular values [N] are spread over: 1..N, or 0 if all are zero.

    O. Roy, M. Vetterli: "The effective rank: A measure of effective dimensionality",
    EUSIPCO 2007: e to the entropy of the values' shares. K equal ones give K.
    """
    total = values.sum()
    if total == 0:
        return 0.0
    share = values[values > 0] / total
    return float(np.exp(-(share * np.log(share)).sum()))
