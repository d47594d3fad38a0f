"""Operators of one activation, element by element: tables in int8, not in int16."""

import math
import struct
from dataclasses import dataclass

import numpy as np

from tombola.converter.graph import Array, Node, Tensor
from tombola.converter.lowering import (
    INT16,
    INT16_MAX,
    INT16_MIN,
    Handler,
    Lowering,
    check_activation,
    refuse,
)
from tombola.converter.operators.quantize import Rescale
from tombola.converter.operators.table import append_table, check_counts, reference
from tombola.converter.program import Instruction, pack_factor
from tombola.converter.scales import (
    MAX_LEFT_SHIFT,
    Multiplier,
    log2_of_power,
    multiplier,
    product_in_float32,
    table_factor,
)

# The entries of a table over all of int16: one every 128 values, and the end's.
INTERPOLATION_STEP = 128
INTERPOLATION_BYTES = 1032


@dataclass(frozen=True)
class Sigmoid(Instruction):
    """LOGISTIC or TANH in int16, by the sigmoid's table."""

    multiplier: int
    shift: int

    def _body(self) -> bytes:
        x, y = self.inputs[0], self.outputs[0]
        return struct.pack("<HHHH", x, y, self.multiplier, self.shift)


@dataclass(frozen=True)
class Logistic(Sigmoid):
    """The sigmoid."""

    KIND = 20
    NAME = "logistic"


@dataclass(frozen=True)
class Tanh(Sigmoid):
    """The hyperbolic tangent."""

    KIND = 21
    NAME = "tanh"


@dataclass(frozen=True)
class Interpolation(Instruction):
    """A function of int16 by lines between 513 entries."""

    entries: Array

    KIND = 23
    NAME = "interpolation"

    def _body(self) -> bytes:
        head = struct.pack("<HHI", self.inputs[0], self.outputs[0], 0)
        return head + self.entries.astype("<i2").tobytes().ljust(
            INTERPOLATION_BYTES, b"\0"
        )


@dataclass(frozen=True)
class LeakyRelu(Instruction):
    """LEAKY_RELU in int16: another factor below zero."""

    above: Multiplier
    below: Multiplier

    KIND = 24
    NAME = "leaky relu"

    def _body(self) -> bytes:
        head = struct.pack("<HHI", self.inputs[0], self.outputs[0], 0)
        return head + pack_factor(self.above) + pack_factor(self.below)


def _factor(node: Node, x: Tensor, y: Tensor, alpha: float = 1.0) -> Multiplier:
    """Return alpha times an input's scale over the output's, rounded to float32."""
    factor = multiplier(product_in_float32(x.scales[0], alpha, y.scales[0]))
    if factor.left > MAX_LEFT_SHIFT:
        refuse(node, f"multiplies by 2^{factor.left}, at most 2^15 is supported")
    return factor


def _int8_or(int16: Handler) -> Handler:
    """Return the handler of an operator that is a table in int8."""

    def handler(lowering: Lowering, node: Node) -> None:
        index = node.inputs[0] if node.inputs else None
        is_int8 = index is not None and lowering.graph.tensors[index].dtype == np.int8
        (append_table if is_int8 else int16)(lowering, node)

    return handler


def _int8_only(lowering: Lowering, node: Node) -> None:
    x = lowering.activation(node, 0)[1]
    refuse(node, f"takes {x}; in the reference kernels it is of int8 only")


def _sigmoid(kind: type[Logistic] | type[Tanh], shifts: tuple[int, ...]) -> Handler:
    def handler(lowering: Lowering, node: Node) -> None:
        x, x_tensor = lowering.activation(node, 0, INT16)
        y, y_tensor = lowering.output(node, INT16)
        check_counts(node, x_tensor, y_tensor)
        if log2_of_power(y_tensor.scales[0]) != -15:
            refuse(node, f"has output scale {y_tensor.scales[0]:.6g}, not 1/32768")
        factor, shift = table_factor(x_tensor.scales[0], shifts)
        if factor > 65535:
            refuse(node, f"has input scale {x_tensor.scales[0]:.4g}, too coarse")
        lowering.instructions.append(kind(node.place, (x,), (y,), factor, shift))

    return handler


