"""The matrices of a ticket: weights in the order of the kernels, and their scaling.

firmware/core/nn/matrix.h has the records; docs/formats/ticket.md describes them.
"""

import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from tombola.converter.graph import Array
from tombola.converter.program import LANES, lanes

TWO_TO_31 = 2**31
# Even rows lose what is beyond (NarrowByIntegers in firmware/core/nn/matrix.cc).
LARGEST_NARROW_SUM = 2**23 - 1
DOUBLE_SCALING, INTEGER_SCALING = 0, 1
# So that a product's high half has not been shifted enough, and a constant fits.
LEAST_SHIFT, LARGEST_SHIFT = 32, 54
TRIES = 4
# The columns of a word, then of the next; as Widen leaves int8 activations.
COLUMN_ORDER = {"int8": [0, 2, 1, 3], "int16": [0, 1, 2, 3]}


@dataclass(frozen=True)
class Matrix:
    """A layer's weights and what makes elements of its sums.

    An element is clamp(round((weights x + bias) scale) + zero_point), rounded to the
    nearest with ties away from zero, which is what ai-edge-litert 2.3 does for int8 as
    for int16.

    Attributes:
        weights: int8 [rows, columns].
        bias: Whole numbers [rows], in steps of input scale * weight scale.
        scale: float64 [rows]: input scale * weight scale / output scale.
        dtype: int8 or int16: of what goes in and comes out.
        input_zero_point: Is taken off what goes in.
        zero_point: Of what comes out.
    """

    weights: Array
    bias: Array
    scale: Array
    dtype: np.dtype[Any]
    input_zero_point: int = 0
    zero_point: int = 0

    def pack(self) -> bytes:
        """Return the record and the blocks."""
        rows, columns = self.weights.shape
        integers = self._integer_scales()
        blocks = interleave(self.weights, COLUMN_ORDER[self.dtype.name])
        scales = self._double_scales() if integers is None else integers
        scaling = DOUBLE_SCALING if integers is None else INTEGER_SCALING
        head = struct.pack("<HHBbH", rows, columns, scaling, self.zero_point, 0)
        pairs = zip(blocks, scales, strict=True)
        return head + b"".join(w.tobytes() + s for w, s in pairs)

    @property
    def packed_bytes(self) -> int:
        """Bytes of what `pack` returns."""
        return len(self.pack())

    def largest_sums(self) -> Array:
        """Return the largest size [rows] that a sum without its bias can have."""
        limits = np.iinfo(self.dtype)
        low, high = (
            limits.min - self.input_zero_point,
            limits.max - self.input_zero_point,
        )
        sums: Array = np.abs(self.weights.astype(np.int64)).sum(axis=1)
        return sums * max(-low, high)

    def _double_scales(self) -> list[bytes]:
        rows = lanes(len(self.weights))
        bias, scale = np.zeros(rows, "<i4"), np.zeros(rows, "<f8")
        bias[: len(self.weights)] = self.bias
        scale[: len(self.weights)] = self.scale
        return [
            bias[row : row + LANES].tobytes() + scale[row : row + LANES].tobytes()
            for row in range(0, rows, LANES)
        ]

    def _integer_scales(self) -> list[bytes] | None:
        """Return the IntegerScales of every block, None if any row needs doubles."""
        if self.dtype != np.int8 or self.largest_sums().max() > LARGEST_NARROW_SUM:
            return None
        packed = []
        for bias, scale in zip(self.bias.tolist(), self.scale.tolist(), strict=True):
            factor = integer_factor(scale, self.zero_point)
            if factor is None:
                return None
            multiplier, shift = factor
            offset = (2 * self.zero_point + 1) << (shift - 1)
            constant = bias * multiplier + offset
            packed.append(struct.pack("<qiI", constant, multiplier, shift - 32))
        packed += [bytes(16)] * (-len(packed) % LANES)
        return [
            b"".join(packed[row : row + LANES]) for row in range(0, len(packed), LANES)
        ]


def interleave(weights: Array, order: list[int]) -> Array:
    """Lay int8 [rows, columns] out as uint8 [blocks of four rows, bytes].

    A word's halves are two columns; a half is 256 * even row + odd row + 128. Read as
    it is, it multiplies both rows at once, and its even bytes are the odd row alone.
    """
    rows, columns = weights.shape
    padded = np.zeros((lanes(rows), lanes(columns)), np.uint8)
    padded[:rows, :columns] = weights.view(np.uint8)
    padded[1::2] ^= 128
    fours = padded.reshape(len(padded), -1, LANES)[..., order]
    # Block, pair of rows, row, group of columns, pair of columns, column.
    apart = fours.reshape(-1, 2, 2, padded.shape[1] // LANES, 2, 2)[:, :, ::-1]
    together = apart.transpose(0, 3, 4, 1, 5, 2)
    return np.ascontiguousarray(together).reshape(len(apart), -1)


def deinterleave(blocks: Array, order: list[int]) -> Array:
    """Undo `interleave`: int8 [rows, columns], with what they were padded by."""
    count, width = blocks.shape
    together = blocks.reshape(count, width // (4 * LANES), 2, 2, 2, 2)
    apart = together.transpose(0, 3, 5, 1, 2, 4)[:, :, ::-1]
    fours = apart.reshape(LANES * count, -1, LANES)[..., np.argsort(order)]
    padded = fours.reshape(LANES * count, -1).copy()
    padded[1::2] ^= 128
    return padded.view(np.int8)


@lru_cache(maxsize=4096)
def integer_factor(scale: float, zero_point: int) -> tuple[int, int] | None:
    """Return (multiplier, shift) that scale any sum to int8 as a double does.

    (sum * multiplier + 2^(shift - 1)) >> shift is then round(sum * scale) wherever
    that is an int8 without its zero point, and beyond where it is beyond. Both grow
    with the sum, so it is enough to look at both sides of every step. None when no
    multiplier of 31 bits does it.
    """
    _, exponent = math.frexp(scale)
    shift = 31 - exponent
    if not LEAST_SHIFT <= shift <= LARGEST_SHIFT:
        return None
    # The sums at which an element begins, apart from the least.
    elements = np.arange(-127 - zero_point, 128 - zero_point)
    first = np.ceil((elements - 0.5) / scale) - 2
    for _ in range(4):
        first += round_to_nearest(first * scale) < elements
    first = first[np.abs(first) < TWO_TO_31]
    sums = np.concatenate([first - 1, first])
    expected = round_to_nearest(sums * scale)
    nearest = round(scale * 2.0**shift)
    for multiplier in sorted(
        range(nearest - TRIES, nearest + TRIES + 1), key=lambda m: abs(m - nearest)
    ):
        products = sums.astype(np.int64) * multiplier
        scaled = (products + (1 << (shift - 1))) >> shift
        if multiplier < TWO_TO_31 and np.array_equal(scaled, expected):
            return multiplier, shift
    return None


def round_to_nearest(values: Array) -> Array:
    """Return whole numbers, ties away from zero, as round() in C does."""
    whole = np.trunc(values)
    rest = values - whole
    rounded: Array = whole + (rest >= 0.5) - (rest <= -0.5)
    return rounded
