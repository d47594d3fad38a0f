"""Operators of two activations, element by element."""

import math
import struct
from dataclasses import dataclass

import numpy as np

from tombola.converter.graph import Node, Tensor
from tombola.converter.lowering import (
    Handler,
    Lowering,
    bounds,
    check_activation,
    refuse,
)
from tombola.converter.operators.table import append_table
from tombola.converter.program import Instruction, pack_factor
from tombola.converter.scales import (
    Multiplier,
    log2_of_power,
    multiplier,
    product_in_float32,
)

# By how much the reference shifts the inputs of a sum to the left.
ADD_SHIFT = {"int8": 20, "int16": 15}
# By how much a product may be shifted to the left and stay within 2^30.
MAX_PRODUCT_SHIFT = {"int8": 14, "int16": 0}


@dataclass(frozen=True)
class Binary(Instruction):
    """An operator of two activations and a fused activation."""

    low: int
    high: int

    def _head(self) -> bytes:
        a, b = self.inputs
        return struct.pack("<HHHHhh", a, b, self.outputs[0], 0, self.low, self.high)


@dataclass(frozen=True)
class Add(Binary):
    """ADD or SUB: a_sign * a + b_sign * b, a being the input of the larger scale."""

    a_sign: int
    b_sign: int
    b_scale: Multiplier
    sum_scale: Multiplier

    KIND = 10
    NAME = "add"

    def _body(self) -> bytes:
        return (
            self._head()
            + struct.pack("<bbH", self.a_sign, self.b_sign, 0)
            + pack_factor(self.b_scale)
            + pack_factor(self.sum_scale)
        )


@dataclass(frozen=True)
class AddShifted(Binary):
    """ADD or SUB (sign -1) in int16 whose scales are all powers of two."""

    a_right: int
    b_right: int
    sign: int

    KIND = 11
    NAME = "add shifted"

    def _body(self) -> bytes:
        return self._head() + struct.pack(
            "<BBbB", self.a_right, self.b_right, self.sign, 0
        )


@dataclass(frozen=True)
class Multiply(Binary):
    """MUL, element by element."""

    scale: Multiplier

    KIND = 12
    NAME = "multiply"

    def _body(self) -> bytes:
        return self._head() + bytes(4) + pack_factor(self.scale)


@dataclass(frozen=True)
class Extreme(Instruction):
    """The greater or the lesser of two activations."""

    def _body(self) -> bytes:
        return struct.pack("<HHHH", *self.inputs, self.outputs[0], 0)


@dataclass(frozen=True)
class Maximum(Extreme):
    """MAXIMUM."""

    KIND = 13
    NAME = "maximum"


@dataclass(frozen=True)
class Minimum(Extreme):
    """MINIMUM."""

    KIND = 14
    NAME = "minimum"


Tensors = tuple[Tensor, Tensor, Tensor]


def _tensors(lowering: Lowering, node: Node) -> Tensors:
    """Return the tensors a, b and output, which are of one type and fit each other."""
    tensors = lowering.graph.tensors
    indices = [index for index in node.inputs if index is not None]
    if len(indices) != 2 or len(node.outputs) != 1:
        refuse(node, f"has {len(indices)} inputs and {len(node.outputs)} outputs")
    a, b, y = (tensors[index] for index in (*indices, *node.outputs))
    for tensor in (a, b, y):
        check_activation(tensor, str(node))
    try:
        fits = math.prod(np.broadcast_shapes(a.shape, b.shape)) == y.count
    except ValueError:
        fits = False
    if not fits or len({a.dtype, b.dtype, y.dtype}) != 1:
        refuse(node, f"has {a} and {b} giving {y}")
    return a, b, y


def _operands(lowering: Lowering, node: Node, tensors: Tensors) -> tuple[int, int]:
    """Return the values a and b, as long as the output."""
    shape = np.broadcast_shapes(tensors[0].shape, tensors[1].shape)
    a, b = (
        lowering.broadcast(lowering.activation(node, i)[0], tensors[i].shape, shape)
        for i in (0, 1)
    )
    return a, b


def _scales(tensors: Tensors) -> tuple[float, float, float]:
    a, b, y = (tensor.scales[0] for tensor in tensors)
    return a, b, y


