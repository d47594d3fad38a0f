"""FULLY_CONNECTED."""

import struct
from dataclasses import dataclass

import numpy as np

from tombola.converter.graph import Array, Node, Tensor
from tombola.converter.lowering import (
    INT16,
    INT16_MIN,
    Handler,
    Lowering,
    bounds,
    refuse,
)
from tombola.converter.program import LANES, Instruction, lanes

TWO_TO_31 = 2.0**31


@dataclass(frozen=True)
class Dense(Instruction):
    """FULLY_CONNECTED.

    Attributes:
        weights: int8 [rows, columns].
        bias: Whole numbers [rows], in steps of input scale * weight scale.
        scale: float64 [rows]: input scale * weight scale / output scale.
        low: Least output, by the fused activation.
        high: Largest output.
    """

    weights: Array
    bias: Array
    scale: Array
    low: int
    high: int

    KIND = 1
    NAME = "dense"
    STREAMS = False

    def _body(self) -> bytes:
        head = struct.pack(
            "<HHhh", self.inputs[0], self.outputs[0], self.low, self.high
        )
        rows = np.zeros((lanes(len(self.weights)), 2))
        rows[: len(self.weights)] = np.stack([self.bias, self.scale], axis=1)
        blocks = interleave(self.weights)
        pairs = zip(blocks, rows.reshape(len(blocks), LANES, 2), strict=True)
        return head + b"".join(w.tobytes() + r.tobytes() for w, r in pairs)

    def widths(self) -> list[tuple[int, ...]]:
        """Rows and columns may be fewer."""
        return [self.inputs, self.outputs]

    @property
    def macs(self) -> int:
        """One for each weight."""
        return int(self.weights.size)

    @property
    def weight_bytes(self) -> int:
        """Padded weights, and 16 bytes of bias and scale a row."""
        rows, columns = map(lanes, self.weights.shape)
        return rows * columns + rows * 16


def interleave(weights: Array) -> Array:
    """Lay int8 [rows, columns] out for SXTB16 and SMLAD: [blocks, columns/4, 4, 4].

    A block is four rows, a word is four columns of one row. SXTB16 widens a word's
    bytes 0 and 2, and with a turn of 8 its bytes 1 and 3, to the two halves that SMLAD
    multiplies with a pair of neighbouring inputs; so the columns stand as 0, 2, 1, 3.
    """
    rows, columns = weights.shape
    padded = np.zeros((lanes(rows), lanes(columns)), np.int8)
    padded[:rows, :columns] = weights
    words = padded.reshape(-1, LANES, padded.shape[1] // LANES, LANES)
    return np.ascontiguousarray(words.transpose(0, 2, 1, 3)[..., [0, 2, 1, 3]])


def _fully_connected(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0, INT16)
    weights = _weights(lowering, node, x_tensor)
    y, y_tensor = lowering.output(node, INT16)
    rows = weights.shape[0]
    if y_tensor.count != rows:
        refuse(node, f"gives {y_tensor}, its weights have {rows} rows")
    assert weights.data is not None
    bias = _bias(lowering, node, rows)
    w_scales = np.array(weights.scales, np.float64)
    scale = x_tensor.scales[0] * w_scales / y_tensor.scales[0]
    scale = np.broadcast_to(scale, rows)
    _check_accumulator(node, weights.data, bias, scale)
    low, high = bounds(node, y_tensor)
    lowering.instructions.append(
        Dense(node.place, (x,), (y,), weights.data, bias, scale, low, high)
    )


def _weights(lowering: Lowering, node: Node, x: Tensor) -> Tensor:
    index = node.inputs[1] if len(node.inputs) > 1 else None
    if index is None:
        refuse(node, "has no weights")
    weights = lowering.graph.tensors[index]
    if weights.data is None or weights.dtype != np.int8 or len(weights.shape) != 2:
        refuse(node, f"has weights {weights}; constant int8 rows x columns are needed")
    rows, columns = weights.shape
    if len(weights.scales) not in (1, rows) or any(weights.zero_points):
        refuse(
            node,
            f"has weights {weights} with {len(weights.scales)} scales; one, or one per "
            "row, with zero points 0 is needed",
        )
    if len(weights.scales) > 1 and weights.axis != 0:
        refuse(node, f"has scales along axis {weights.axis} of its weights, not 0")
    if x.count != columns:
        refuse(
            node,
            f"has {columns} columns of weights for {x.count} inputs; a batch of 1 is "
            "supported",
        )
    return weights


def _bias(lowering: Lowering, node: Node, rows: int) -> Array:
    index = node.inputs[2] if len(node.inputs) > 2 else None
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


def _check_accumulator(node: Node, weights: Array, bias: Array, scale: Array) -> None:
    """Prove that sums fit in 32 bits, and what they are scaled to as well."""
    largest = np.abs(weights.astype(np.int64)).sum(axis=1) * -INT16_MIN
    total = largest.astype(np.float64) + np.abs(bias.astype(np.float64))
    if total.max() >= TWO_TO_31:
        row = int(total.argmax())
        refuse(
            node,
            f"may add up to {total[row]:.4g} in row {row}, over the accumulator's "
            f"{TWO_TO_31:.4g}; use fewer inputs",
        )
    # As the loader has it, which does not add up the weights.
    result = (TWO_TO_31 + np.abs(bias)) * scale
    if result.max() >= TWO_TO_31 - 1:
        row = int(result.argmax())
        refuse(
            node,
            f"scales row {row} by {scale[row]:.4g}; less than 1 - |bias| / 2^31 is "
            "needed, so calibrate with inputs that reach the output's range",
        )


HANDLERS: dict[str, Handler] = {"FULLY_CONNECTED": _fully_connected}
