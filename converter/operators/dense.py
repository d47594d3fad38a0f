"""FULLY_CONNECTED."""

import struct
from dataclasses import dataclass

import numpy as np

from tombola.converter.graph import Array, Node, Tensor
from tombola.converter.lowering import Handler, Lowering, bounds, refuse
from tombola.converter.matrix import Matrix
from tombola.converter.program import Instruction, lanes

TWO_TO_31 = 2.0**31


@dataclass(frozen=True)
class Dense(Instruction):
    """FULLY_CONNECTED: a matrix times each of `batches` vectors.

    Attributes:
        low: Least output, by the fused activation.
        high: Largest output.
    """

    matrix: Matrix
    batches: int
    low: int
    high: int

    KIND = 1
    NAME = "dense"
    STREAMS = False

    def _body(self) -> bytes:
        head = struct.pack(
            "<HHHHhhI",
            *(self.inputs[0], self.outputs[0], self.scratch, self.batches),
            *(self.low, self.high, 0),
        )
        return head + self.matrix.pack()

    def widths(self) -> list[tuple[int, ...]]:
        """Rows and columns may be fewer, of a single vector."""
        return [self.inputs, self.outputs] if self.batches == 1 else []

    @property
    def macs(self) -> int:
        """One for each weight and vector."""
        return self.batches * int(self.matrix.weights.size)

    @property
    def weight_bytes(self) -> int:
        """Bytes of the matrix."""
        return self.matrix.packed_bytes


def _fully_connected(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    y, y_tensor = lowering.output(node, (x_tensor.dtype.name,))
    matrix = matrix_of(lowering, node, x_tensor, y_tensor)
    rows, columns = matrix.weights.shape
    batches = x_tensor.count // columns
    if (x_tensor.count, y_tensor.count) != (batches * columns, batches * rows):
        refuse(
            node,
            f"has {rows} rows and {columns} columns of weights for {x_tensor} giving "
            f"{y_tensor}",
        )
    low, high = bounds(node, y_tensor)
    one = max(lanes(rows), lanes(columns)) * x_tensor.dtype.itemsize
    scratch = 2 * lanes(columns) + (one if batches > 1 else 0)
    lowering.instructions.append(
        Dense(
            *(node.place, (x,), (y,), matrix, batches, low, high),
            scratch=lowering.scratch(scratch),
        )
    )


def matrix_of(lowering: Lowering, node: Node, x: Tensor, y: Tensor) -> Matrix:
    """Return a FULLY_CONNECTED's matrix; refuse what could leave 32 bits."""
    weights = _weights(lowering, node)
    assert weights.data is not None
    rows = len(weights.data)
    scale = x.scales[0] * np.array(weights.scales, np.float64) / y.scales[0]
    matrix = Matrix(
        *(weights.data, _bias(lowering, node, rows), np.broadcast_to(scale, rows)),
        *(x.dtype, x.zero_points[0], y.zero_points[0]),
    )
    _check_accumulator(node, matrix)
    return matrix


def _weights(lowering: Lowering, node: Node) -> Tensor:
    index = node.input(1)
    if index is None:
        refuse(node, "has no weights")
    if node.options.get("weights_format", "DEFAULT") not in ("DEFAULT", 0):
        refuse(node, "has shuffled weights, which are not supported")
    weights = lowering.graph.tensors[index]
    if weights.data is None or weights.dtype != np.int8 or len(weights.shape) != 2:
        refuse(node, f"has weights {weights}; constant int8 rows x columns are needed")
    rows = weights.shape[0]
    if len(weights.scales) not in (1, rows) or any(weights.zero_points):
        refuse(
            node,
            f"has weights {weights} with {len(weights.scales)} scales; one, or one per "
            "row, with zero points 0 is needed",
        )
    if len(weights.scales) > 1 and weights.axis != 0:
        refuse(node, f"has scales along axis {weights.axis} of its weights, not 0")
    return weights


def _bias(lowering: Lowering, node: Node, rows: int) -> Array:
    index = node.input(2)
    if index is None:
        return np.zeros(rows, np.int64)
    bias = lowering.graph.tensors[index]
    if (
        bias.data is None
        or bias.dtype not in (np.int32, np.int64)
        or bias.count != rows
        or any(bias.zero_points)
    ):
        refuse(node, f"has a bias {bias}; {rows} constant int32 or int64 are needed")
    return bias.data.reshape(rows).astype(np.int64)


def _check_accumulator(node: Node, matrix: Matrix) -> None:
    """Prove that sums fit in 32 bits, and what they are scaled to as well."""
    total = matrix.largest_sums() + np.abs(matrix.bias.astype(np.float64))
    if total.max() >= TWO_TO_31:
        row = int(total.argmax())
        refuse(
            node,
            f"may add up to {total[row]:.4g} in row {row}, over the accumulator's "
            f"{TWO_TO_31:.4g}; use fewer inputs",
        )
    result = total * matrix.scale
    if result.max() >= TWO_TO_31 - 1:
        row = int(result.argmax())
        refuse(
            node,
            f"scales row {row} by {matrix.scale[row]:.4g}, to as much as "
            f"{result[row]:.4g}; less than {TWO_TO_31:.4g} is needed, so calibrate "
            "with inputs that reach the output's range",
        )


HANDLERS: dict[str, Handler] = {"FULLY_CONNECTED": _fully_connected}
