"""From one scale to another."""

import struct
from dataclasses import dataclass

from tombola.converter.graph import Node
from tombola.converter.lowering import INT16, Handler, Lowering, refuse
from tombola.converter.program import Instruction, Value, pack_factor
from tombola.converter.scales import (
    MAX_LEFT_SHIFT,
    Multiplier,
    multiplier,
)


@dataclass(frozen=True)
class Rescale(Instruction):
    """QUANTIZE from one scale to another, or a copy."""

    scale: Multiplier

    KIND = 30
    NAME = "rescale"

    def _body(self) -> bytes:
        return struct.pack("<HHI", self.inputs[0], self.outputs[0], 0) + (
            pack_factor(self.scale)
        )


def _quantize(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0, INT16)
    y, y_tensor = lowering.output(node, INT16)
    if x_tensor.count != y_tensor.count:
        refuse(node, f"has {x_tensor} giving {y_tensor}")
    factor = multiplier(x_tensor.scales[0] / y_tensor.scales[0])
    if factor.left > MAX_LEFT_SHIFT:
        refuse(node, f"multiplies by 2^{factor.left}, at most 2^15 is supported")
    lowering.instructions.append(Rescale(node.place, (x,), (y,), factor))


def rescale(source: int, target: int, values: list[Value]) -> Instruction | None:
    """Return what takes an int16 value to another one's scale.

    None when their types or the factor between them have no instruction.
    """
    factor = multiplier(values[source].scale / values[target].scale)
    types = {values[source].dtype.name, values[target].dtype.name}
    if factor.left > MAX_LEFT_SHIFT or types != {"int16"}:
        return None
    return Rescale(None, (source,), (target,), factor)


HANDLERS: dict[str, Handler] = {"QUANTIZE": _quantize}
