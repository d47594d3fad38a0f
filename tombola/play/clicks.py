"""Finds clicks at the edges of blocks, where a synthesiser's state changes.

Linear prediction takes out what the sound itself does, as in the restoration of
recordings (Godsill and Rayner, Digital Audio Restoration, 1998, ch. 5). To what is
left, a step and a kink (a jump of the slope) are fitted at every sample, and what
stands at an edge is compared with what stands elsewhere around it: sound that cannot
be predicted has such residues everywhere, a click only there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tombola.generated.sound import BLOCK, FRAME, FRAME_BLOCKS, FULL_SCALE

ORDER = 128  # of the prediction: two for each partial
WINDOW = 96 * BLOCK  # samples that one prediction is fitted to, 96 ms ...
STRETCH = 48 * BLOCK  # ... and that it is used for, in the window's middle
FIT = 4  # samples that a step and a kink are fitted to
# An edge is a click when it stands out of its surroundings by this factor: of white
# noise, the largest of 2 values never does, to the largest of some 800.
STANDS_OUT = 3.0
SURROUNDINGS = 10  # blocks to each side: more than a period down to 50 Hz
ROUNDING = 16 / FULL_SCALE  # a residue below is no sound
# Of the local peak. Ramps that bend all partials at once, in a pulse, look like a step
# of up to this; what is smaller shows only if it comes back.
STEP_FLOOR = 1e-3
# The mean residue at all edges of a kind, to the largest such mean elsewhere: steps
# that come back at every edge show here before one of them stands out.
COMES_BACK = 1.25
RESIDUE_MAX = 4.0  # of the local median, so that a sound's own pulses do not decide
BLOCKS_MIN = 100  # that a mean needs
# Of the local peak. The voice ramps amplitudes linearly over a frame: a kink at its
# ends, twice this at most.
KINK_FLOOR = 1.0 / FRAME

Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Clicks:
    """What the search found.

    count: edges with a click. first: sample of the first, or None. worst: how far the
    worst edge stands out of its surroundings; up to 3 it is no click. repeats: how far
    all edges together do, or every fourth; up to 1.25 it is no click.
    """

    count: int
    first: int | None
    worst: float
    repeats: float

    @property
    def clean(self) -> bool:
        """Whether there is no click."""
        return self.count == 0 and self.repeats <= COMES_BACK


def find_clicks(samples: Samples, strikes: Sequence[int] = ()) -> Clicks:
    """Search one channel, float [blocks * 48] with full scale 1, at multiples of 48.

    strikes: blocks that begin with something struck, which is no click.
    """
    steps, kinks = _residues(samples)
    blocks = len(samples) // BLOCK
    peak = _around(np.abs(samples).reshape(blocks, BLOCK).max(axis=1))
    excess = np.maximum(
        _excess(steps, np.maximum(STEP_FLOOR * peak, ROUNDING)),
        _excess(kinks, np.maximum(KINK_FLOOR * peak, ROUNDING)),
    )
    excess[list(strikes)] = 0.0
    found = np.flatnonzero(excess > STANDS_OUT)
    return Clicks(
        count=len(found),
        first=int(found[0]) * BLOCK if len(found) else None,
        worst=float(excess.max()),
        repeats=_repeats(steps),
    )


def _residues(samples: Samples) -> tuple[Samples, Samples]:
    """Return the size of the step and of the kink that fit best at each sample."""
    steps, kinks = np.zeros(len(samples)), np.zeros(len(samples))
    before = (WINDOW - STRETCH) // 2
    padded = np.pad(samples, (before, WINDOW))
    for first in range(0, len(samples), STRETCH):
        window = padded[first : first + WINDOW]
        predictor = _predictor(window)
        part = window[before - ORDER : before + STRETCH + FIT]
        residue = np.convolve(part, predictor, "valid")
        last = min(first + STRETCH, len(samples))
        step, kink = _fit(residue, predictor)
        steps[first:last] = step[: last - first]
        kinks[first:last] = kink[: last - first]
    return steps, kinks


def _predictor(window: Samples) -> Samples:
    """Return the prediction error filter [ORDER + 1] by the covariance method.

    Unlike the autocorrelation method it predicts steady partials down to rounding.
    """
    products = _products(window)
    matrix = products[1:, 1:]
    # Rounding to 24 bits is the least noise that the sound can have.
    noise = matrix.trace() / ORDER * 1e-12 + WINDOW / (12 * FULL_SCALE**2)
    weights = _solve(matrix + noise * np.eye(ORDER), products[1:, 0])
    return np.concatenate([[1.0], -weights])


def _solve(matrix: Samples, right: Samples) -> Samples:
    """Solve a symmetric positive system by elimination, which then needs no pivots.

    LAPACK starts threads at this size, and on a busy machine they wait for each other
    twenty times as long as this takes.
    """
    rows = np.concatenate([matrix, right[:, None]], axis=1)
    size = len(right)
    for pivot in range(size - 1):
        factors = rows[pivot + 1 :, pivot] / rows[pivot, pivot]
        rows[pivot + 1 :, pivot + 1 :] -= factors[:, None] * rows[pivot, pivot + 1 :]
    result = np.zeros(size)
    for row in reversed(range(size)):
        known = (rows[row, row + 1 : size] * result[row + 1 :]).sum()
        result[row] = (rows[row, size] - known) / rows[row, row]
    return result


def _products(window: Samples) -> Samples:
    """Return sums of x[n - i] x[n - j] over n, i and j up to ORDER.

    Each diagonal follows from its first entry by what enters and leaves the sum; the
    product of two matrices would give the same in ten times as long.
    """
    products = np.empty((ORDER + 1, ORDER + 1))
    current = window[ORDER:]
    products[0] = np.correlate(window, current, "valid")[::-1]
    products[:, 0] = products[0]
    enters, leaves = window[ORDER - 1 :: -1], window[: -ORDER - 1 : -1]
    for row in range(ORDER):
        change = enters[row] * enters - leaves[row] * leaves
        products[row + 1, 1:] = products[row, :-1] + change
    return products


def _fit(residue: Samples, predictor: Samples) -> tuple[Samples, Samples]:
    """Return the sizes of steps and kinks, fitted to FIT samples from each one on.

    A step leaves the predictor's running sum behind, a kink the running sum of that.
    A ramp whose first sample moves already looks like a kink with a step as large;
    the smaller of the two explanations counts as the step.
    """
    step = np.cumsum(predictor)[:FIT]
    shapes = np.stack([step, np.concatenate([[0.0], np.cumsum(step)[:-1]])], axis=1)
    sizes = np.linalg.pinv(shapes) @ sliding_window_view(residue, FIT).T
    return np.minimum(np.abs(sizes[0]), np.abs(sizes[0] - sizes[1])), np.abs(sizes[1])


def _around(values: Samples) -> Samples:
    """Return for each block the largest value of the blocks around it."""
    padded = np.pad(values, SURROUNDINGS)
    widest: Samples = sliding_window_view(padded, 2 * SURROUNDINGS + 1).max(axis=1)
    return widest


def _excess(values: Samples, floor: Samples) -> Samples:
    """Return how far each block's first edge stands out of the insides around it.

    A click spoils the prediction of the ORDER samples that follow it, which are in its
    own block and the next two: those do not count as surroundings.
    """
    rows = values.reshape(-1, BLOCK)
    before = np.concatenate([[0.0], rows[:-1, -1]])
    edges = np.maximum(before, rows[:, 0])
    padded = np.pad(rows[:, FIT:-FIT].max(axis=1), SURROUNDINGS)
    near = sliding_window_view(padded, 2 * SURROUNDINGS + 1)
    near = np.delete(near, SURROUNDINGS + np.arange(3), axis=1)
    excess: Samples = edges / np.maximum(near.max(axis=1), floor)
    return excess


def _repeats(steps: Samples) -> float:
    """Return the mean step at edges of a kind to the largest mean of other places.

    Kinds are every block's edge and, for each block that a frame can start at, every
    fourth.
    """
    rows = steps.reshape(-1, BLOCK)
    median = np.median(rows, axis=1, keepdims=True)
    sounding = median[:, 0] > ROUNDING / 100
    shares = np.minimum(rows / np.maximum(median, ROUNDING / 100), RESIDUE_MAX)
    numbers = np.arange(len(rows))
    kinds = [
        sounding,
        *(sounding & (numbers % FRAME_BLOCKS == k) for k in range(FRAME_BLOCKS)),
    ]
    means = [shares[kind].mean(axis=0) for kind in kinds if kind.sum() >= BLOCKS_MIN]
    return max((float(m[0] / m[FIT:-FIT].max()) for m in means), default=1.0)
