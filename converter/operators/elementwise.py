"""Operators of two activations, element by element."""

import struct
from dataclasses import dataclass

from tombola.converter.graph import Node
from tombola.converter.lowering import INT16, Handler, Lowering, bounds, refuse
from tombola.converter.program import Instruction, pack_factor
from tombola.converter.scales import (
    Multiplier,
    log2_of_power,
    multiplier,
    product_in_float32,
)


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
    """ADD, or SUB as an ADD whose `b_scale` is negative."""

    a_scale: Multiplier
    b_scale: Multiplier
    sum_scale: Multiplier

    KIND = 10
    NAME = "add"

    def _body(self) -> bytes:
        scales = (self.a_scale, self.b_scale, self.sum_scale)
        return self._head() + bytes(4) + b"".join(map(pack_factor, scales))


@dataclass(frozen=True)
class AddShifted(Binary):
    """ADD or SUB (sign -1) whose scales are all powers of two."""

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


def _pair(lowering: Lowering, node: Node) -> tuple[int, int, int, list[float]]:
    """Return the values a, b and output of an operator, and their scales."""
    a, a_tensor = lowering.activation(node, 0, INT16)
    b, b_tensor = lowering.activation(node, 1, INT16)
    y, y_tensor = lowering.output(node, INT16)
    tensors = (a_tensor, b_tensor, y_tensor)
    if len({tensor.count for tensor in tensors}) != 1:
        refuse(
            node,
            f"has {a_tensor} and {b_tensor} giving {y_tensor}; broadcasting is not "
            "supported",
        )
    return a, b, y, [tensor.scales[0] for tensor in tensors]


def _add(lowering: Lowering, node: Node) -> None:
    sign = -1 if node.kind == "SUB" else 1
    a, b, y, scales = _pair(lowering, node)
    low, high = bounds(node, lowering.graph.tensors[node.outputs[0]])
    powers = [log2_of_power(scale) for scale in scales]
    if node.options.get("pot_scale_int16") and all(
        power is not None for power in powers
    ):
        a_power, b_power, y_power = (power for power in powers if power is not None)
        a_right, b_right = y_power - a_power, y_power - b_power
        if min(a_right, b_right) != 0 or max(a_right, b_right) > 30:
            refuse(node, f"has scales {scales}; one input's has to be the output's")
        lowering.instructions.append(
            AddShifted(node.place, (a, b), (y,), low, high, a_right, b_right, sign)
        )
        return
    largest = 2 * max(scales[:2])
    total = largest / (2.0**15 * scales[2])
    if total >= 1:
        refuse(node, f"has output scale {scales[2]:.4g}, too fine for its inputs")
    b_scale = multiplier(scales[1] / largest)
    lowering.instructions.append(
        Add(
            node.place,
            (a, b),
            (y,),
            low,
            high,
            multiplier(scales[0] / largest),
            b_scale.negated() if sign < 0 else b_scale,
            multiplier(total),
        )
    )
    if sign < 0:
        lowering.folded.append(f"{node}: an ADD whose second factor is negative")


def _mul(lowering: Lowering, node: Node) -> None:
    a, b, y, scales = _pair(lowering, node)
    low, high = bounds(node, lowering.graph.tensors[node.outputs[0]])
    factor = multiplier(product_in_float32(*scales))
    if factor.left > 0:
        refuse(node, f"has output scale {scales[2]:.4g}, too fine for its inputs")
    lowering.instructions.append(Multiply(node.place, (a, b), (y,), low, high, factor))


HANDLERS: dict[str, Handler] = {"ADD": _add, "SUB": _add, "MUL": _mul}
