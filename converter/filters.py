"""How the sums of a convolution become its outputs, channel by channel."""

import struct
from dataclasses import astuple, dataclass

import numpy as np

from tombola.converter.graph import Array, Node, Tensor
from tombola.converter.lowering import refuse
from tombola.converter.scales import multiplier

FILTER_BYTES = 16
# So that half a step and the zero point, shifted to the left, stay within 2^31.
MAX_RIGHT_SHIFT = {"int8": 23, "int16": 30}


@dataclass(frozen=True)
class Scaling:
    """How a channel's sum becomes an output.

    It is shifted to the left and multiplied; `rounding` is added to the product's high
    half and `negative` to that of a negative sum, and it is shifted to the right.
    """

    multiplier: int
    rounding: int
    left: int
    right: int
    negative: int = 0

    def pack(self, bias: int) -> bytes:
        """Return the record of a channel whose sum starts at `bias`, modulo 2^32."""
        return struct.pack("<IiiBBh", bias % 2**32, *astuple(self))


def scalings(
    node: Node,
    weights: Array,
    bias: Array,
    x: Tensor,
    y: Tensor,
    factors: Array,
    twice: bool,
) -> tuple[Scaling, ...]:
    """Return each channel's scaling, and prove that no sum passes 32 bits.

    As MultiplyByQuantizedMultiplier in tensorflow/lite/kernels/internal/common.cc, for
    32 bits (which rounds twice) and for 64.

    Args:
        weights: int8 [channels, taps].
        bias: [channels].
        factors: float64 [channels], from a step of the sums to one of the outputs.

    Raises:
        TombolaError: A sum may pass 32 bits, or cannot be scaled exactly.
    """
    limits, zero = np.iinfo(x.dtype), x.zero_points[0]
    reach = max(zero - limits.min, limits.max - zero)
    sizes = np.abs(weights.astype(np.int64)).sum(axis=1)
    largest = sizes * float(reach) + np.abs(bias.astype(np.float64))
    result = []
    for i, factor in enumerate(factors):
        scaling = (_twice if twice else _once)(float(factor), y.zero_points[0])
        if scaling.right > MAX_RIGHT_SHIFT[y.dtype.name] or factor < 2.0**-31:
            if largest[i] * factor >= 0.49:
                refuse(node, f"scales channel {i} by {factor:.4g}, which is too little")
            # No sum comes near half a step.
            scaling = Scaling(0, y.zero_points[0], 0, 0)
        if largest[i] * 2.0**scaling.left >= 2.0**31:
            refuse(
                node,
                f"may add up to {largest[i]:.4g} in channel {i}, over the "
                f"{2.0 ** (31 - scaling.left):.4g} that it can scale by {factor:.4g}; "
                "use fewer inputs, or calibrate with inputs that reach the output's "
                "range",
            )
        result.append(scaling)
    return tuple(result)


def _twice(factor: float, zero_point: int) -> Scaling:
    fixed = multiplier(factor)
    half = (1 << fixed.right) >> 1
    rounding = half + (zero_point << fixed.right)
    # Ties go away from zero, where something is shifted out.
    negative = -1 if fixed.right else 0
    return Scaling(fixed.multiplier, rounding, fixed.left + 1, fixed.right, negative)


def _once(factor: float, zero_point: int) -> Scaling:
    assert zero_point == 0
    fixed = multiplier(factor)
    exponent = fixed.left - fixed.right
    reduced = min((fixed.multiplier + (1 << 15)) >> 16, 0x7FFF)
    left = max(exponent + 2, 0)
    right = left - exponent - 1
    return Scaling(reduced << 16, 1 << (right - 1), left, right)