def _relu(highest: float | None) -> Handler:
    """RELU or RELU6 in int16: a rescaling, and bounds."""

    def handler(lowering: Lowering, node: Node) -> None:
        x, x_tensor = lowering.activation(node, 0, INT16)
        y, y_tensor = lowering.output(node, INT16)
        check_counts(node, x_tensor, y_tensor)
        high = INT16_MAX
        if highest is not None:
            steps = float(np.float32(highest) / np.float32(y_tensor.scales[0]))
            if steps >= 2.0**31:
                refuse(node, f"has output scale {y_tensor.scales[0]:.4g}, too fine")
            high = min(INT16_MAX, int(steps + 0.5))
        factor = _factor(node, x_tensor, y_tensor)
        lowering.instructions.append(Rescale(node.place, (x,), (y,), 0, high, factor))

    return handler


def _leaky_relu(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0, INT16)
    y, y_tensor = lowering.output(node, INT16)
    check_counts(node, x_tensor, y_tensor)
    alpha = float(node.options.get("alpha", 0.0))
    if not alpha >= 0.0:
        refuse(node, f"has the slope {alpha:.4g} below zero; 0 or more is supported")
    lowering.instructions.append(
        LeakyRelu(
            *(node.place, (x,), (y,)),
            _factor(node, x_tensor, y_tensor),
            _factor(node, x_tensor, y_tensor, alpha),
        )
    )


def _exp(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    y_tensor = lowering.graph.tensors[node.outputs[0]]
    check_activation(y_tensor, str(node), (x_tensor.dtype.name,))
    largest = int(np.iinfo(x_tensor.dtype).max) - x_tensor.zero_points[0]
    exponent = x_tensor.scales[0] * largest - math.log(y_tensor.scales[0])
    if exponent >= math.log(2.0**31):
        refuse(node, f"gives up to e^{exponent:.4g} steps, over 2^31")
    if x_tensor.dtype == np.int8:
        append_table(lowering, node)
        return
    y, _ = lowering.output(node)
    check_counts(node, x_tensor, y_tensor)
    values = np.arange(INT16_MIN, INT16_MAX + 1).astype(np.int16)
    expected = reference(node, (x_tensor,), y_tensor, values)
    entries = _entries(expected.astype(np.int64))
    lowering.instructions.append(Interpolation(node.place, (x,), (y,), entries))


def _entries(expected: Array) -> Array:
    """Return the 513 entries between which these 65536 values lie on lines.

    All but the last are values themselves. Of the last one there is only the line's
    end, which rounds; any that gives the same values is as good.
    """
    first = expected[::INTERPOLATION_STEP]
    along = np.arange(INTERPOLATION_STEP)
    last = expected[-INTERPOLATION_STEP:]
    guess = first[-1] + (last[-1] - first[-1]) * 128 // 127
    for end in range(guess - 2, guess + 3):
        if np.array_equal(last, first[-1] + (((end - first[-1]) * along + 64) >> 7)):
            return np.append(first, end)
    raise AssertionError("the reference's last line is none")


HANDLERS: dict[str, Handler] = {
    "LOGISTIC": _int8_or(_sigmoid(Logistic, (0,))),
    "TANH": _int8_or(_sigmoid(Tanh, (0, 1))),
    "RELU": _int8_or(_relu(None)),
    "RELU6": _int8_or(_relu(6.0)),
    "RELU_N1_TO_1": _int8_or(_int8_only),
    "RELU_0_TO_1": _int8_or(_int8_only),
    "LEAKY_RELU": _int8_or(_leaky_relu),
    "HARD_SWISH": _int8_or(_int8_only),
    "EXP": _exp,
}
