"""Operators from int8 to int8, each of which is a function of one byte.

All are one instruction, a table, and the reference kernels themselves fill it.
"""

import struct
from dataclasses import dataclass

import numpy as np

from tombola.converter.graph import Array, Node, Tensor
from tombola.converter.lowering import Lowering, check_activation, refuse
from tombola.converter.program import Instruction
from tombola.converter.reference_table import reference_values
from tombola.converter.scales import MAX_LEFT_SHIFT, multiplier

INT8 = ("int8",)


@dataclass(frozen=True)
class Table(Instruction):
    """Any function from int8 to int8.

    Attributes:
        entries: The output for the inputs 0..127, -128..-1.
    """

    entries: bytes

    KIND = 22
    NAME = "table"

    def _body(self) -> bytes:
        return struct.pack("<HHI", self.inputs[0], self.outputs[0], 0) + self.entries


def table_of(lowering: Lowering, node: Node) -> bytes:
    """Return an operator's output for the inputs 0..127, -128..-1.

    It takes one int8 activation, and may take constants besides.

    Raises:
        TombolaError: The reference kernels do not take it, or its scales are too far
            from each other.
    """
    inputs = tuple(lowering.graph.tensors[i] for i in node.inputs if i is not None)
    output = lowering.graph.tensors[node.outputs[0]]
    values = np.arange(256, dtype=np.uint8).view(np.int8)
    return reference(node, inputs, output, values).tobytes()


def append_table(lowering: Lowering, node: Node) -> None:
    """Append a table for an operator that takes one int8 activation."""
    tensors = lowering.graph.tensors
    positions = [
        position
        for position, index in enumerate(node.inputs)
        if index is not None and tensors[index].data is None
    ]
    if len(positions) != 1:
        refuse(node, f"takes {len(positions)} activations, 1 is supported")
    (position,) = positions
    x, x_tensor = lowering.activation(node, position, INT8)
    y, y_tensor = lowering.output(node, INT8)
    check_counts(node, x_tensor, y_tensor)
    entries = table_of(lowering, node)
    lowering.instructions.append(Table(node.place, (x,), (y,), entries))


def reference(
    node: Node, inputs: tuple[Tensor, ...], output: Tensor, values: Array
) -> Array:
    """Return what the reference kernels make of values of the one activation.

    Raises:
        TombolaError: They do not take the tensors, or are not defined for them.
    """
    scale = output.scales[0]
    if 6.0 / scale >= 2.0**31:
        refuse(node, f"has output scale {scale:.4g}, too fine for a whole number of 6")
    for tensor in inputs:
        check_activation(tensor, str(node), ("int8", "int16"))
        left = multiplier(tensor.scales[0] / scale).left
        if tensor.data is None and left > MAX_LEFT_SHIFT:
            refuse(node, f"multiplies by 2^{left}, at most 2^15 is supported")
    try:
        return reference_values(node, inputs, output, values)
    except (RuntimeError, ValueError) as error:
        refuse(node, f"is not taken by the reference kernels: {error}")


def check_counts(node: Node, x: Tensor, y: Tensor) -> None:
    """Refuse an output that has not as many elements as the input."""
    if x.count != y.count:
        refuse(node, f"has {x} giving {y}")
