"""Whether figures go with size and loss, over networks of many ways and sizes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Values = NDArray[np.float64]

DRAWS = 1000
_LEAST = 4  # kinds of networks; of fewer, any order says little
_WITH = ("size", "loss", "loss at one size")


@dataclass(frozen=True)
class Correlation:
    """A rank correlation, -1..1, and its 95 % interval.

    None where there is none: too few networks, or all of one value.
    """

    value: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        if self.value is None:
            return ""
        if self.low is None or self.high is None:
            return f"{self.value:+.2f}"
        return f"{self.value:+.2f} ({self.low:+.2f}, {self.high:+.2f})"


def rank_correlations(
    figures: Mapping[str, Values],
    size: Values,
    loss: Values,
    kinds: Sequence[object],
    seed: int = 0,
) -> dict[str, dict[str, Correlation]]:
    """Spearman's rank correlations of figures of N networks with their size and loss.

    C. Spearman: "The Proof and Measurement of Association between Two Things", American
    Journal of Psychology 1904. "loss at one size" is the partial one, what is left of
    the figure's and the loss' when the size stays. Intervals are of the percentile
    bootstrap (B. Efron, R. J. Tibshirani: "An Introduction to the Bootstrap", 1993,
    chapter 13); networks of one kind are drawn together, because another seed of a way
    is no other way.

    Args:
        figures: By name [N].
        size, loss: [N].
        kinds: [N], the same for networks that belong together.
        seed: Of the draws.

    Returns:
        Name -> "size", "loss" and "loss at one size" -> correlation.
    """
    values = np.stack([*figures.values(), size, loss])
    together: dict[object, list[int]] = {}
    for number, kind in enumerate(kinds):
        together.setdefault(kind, []).append(number)
    groups = [np.array(numbers) for numbers in together.values()]
    random = np.random.default_rng(seed)
    draws = random.integers(len(groups), size=(DRAWS, len(groups)))
    drawn = np.stack(
        [
            _spearman(values[:, np.concatenate([groups[i] for i in draw])])
            for draw in draws
        ]
    )
    found = _spearman(values)
    enough = len(groups) >= _LEAST
    return {
        name: {
            what: _interval(found[row, column], drawn[:, row, column], enough)
            for column, what in enumerate(_WITH)
        }
        for row, name in enumerate(figures)
    }


def _interval(value: float, drawn: Values, enough: bool) -> Correlation:
    if np.isnan(value):
        return Correlation(None, None, None)
    there = drawn[~np.isnan(drawn)]
    if not enough or len(there) < DRAWS / 2:
        return Correlation(float(value), None, None)
    low, high = np.percentile(there, [2.5, 97.5])
    return Correlation(float(value), float(low), float(high))


def _spearman(values: Values) -> Values:
    """Of figures, size and loss, [F + 2, N]: [F, 3] as `_WITH` says, or NaN."""
    ranks = rankdata(values, axis=1)
    ranks -= ranks.mean(1, keepdims=True)
    scale = np.linalg.norm(ranks, axis=1, keepdims=True)
    ranks /= np.where(scale > 0, scale, np.nan)
    r = ranks @ ranks.T
    size, loss, both = r[:-2, -2], r[:-2, -1], r[-2, -1]
    rest = (1 - size**2) * (1 - both**2)
    partial = (loss - size * both) / np.sqrt(np.where(rest > 1e-9, rest, np.nan))
    result: Values = np.stack([size, loss, partial], 1)
    return result
