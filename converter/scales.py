"""Real factors as the fixed-point numbers that the reference kernels use.

TensorFlow Lite, tensorflow/lite/kernels/internal/quantization_util.cc, and for the
activations' table kernels/activations.cc; every rule here is replayed against
ai-edge-litert 2.3 in tests/parity.
"""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Multiplier:
    """The factor multiplier / 2^31 * 2^(left - right); one of the shifts is 0."""

    multiplier: int
    left: int
    right: int


MAX_LEFT_SHIFT = 15
BEYOND_ALL = 1024  # a left shift that no float64 has
IDENTITY = Multiplier(1 << 30, 1, 0)


def multiplier(factor: float) -> Multiplier:
    """Return a factor of 0 or more with 31 bits of precision.

    Infinity, which a product in float32 can come to, is shifted by BEYOND_ALL.
    """
    if math.isinf(factor):
        return Multiplier((1 << 31) - 1, BEYOND_ALL, 0)
    fraction, exponent = math.frexp(factor)
    mantissa = math.floor(fraction * (1 << 31) + 0.5)
    if mantissa == 1 << 31:
        mantissa //= 2
        exponent += 1
    if exponent < -30:  # a value of 2^30 at most: below a half
        return Multiplier(0, 0, 1)
    return Multiplier(mantissa, max(exponent, 0), max(-exponent, 0))


def product_in_float32(a: float, b: float, c: float) -> float:
    """Return a * b / c with every step rounded to float32, as the reference has it."""
    with np.errstate(over="ignore"):
        return float(np.float32(a) * np.float32(b) / np.float32(c))


def log2_of_power(scale: float) -> int | None:
    """Return log2 of a scale that is a power of two to within 0.1 %, else None."""
    log2 = math.log2(scale)
    rounded = round(log2)
    return rounded if abs(log2 - rounded) < 1e-3 else None


def table_factor(scale: float, shifts: tuple[int, ...]) -> tuple[int, int]:
    """Return (multiplier, shift) that take an input to the activation table's steps.

    A step of the table's x axis is 1/12288. A power of two whose left shift from 1/4096
    is in `shifts` is exact; anything else has 15 bits, cut off.
    """
    log2 = log2_of_power(scale)
    if log2 is not None and 12 + log2 in shifts:
        return 3 << (12 + log2), 0
    factor = scale * 4096.0 * 3.0
    shift = 0
    while factor <= 32767.0 / 2.0 and shift <= 30:
        shift += 1
        factor *= 2.0
    return int(factor), shift
