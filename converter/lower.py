"""From the operators of TensorFlow Lite to the instructions of a ticket.

An operator goes through only when the instruction gives the same bits; what does not
is refused with the operator, its place in the graph and the reason.
"""

from collections.abc import Callable

import numpy as np

from tombola.converter.graph import Array, Graph, Node, Tensor
from tombola.converter.lowering import (
    INT16_MIN,
    Lowering,
    bounds,
    check_activation,
    refuse,
)
from tombola.converter.program import (
    Add,
    AddShifted,
    Dense,
    Logistic,
    Multiply,
    Program,
    Rescale,
    Tanh,
)
from tombola.converter.scales import (
    log2_of_power,
    multiplier,
    product_in_float32,
    table_factor,
)

TWO_TO_31 = 2.0**31
MAX_LEFT_SHIFT = 15


def lower(graph: Graph) -> Program:
    """Return the program that gives the bits of the graph.

    Raises:
        TombolaError: An operator, a type or a scale has no instruction.
    """
    lowering = Lowering(graph)
    for name, index in graph.inputs.items():
        lowering.add_input(name, graph.tensors[index])
    for node in graph.nodes:
        handler = _HANDLERS.get(node.kind)
        if handler is None:
            refuse(node, f"is not supported; supported are {', '.join(_HANDLERS)}")
        handler(lowering, node)
    return lowering.finish()


def _fully_connected(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    weights = _weights(lowering, node, x_tensor)
    y, y_tensor = lowering.output(node)
    rows = weights.shape[0]
    if y_tensor.count != rows:
        refuse(node, f"gives {y_tensor}, its weights have {rows} rows")
    assert weights.data is not None
    bias = _bias(lowering, node, rows)
    w_scales = np.array(weights.scales, np.float64)
    scale = x_tensor.scales[0] * w_scales / y_tensor.scales[0]
    scale = np.broadcast_to(scale, rows)
    _check_accumulator(node, weights.data, bias, scale)
    low, high = bounds(node, y_tensor.scales[0])
    lowering.instructions.append(
        Dense(node.place, (x,), y, weights.data, bias, scale, low, high)
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


def _pair(lowering: Lowering, node: Node) -> tuple[int, int, int, list[float]]:
    """Return the values a, b and output of an operator, and their scales."""
    a, a_tensor = lowering.activation(node, 0)
    b, b_tensor = lowering.activation(node, 1)
    y, y_tensor = lowering.output(node)
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
    low, high = bounds(node, scales[2])
    powers = [log2_of_power(scale) for scale in scales]
    if node.pot_scale and all(power is not None for power in powers):
        a_power, b_power, y_power = (power for power in powers if power is not None)
        a_right, b_right = y_power - a_power, y_power - b_power
        if min(a_right, b_right) != 0 or max(a_right, b_right) > 30:
            refuse(node, f"has scales {scales}; one input's has to be the output's")
        lowering.instructions.append(
            AddShifted(node.place, (a, b), y, low, high, a_right, b_right, sign)
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
            y,
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
    low, high = bounds(node, scales[2])
    factor = multiplier(product_in_float32(*scales))
    if factor.left > 0:
        refuse(node, f"has output scale {scales[2]:.4g}, too fine for its inputs")
    lowering.instructions.append(Multiply(node.place, (a, b), y, low, high, factor))


def _quantize(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    y, y_tensor = lowering.output(node)
    if x_tensor.count != y_tensor.count:
        refuse(node, f"has {x_tensor} giving {y_tensor}")
    factor = multiplier(x_tensor.scales[0] / y_tensor.scales[0])
    if factor.left > MAX_LEFT_SHIFT:
        refuse(node, f"multiplies by 2^{factor.left}, at most 2^15 is supported")
    lowering.instructions.append(Rescale(node.place, (x,), y, factor))


def _reshape(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    if len(node.outputs) != 1:
        refuse(node, f"has {len(node.outputs)} outputs, 1 is supported")
    y_tensor = lowering.graph.tensors[node.outputs[0]]
    check_activation(y_tensor, str(node))
    if x_tensor.count != y_tensor.count or x_tensor.scales != y_tensor.scales:
        refuse(node, f"has {x_tensor} giving {y_tensor}")
    lowering.number[y_tensor.index] = x
    lowering.folded.append(f"{node}: the same memory under another shape")


def _table(
    kind: type[Logistic] | type[Tanh], shifts: tuple[int, ...]
) -> Callable[[Lowering, Node], None]:
    def handler(lowering: Lowering, node: Node) -> None:
        x, x_tensor = lowering.activation(node, 0)
        y, y_tensor = lowering.output(node)
        if x_tensor.count != y_tensor.count:
            refuse(node, f"has {x_tensor} giving {y_tensor}")
        if log2_of_power(y_tensor.scales[0]) != -15:
            refuse(node, f"has output scale {y_tensor.scales[0]:.6g}, not 1/32768")
        factor, shift = table_factor(x_tensor.scales[0], shifts)
        if factor > 65535:
            refuse(node, f"has input scale {x_tensor.scales[0]:.4g}, too coarse")
        lowering.instructions.append(kind(node.place, (x,), y, factor, shift))

    return handler


_HANDLERS: dict[str, Callable[[Lowering, Node], None]] = {
    "FULLY_CONNECTED": _fully_connected,
    "ADD": _add,
    "SUB": _add,
    "MUL": _mul,
    "LOGISTIC": _table(Logistic, (0,)),
    "TANH": _table(Tanh, (0, 1)),
    "QUANTIZE": _quantize,
    "RESHAPE": _reshape,
}