def _is_function_of_a_byte(tensors: Tensors) -> bool:
    """Whether one input is a single constant, and all is in int8."""
    constants = [tensor for tensor in tensors[:2] if tensor.data is not None]
    return (
        tensors[2].dtype == np.int8 and len(constants) == 1 and constants[0].count == 1
    )


def _add(lowering: Lowering, node: Node) -> None:
    tensors = _tensors(lowering, node)
    dtype = tensors[2].dtype.name
    if node.options.get("pot_scale_int16") and dtype == "int16":
        powers = [log2_of_power(scale) for scale in _scales(tensors)]
        if None not in powers:
            _add_shifted(lowering, node, tensors, [p for p in powers if p is not None])
            return
    a_scale, b_scale, y_scale = _scales(tensors)
    signs = (1, -1 if node.kind == "SUB" else 1)
    swap = b_scale > a_scale
    if swap:
        a_scale, b_scale, signs = b_scale, a_scale, signs[::-1]
    steps = 2.0 ** ADD_SHIFT[dtype]
    if steps * y_scale > float(np.finfo(np.float32).max):
        refuse(
            node, f"has output scale {y_scale:.4g}; {steps:,.0f} times is no float32"
        )
    sum_scale = multiplier(2 * a_scale / (steps * y_scale))
    if sum_scale.right == 0:
        refuse(node, f"has output scale {y_scale:.4g}, too fine for its inputs")
    if _is_function_of_a_byte(tensors):
        append_table(lowering, node)
        return
    a, b = _operands(lowering, node, tensors)
    y, _ = lowering.output(node)
    lowering.instructions.append(
        Add(
            *(node.place, (b, a) if swap else (a, b), (y,)),
            *(*bounds(node, tensors[2]), *signs),
            *(multiplier(b_scale / (2 * a_scale)), sum_scale),
        )
    )


def _add_shifted(
    lowering: Lowering, node: Node, tensors: Tensors, powers: list[int]
) -> None:
    a_right, b_right = powers[2] - powers[0], powers[2] - powers[1]
    # Beyond 15 the reference's shift in int16 gives no quotient.
    if min(a_right, b_right) != 0 or max(a_right, b_right) > 15:
        refuse(
            node,
            f"has scales {_scales(tensors)}, powers of two; one input's has to be the "
            "output's, the other's at most 2^15 less",
        )
    if tensors[0].shape != tensors[1].shape:
        refuse(node, "broadcasts with scales that are powers of two")
    sign = -1 if node.kind == "SUB" else 1
    operands = _operands(lowering, node, tensors)
    y, _ = lowering.output(node)
    lowering.instructions.append(
        AddShifted(
            *(node.place, operands, (y,)),
            *(*bounds(node, tensors[2]), a_right, b_right, sign),
        )
    )


def _mul(lowering: Lowering, node: Node) -> None:
    tensors = _tensors(lowering, node)
    scales = _scales(tensors)
    factor = multiplier(product_in_float32(*scales))
    if factor.left > MAX_PRODUCT_SHIFT[tensors[2].dtype.name]:
        refuse(node, f"has output scale {scales[2]:.4g}, too fine for its inputs")
    if _is_function_of_a_byte(tensors):
        append_table(lowering, node)
        return
    operands = _operands(lowering, node, tensors)
    y, _ = lowering.output(node)
    low, high = bounds(node, tensors[2])
    lowering.instructions.append(
        Multiply(node.place, operands, (y,), low, high, factor)
    )


def _extreme(kind: type[Maximum] | type[Minimum]) -> Handler:
    def handler(lowering: Lowering, node: Node) -> None:
        tensors = _tensors(lowering, node)
        if len({(tensor.scales, tensor.zero_points) for tensor in tensors}) != 1:
            refuse(
                node,
                f"has {', '.join(map(str, tensors))} with different scales or zero "
                "points, which the reference compares without a look at them",
            )
        if _is_function_of_a_byte(tensors):
            append_table(lowering, node)
            return
        operands = _operands(lowering, node, tensors)
        y, _ = lowering.output(node)
        lowering.instructions.append(kind(node.place, operands, (y,)))

    return handler


HANDLERS: dict[str, Handler] = {
    "ADD": _add,
    "SUB": _add,
    "MUL": _mul,
    "MAXIMUM": _extreme(Maximum),
    "MINIMUM": _extreme(Minimum),
}
