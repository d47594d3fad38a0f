"""Finds clicks at the edges of blocks, where a synthesiser's state changes.

A step between two samples makes a pair of opposite second differences; a kink (a jump
of the slope) makes a single one. Both are measured at every sample, and what stands at
an edge is compared with what stands elsewhere around it: sound that is bright or noisy
by itself has such differences everywhere, a click only there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tombola.generated.sound import BLOCK, FRAME, FRAME_BLOCKS, FULL_SCALE

# An edge is a click when it stands out of its surroundings by this factor. The largest
# of 3 values of white noise exceeds the largest of 900 others by 1.5 at most.
STANDS_OUT = 4.0
SURROUNDINGS = 10  # blocks to each side: more than a period down to 50 Hz
STEP_FLOOR = 16 / FULL_SCALE  # smaller is rounding
# The voice ramps amplitudes linearly over a frame, which makes a kink of up to
# peak / FRAME at each of its ends; a click is one that no such ramp explains.
KINK_FLOOR = 2.0 / FRAME
# The mean step over all edges of one kind, to the mean elsewhere: small steps that come
# back at every edge show here before one of them stands out.
REPEATS = 1.5
BLOCKS_FOR_REPEATS = 1000

Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Clicks:
    """What the search found.

    count: edges with a click. first: sample of the first, or None. worst: how far the
    worst edge stands out of its surroundings (below 4 is none). repeats: mean step at
    every edge of a kind to the mean elsewhere; 1 is no difference, above 1.5 counts as
    a click that comes back at each.
    """

    count: int
    first: int | None
    worst: float
    repeats: float

    @property
    def clean(self) -> bool:
        """Whether there is no click."""
        return self.count == 0 and self.repeats <= REPEATS


def find_clicks(samples: Samples) -> Clicks:
    """Search one channel, float [blocks * 48] with full scale 1, at multiples of 48."""
    blocks = len(samples) // BLOCK
    second = np.zeros(len(samples))
    second[1:-1] = samples[:-2] - 2 * samples[1:-1] + samples[2:]
    steps = _steps(second)
    peak = _around(np.abs(samples).reshape(blocks, BLOCK).max(axis=1))
    step_excess = _excess(steps, STEP_FLOOR)
    kink_excess = _excess(np.abs(second), np.maximum(KINK_FLOOR * peak, STEP_FLOOR))
    excess = np.maximum(step_excess, kink_excess)
    found = np.flatnonzero(excess > STANDS_OUT)
    return Clicks(
        count=len(found),
        first=int(found[0]) * BLOCK if len(found) else None,
        worst=float(excess.max()),
        repeats=_repeats(steps),
    )


def _steps(second: Samples) -> Samples:
    """Return the size of the step before each sample.

    The smaller of two neighbouring second differences if their signs differ: a kink
    has only one, and a smooth curve has both alike.
    """
    steps = np.zeros(len(second))
    before, after = second[:-1], second[1:]
    pair = np.minimum(np.abs(before), np.abs(after))
    steps[1:] = np.where(before * after < 0, pair, 0.0)
    return steps


def _at_edges(values: Samples) -> tuple[Samples, Samples]:
    """Return the largest value at each block's first edge, and inside the block."""
    rows = values.reshape(-1, BLOCK)
    before = np.concatenate([[0.0], rows[:-1, -1]])
    edges = np.maximum(before, rows[:, :2].max(axis=1))
    return edges, rows[:, 3:-2].max(axis=1)


def _around(values: Samples) -> Samples:
    """Return for each block the largest value of the blocks around it."""
    padded = np.pad(values, SURROUNDINGS)
    widest: Samples = sliding_window_view(padded, 2 * SURROUNDINGS + 1).max(axis=1)
    return widest


def _excess(values: Samples, floor: float | Samples) -> Samples:
    edges, inside = _at_edges(values)
    excess: Samples = edges / np.maximum(_around(inside), floor)
    return excess


def _repeats(steps: Samples) -> float:
    """Return the mean step at edges to the mean elsewhere, for the worst kind of edge.

    Kinds are every block's edge and, for each of the four places that a frame can
    start at, every fourth.
    """
    rows = steps.reshape(-1, BLOCK)
    usual = rows[:, 3:-2].mean(axis=1)
    sounding = usual > STEP_FLOOR / 100
    share = rows[sounding, 0] / usual[sounding]
    numbers = np.flatnonzero(sounding)
    kinds = [share, *(share[numbers % FRAME_BLOCKS == k] for k in range(FRAME_BLOCKS))]
    means = [float(kind.mean()) for kind in kinds if len(kind) >= BLOCKS_FOR_REPEATS]
    return max(means, default=1.0)
