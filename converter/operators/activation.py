"""Operators of one activation, element by element."""

import struct
from dataclasses import dataclass

from tombola.converter.graph import Node
from tombola.converter.lowering import INT16, Handler, Lowering, refuse
from tombola.converter.program import Instruction
from tombola.converter.scales import log2_of_power, table_factor


@dataclass(frozen=True)
class Activation(Instruction):
    """LOGISTIC or TANH by the table."""

    multiplier: int
    shift: int

    def _body(self) -> bytes:
        x, y = self.inputs[0], self.outputs[0]
        return struct.pack("<HHHH", x, y, self.multiplier, self.shift)


@dataclass(frozen=True)
class Logistic(Activation):
    """The sigmoid."""

    KIND = 20
    NAME = "logistic"


@dataclass(frozen=True)
class Tanh(Activation):
    """The hyperbolic tangent."""

    KIND = 21
    NAME = "tanh"


def _table(kind: type[Logistic] | type[Tanh], shifts: tuple[int, ...]) -> Handler:
    def handler(lowering: Lowering, node: Node) -> None:
        x, x_tensor = lowering.activation(node, 0, INT16)
        y, y_tensor = lowering.output(node, INT16)
        if x_tensor.count != y_tensor.count:
            refuse(node, f"has {x_tensor} giving {y_tensor}")
        if log2_of_power(y_tensor.scales[0]) != -15:
            refuse(node, f"has output scale {y_tensor.scales[0]:.6g}, not 1/32768")
        factor, shift = table_factor(x_tensor.scales[0], shifts)
        if factor > 65535:
            refuse(node, f"has input scale {x_tensor.scales[0]:.4g}, too coarse")
        lowering.instructions.append(kind(node.place, (x,), (y,), factor, shift))

    return handler


HANDLERS: dict[str, Handler] = {
    "LOGISTIC": _table(Logistic, (0,)),
    "TANH": _table(Tanh, (0, 1)),
}
