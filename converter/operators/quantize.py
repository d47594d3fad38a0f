"""From one scale, or type, to another."""

import struct
from dataclasses import dataclass

import numpy as np

from tombola.converter.graph import Node, Tensor
from tombola.converter.lowering import (
    EDGE_TYPES,
    INT16_MAX,
    INT16_MIN,
    Handler,
    Lowering,
    refuse,
)
from tombola.converter.operators.table import (
    Table,
    append_table,
    check_counts,
    reference,
)
from tombola.converter.program import Instruction, Value, pack_factor
from tombola.converter.scales import (
    MAX_LEFT_SHIFT,
    Multiplier,
    multiplier,
)

FLOAT32 = ("float32",)


@dataclass(frozen=True)
class Rescale(Instruction):
    """QUANTIZE to or from int16, RELU and RELU6 in int16, or a copy."""

    low: int
    high: int
    scale: Multiplier

    KIND = 30
    NAME = "rescale"

    def _body(self) -> bytes:
        x, y = self.inputs[0], self.outputs[0]
        return struct.pack("<HHhh", x, y, self.low, self.high) + pack_factor(self.scale)


@dataclass(frozen=True)
class Edge(Instruction):
    """From or to float32, by the other value's scale and zero point."""

    def _body(self) -> bytes:
        return struct.pack("<HHI", self.inputs[0], self.outputs[0], 0)


@dataclass(frozen=True)
class Quantize(Edge):
    """QUANTIZE from float32."""

    KIND = 31
    NAME = "quantize"


@dataclass(frozen=True)
class Dequantize(Edge):
    """DEQUANTIZE to float32."""

    KIND = 32
    NAME = "dequantize"


def _quantize(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0, EDGE_TYPES)
    if x_tensor.dtype == np.float32:
        _check_edge(node, x_tensor, lowering.graph.inputs)
        y, y_tensor = lowering.output(node)
        check_counts(node, x_tensor, y_tensor)
        lowering.instructions.append(Quantize(node.place, (x,), (y,)))
        return
    y_tensor = lowering.graph.tensors[node.outputs[0]]
    if x_tensor.dtype == np.int8 and y_tensor.dtype == np.int8:
        append_table(lowering, node)
        return
    y, y_tensor = lowering.output(node)
    check_counts(node, x_tensor, y_tensor)
    factor = multiplier(x_tensor.scales[0] / y_tensor.scales[0])
    if factor.left > MAX_LEFT_SHIFT:
        refuse(node, f"multiplies by 2^{factor.left}, at most 2^15 is supported")
    lowering.instructions.append(
        _rescale(node.place, x, y, factor, y_tensor.dtype.name)
    )


def _dequantize(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    y, y_tensor = lowering.output(node, FLOAT32)
    _check_edge(node, y_tensor, lowering.graph.outputs)
    check_counts(node, x_tensor, y_tensor)
    lowering.instructions.append(Dequantize(node.place, (x,), (y,)))


def _check_edge(node: Node, tensor: Tensor, edge: dict[str, int]) -> None:
    if tensor.index not in edge.values():
        refuse(
            node,
            f"has {tensor} in the middle of the graph; float32 is supported only as an "
            "input or output of the model, so export all its operators quantised",
        )


def _rescale(
    place: int | None, source: int, target: int, factor: Multiplier, dtype: str
) -> Rescale:
    low, high = (-128, 127) if dtype == "int8" else (INT16_MIN, INT16_MAX)
    return Rescale(place, (source,), (target,), low, high, factor)


def rescale(source: int, target: int, values: list[Value]) -> Instruction | None:
    """Return what takes a value to another one's scale and type.

    None when the factor between them has no instruction.
    """
    x, y = values[source], values[target]
    factor = multiplier(x.scale / y.scale)
    if factor.left > MAX_LEFT_SHIFT:
        return None
    if x.dtype == np.int8 and y.dtype == np.int8:
        return Table(None, (source,), (target,), _requantised(x, y))
    return _rescale(None, source, target, factor, y.dtype.name)


def _requantised(x: Value, y: Value) -> bytes:
    """Return what QUANTIZE from one int8 value to another is, as a table."""
    tensors = [
        Tensor(
            *(i, value.name, (1, 256), value.dtype),
            *((value.scale,), (value.zero_point,), 0, None),
        )
        for i, value in enumerate((x, y))
    ]
    node = Node(-1, "QUANTIZE", (0,), (1,))
    values = np.arange(256, dtype=np.uint8).view(np.int8)
    return reference(node, (tensors[0],), tensors[1], values).tobytes()


HANDLERS: dict[str, Handler] = {"QUANTIZE": _quantize, "DEQUANTIZE": _dequantize}
