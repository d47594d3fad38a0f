"""SOFTMAX over the innermost axis."""

import math
import struct
from dataclasses import dataclass

import numpy as np

from tombola.converter.graph import Array, Node, Tensor
from tombola.converter.lowering import Handler, Lowering, refuse
from tombola.converter.program import Instruction, pack_factor
from tombola.converter.scales import Multiplier, multiplier, product_in_float32

ONE = (1 << 31) - 1  # in 0.31 fixed point
# The exponent is taken with five bits before the point: -32 is nothing.
EXPONENT_BITS = 5
# More elements of int8 could pass the sum's 32 bits.
MAX_DEPTH = 4095
MAX_LEFT_SHIFT = 14
# An int16 softmax takes exp from -10 on, in 65535 steps.
STEP = 10.0 / 65535.0


@dataclass(frozen=True)
class SoftmaxInt8(Instruction):
    """SOFTMAX in int8.

    Attributes:
        exponentials: exp(-beta * scale * distance) in 0.31 fixed point, from 0 on.
    """

    depth: int
    exponentials: Array

    KIND = 25
    NAME = "softmax"

    def widths(self) -> list[tuple[int, ...]]:
        """A row is taken as a whole."""
        return []

    def _body(self) -> bytes:
        x, y = self.inputs[0], self.outputs[0]
        entries = len(self.exponentials)
        head = struct.pack("<HHIII", x, y, self.depth, entries, 0)
        table = self.exponentials.astype("<u4").tobytes()
        return head + table + bytes(-len(table) % 8)


@dataclass(frozen=True)
class SoftmaxInt16(Instruction):
    """SOFTMAX in int16; the scale takes a distance to steps of 10/65535."""

    depth: int
    scale: Multiplier

    KIND = 26
    NAME = "softmax int16"

    def widths(self) -> list[tuple[int, ...]]:
        """A row is taken as a whole."""
        return []

    def _body(self) -> bytes:
        head = struct.pack("<HHI", self.inputs[0], self.outputs[0], self.depth)
        return head + pack_factor(self.scale)


def _softmax(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    y, y_tensor = lowering.output(node, (x_tensor.dtype.name,))
    if not x_tensor.shape or x_tensor.shape != y_tensor.shape:
        refuse(node, f"has {x_tensor} giving {y_tensor}")
    _check_output(node, y_tensor)
    beta = float(node.options.get("beta", 0.0))
    if not 0.0 < beta < math.inf:
        refuse(node, f"has beta {beta:.4g}; above 0 is needed")
    depth = x_tensor.shape[-1]
    if x_tensor.dtype == np.int16:
        factor = multiplier(product_in_float32(x_tensor.scales[0], beta, 1.0) / STEP)
        if factor.left > MAX_LEFT_SHIFT:
            refuse(node, f"has input scale {x_tensor.scales[0]:.4g}, too coarse")
        lowering.instructions.append(
            SoftmaxInt16(node.place, (x,), (y,), depth, factor)
        )
        return
    if depth > MAX_DEPTH:
        refuse(node, f"has rows of {depth:,}, at most {MAX_DEPTH:,} are supported")
    if beta * x_tensor.scales[0] * 2.0 ** (31 - EXPONENT_BITS) <= 1.0:
        refuse(node, f"has input scale {x_tensor.scales[0]:.4g}, too fine")
    exponentials = distances_to_exponentials(beta * x_tensor.scales[0])
    lowering.instructions.append(
        SoftmaxInt8(node.place, (x,), (y,), depth, exponentials)
    )


def _check_output(node: Node, tensor: Tensor) -> None:
    scale, zero_point = {"int8": (1 / 256, -128), "int16": (1 / 32768, 0)}[
        tensor.dtype.name
    ]
    if abs(tensor.scales[0] / scale - 1) > 0.001 or tensor.zero_points[0] != zero_point:
        refuse(
            node,
            f"gives scale {tensor.scales[0]:.6g} and zero point "
            f"{tensor.zero_points[0]}; {scale:.6g} and {zero_point} are needed",
        )


def distances_to_exponentials(step: float) -> Array:
    """Return exp(-step * distance) in 0.31 fixed point, for distances 0..255 at most.

    Bit by bit as the reference kernels have it, which ends where the exponent would
    pass -31. PreprocessSoftmaxScaling and CalculateInputRadius in TensorFlow Lite,
    tensorflow/lite/kernels/internal/quantization_util.cc.
    """
    bits = 31 - EXPONENT_BITS
    factor = multiplier(min(step * 2.0**bits, 2.0**31 - 1))
    last = ((1 << EXPONENT_BITS) - 1) * 2**bits // 2**factor.left
    exponents = [
        _product(-distance << factor.left, factor.multiplier)
        for distance in range(min(last, 255) + 1)
    ]
    return np.array([_exp(exponent) for exponent in exponents])


def _exp(exponent: int) -> int:
    """Return e to an exponent of 0 or less in 5.26 fixed point, in 0.31.

    gemmlowp's exp_on_negative_values (fixedpoint/fixedpoint.h): a polynomial around
    -1/8 for what is left below a quarter, times a power of e for each bit above.
    """
    if exponent == 0:
        return ONE
    bits = 31 - EXPONENT_BITS
    quarter = 1 << (bits - 2)
    rest = (exponent & (quarter - 1)) - quarter
    result = _exp_near_eighth(rest << EXPONENT_BITS)
    for power in range(-2, EXPONENT_BITS):
        if (rest - exponent) >> (bits + power) & 1:
            result = _product(result, round(math.exp(-(2.0**power)) * 2**31))
    return result


def _exp_near_eighth(exponent: int) -> int:
    """Return e to an exponent of -1/4..0, both in 0.31 fixed point."""
    x = exponent + (1 << 28)
    x2 = _product(x, x)
    x3 = _product(x2, x)
    x4 = _product(x2, x2)
    # x^4/24 + x^3/6 + x^2/2
    higher = _halved(_product(_halved(x4, 2) + x3, round(2**31 / 3)) + x2, 1)
    e = round(math.exp(-1 / 8) * 2**31)
    return e + _product(e, x + higher)


def _product(a: int, b: int) -> int:
    """Return a * b / 2^31 to the nearest, ties up."""
    return (a * b + (1 << 30)) >> 31


def _halved(value: int, times: int) -> int:
    """Return value / 2^times to the nearest, ties away from zero."""
    half = 1 << (times - 1)
    return (value + half) >> times if value >= 0 else -((half - value) >> times)


HANDLERS: dict[str, Handler] = {"SOFTMAX": _softmax}
