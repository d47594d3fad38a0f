"""From the operators of TensorFlow Lite to the instructions of a ticket.

An operator goes through only when the instruction gives the same bits; what does not
is refused with the operator, its place in the graph and the reason.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np

from tombola.converter.graph import Array, Graph, Node, Tensor
from tombola.converter.program import (
    Add,
    AddShifted,
    Dense,
    Instruction,
    Logistic,
    Multiply,
    Program,
    Rescale,
    Tanh,
    Value,
)
from tombola.converter.scales import (
    IDENTITY,
    log2_of_power,
    multiplier,
    product_in_float32,
    table_factor,
)
from tombola.errors import TombolaError

INT16_MIN, INT16_MAX = -32768, 32767
TWO_TO_31 = 2.0**31
MAX_ELEMENTS = 16384
MAX_LEFT_SHIFT = 15
MAX_VALUES = 65535
MAX_NAME = 27


def lower(graph: Graph) -> Program:
    """Return the program that gives the bits of the graph.

    Raises:
        TombolaError: An operator, a type or a scale has no instruction.
    """
    lowering = _Lowering(graph)
    for name, index in graph.inputs.items():
        lowering.add_input(name, graph.tensors[index])
    for node in graph.nodes:
        handler = _HANDLERS.get(node.kind)
        if handler is None:
            _refuse(node, f"is not supported; supported are {', '.join(_HANDLERS)}")
        handler(lowering, node)
    return lowering.finish()


@dataclass
class _Lowering:
    graph: Graph
    values: list[Value] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    folded: list[str] = field(default_factory=list)
    # The value of each tensor that has one.
    number: dict[int, int] = field(default_factory=dict)

    def add_input(self, name: str, tensor: Tensor) -> None:
        if tensor.index in self.number:
            raise TombolaError(f"model: input '{name}' is a tensor that has two names")
        _check_activation(tensor, f"input '{name}'")
        self._add(tensor)

    def activation(self, node: Node, position: int) -> tuple[int, Tensor]:
        """Return an input's value and tensor; refuse what is no int16 activation."""
        index = node.inputs[position] if position < len(node.inputs) else None
        if index is None:
            _refuse(node, f"has no input {position}")
        tensor = self.graph.tensors[index]
        if tensor.data is not None:
            _refuse(node, f"takes the constant {tensor} where an activation is needed")
        _check_activation(tensor, str(node))
        return self.number[index], tensor

    def output(self, node: Node) -> tuple[int, Tensor]:
        """Return a new value for the node's only output, and its tensor."""
        if len(node.outputs) != 1:
            _refuse(node, f"has {len(node.outputs)} outputs, 1 is supported")
        tensor = self.graph.tensors[node.outputs[0]]
        _check_activation(tensor, str(node))
        return self._add(tensor), tensor

    def _add(self, tensor: Tensor) -> int:
        value = Value(tensor.name, tensor.count, tensor.scales[0], tensor.index)
        self.number[tensor.index] = len(self.values)
        self.values.append(value)
        return len(self.values) - 1

    def finish(self) -> Program:
        """Pair the states, and give every output a value of its own."""
        if len(self.values) > MAX_VALUES:
            raise TombolaError(
                f"model: it has {len(self.values):,} activations, at most "
                f"{MAX_VALUES:,} are supported"
            )
        graph = self.graph
        inputs = {name: self.number[i] for name, i in graph.inputs.items()}
        outputs = {name: self._output(name, i) for name, i in graph.outputs.items()}
        states = {}
        for name in [*inputs, *outputs]:
            printable = name.isascii() and name.isprintable()
            if not printable or not 1 <= len(name) <= MAX_NAME:
                raise TombolaError(
                    f"model: '{name}' names an input or output; 1 to {MAX_NAME} "
                    "printable ASCII characters are needed"
                )
        for name in [n for n in inputs if n in outputs]:
            old, new = self.values[inputs[name]], self.values[outputs[name]]
            if old.count != new.count:
                raise TombolaError(
                    f"model: state '{name}' goes in with {old.count} elements and "
                    f"comes out with {new.count}; they have to be as many"
                )
            states[name] = (inputs.pop(name), outputs.pop(name))
        return Program(
            self.values, self.instructions, inputs, outputs, states, self.folded
        )

    def _output(self, name: str, index: int) -> int:
        tensor = self.graph.tensors[index]
        if index not in self.number:
            raise TombolaError(f"model: output '{name}' is the constant {tensor}")
        value = self.number[index]
        if value not in [self.number[i] for i in self.graph.inputs.values()]:
            return value
        # An input that goes straight out would be overwritten as an output.
        source = self.values[value]
        self.values.append(Value(name, source.count, source.scale, None))
        copy = len(self.values) - 1
        self.instructions.append(Rescale(None, (value,), copy, IDENTITY))
        return copy


def _refuse(node: Node, reason: str) -> NoReturn:
    raise TombolaError(f"model: {node} {reason}")


def _check_activation(tensor: Tensor, where: str) -> None:
    if tensor.dtype != np.int16:
        raise TombolaError(
            f"model: {where}: tensor {tensor} is {tensor.dtype}; int16 activations are "
            "needed, so export with int8 weights and int16 activations"
        )
    if len(tensor.scales) != 1 or tensor.zero_points != (0,):
        raise TombolaError(
            f"model: {where}: tensor {tensor} needs one scale and zero point 0, it has "
            f"{len(tensor.scales)} and {list(tensor.zero_points)}"
        )
    if tensor.count > MAX_ELEMENTS:
        raise TombolaError(
            f"model: {where}: tensor {tensor} has {tensor.count:,} elements, at most "
            f"{MAX_ELEMENTS:,} are supported"
        )


def _bounds(node: Node, scale: float) -> tuple[int, int]:
    """Return the least and largest output that the fused activation leaves."""

    def steps(value: float) -> int:
        ratio = float(np.float32(value) / np.float32(scale))
        return int(np.trunc(ratio + np.copysign(0.5, ratio)))

    match node.activation:
        case "NONE":
            return INT16_MIN, INT16_MAX
        case "RELU":
            return 0, INT16_MAX
        case "RELU6":
            return 0, min(INT16_MAX, steps(6.0))
        case "RELU_N1_TO_1":
            return max(INT16_MIN, steps(-1.0)), min(INT16_MAX, steps(1.0))
    _refuse(node, f"has the fused activation {node.activation}, which is not supported")


def _fully_connected(lowering: _Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    weights = _weights(lowering, node, x_tensor)
    y, y_tensor = lowering.output(node)
    rows = weights.shape[0]
    if y_tensor.count != rows:
        _refuse(node, f"gives {y_tensor}, its weights have {rows} rows")
    assert weights.data is not None
    bias = _bias(lowering, node, rows)
    w_scales = np.array(weights.scales, np.float64)
    scale = x_tensor.scales[0] * w_scales / y_tensor.scales[0]
    scale = np.broadcast_to(scale, rows)
    _check_accumulator(node, weights.data, bias, scale)
    low, high = _bounds(node, y_tensor.scales[0])
    lowering.instructions.append(
        Dense(node.place, (x,), y, weights.data, bias, scale, low, high)
    )


def _weights(lowering: _Lowering, node: Node, x: Tensor) -> Tensor:
    index = node.inputs[1] if len(node.inputs) > 1 else None
    if index is None:
        _refuse(node, "has no weights")
    weights = lowering.graph.tensors[index]
    if weights.data is None or weights.dtype != np.int8 or len(weights.shape) != 2:
        _refuse(node, f"has weights {weights}; constant int8 rows x columns are needed")
    rows, columns = weights.shape
    if len(weights.scales) not in (1, rows) or any(weights.zero_points):
        _refuse(
            node,
            f"has weights {weights} with {len(weights.scales)} scales; one, or one per "
            "row, with zero points 0 is needed",
        )
    if len(weights.scales) > 1 and weights.axis != 0:
        _refuse(node, f"has scales along axis {weights.axis} of its weights, not 0")
    if x.count != columns:
        _refuse(
            node,
            f"has {columns} columns of weights for {x.count} inputs; a batch of 1 is "
            "supported",
        )
    return weights


def _bias(lowering: _Lowering, node: Node, rows: int) -> Array:
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
        _refuse(node, f"has a bias {bias}; {rows} constant int32 or int64 are needed")
    return bias.data.reshape(rows).astype(np.int64)


def _check_accumulator(node: Node, weights: Array, bias: Array, scale: Array) -> None:
    """Prove that sums fit in 32 bits, and what they are scaled to as well."""
    largest = np.abs(weights.astype(np.int64)).sum(axis=1) * -INT16_MIN
    total = largest.astype(np.float64) + np.abs(bias.astype(np.float64))
    if total.max() >= TWO_TO_31:
        row = int(total.argmax())
        _refuse(
            node,
            f"may add up to {total[row]:.4g} in row {row}, over the accumulator's "
            f"{TWO_TO_31:.4g}; use fewer inputs",
        )
    # As the loader has it, which does not add up the weights.
    result = (TWO_TO_31 + np.abs(bias)) * scale
    if result.max() >= TWO_TO_31 - 1:
        row = int(result.argmax())
        _refuse(
            node,
            f"scales row {row} by {scale[row]:.4g}; less than 1 - |bias| / 2^31 is "
            "needed, so calibrate with inputs that reach the output's range",
        )


def _pair(lowering: _Lowering, node: Node) -> tuple[int, int, int, list[float]]:
    """Return the values a, b and output of an operator, and their scales."""
    a, a_tensor = lowering.activation(node, 0)
    b, b_tensor = lowering.activation(node, 1)
    y, y_tensor = lowering.output(node)
    tensors = (a_tensor, b_tensor, y_tensor)
    if len({tensor.count for tensor in tensors}) != 1:
        _refuse(
            node,
            f"has {a_tensor} and {b_tensor} giving {y_tensor}; broadcasting is not "
            "supported",
        )
    return a, b, y, [tensor.scales[0] for tensor in tensors]


def _add(lowering: _Lowering, node: Node) -> None:
    sign = -1 if node.kind == "SUB" else 1
    a, b, y, scales = _pair(lowering, node)
    low, high = _bounds(node, scales[2])
    powers = [log2_of_power(scale) for scale in scales]
    if node.pot_scale and all(power is not None for power in powers):
        a_power, b_power, y_power = (power for power in powers if power is not None)
        a_right, b_right = y_power - a_power, y_power - b_power
        if min(a_right, b_right) != 0 or max(a_right, b_right) > 31:
            _refuse(node, f"has scales {scales}; one input's has to be the output's")
        lowering.instructions.append(
            AddShifted(node.place, (a, b), y, low, high, a_right, b_right, sign)
        )
        return
    largest = 2 * max(scales[:2])
    total = largest / (2.0**15 * scales[2])
    if total >= 1:
        _refuse(node, f"has output scale {scales[2]:.4g}, too fine for its inputs")
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


def _mul(lowering: _Lowering, node: Node) -> None:
    a, b, y, scales = _pair(lowering, node)
    low, high = _bounds(node, scales[2])
    factor = multiplier(product_in_float32(*scales))
    if factor.left > 0:
        _refuse(node, f"has output scale {scales[2]:.4g}, too fine for its inputs")
    lowering.instructions.append(Multiply(node.place, (a, b), y, low, high, factor))


def _quantize(lowering: _Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    y, y_tensor = lowering.output(node)
    if x_tensor.count != y_tensor.count:
        _refuse(node, f"has {x_tensor} giving {y_tensor}")
    factor = multiplier(x_tensor.scales[0] / y_tensor.scales[0])
    if factor.left > MAX_LEFT_SHIFT:
        _refuse(node, f"multiplies by 2^{factor.left}, at most 2^15 is supported")
    lowering.instructions.append(Rescale(node.place, (x,), y, factor))


def _reshape(lowering: _Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    if len(node.outputs) != 1:
        _refuse(node, f"has {len(node.outputs)} outputs, 1 is supported")
    y_tensor = lowering.graph.tensors[node.outputs[0]]
    _check_activation(y_tensor, str(node))
    if x_tensor.count != y_tensor.count or x_tensor.scales != y_tensor.scales:
        _refuse(node, f"has {x_tensor} giving {y_tensor}")
    lowering.number[y_tensor.index] = x
    lowering.folded.append(f"{node}: the same memory under another shape")


def _table(
    kind: type[Logistic] | type[Tanh], shifts: tuple[int, ...]
) -> Callable[[_Lowering, Node], None]:
    def handler(lowering: _Lowering, node: Node) -> None:
        x, x_tensor = lowering.activation(node, 0)
        y, y_tensor = lowering.output(node)
        if x_tensor.count != y_tensor.count:
            _refuse(node, f"has {x_tensor} giving {y_tensor}")
        if log2_of_power(y_tensor.scales[0]) != -15:
            _refuse(node, f"has output scale {y_tensor.scales[0]:.6g}, not 1/32768")
        factor, shift = table_factor(x_tensor.scales[0], shifts)
        if factor > 65535:
            _refuse(node, f"has input scale {x_tensor.scales[0]:.4g}, too coarse")
        lowering.instructions.append(kind(node.place, (x,), y, factor, shift))

    return handler


_HANDLERS: dict[str, Callable[[_Lowering, Node], None]] = {
    "FULLY_CONNECTED": _fully_connected,
    "ADD": _add,
    "SUB": _add,
    "MUL": _mul,
    "LOGISTIC": _table(Logistic, (0,)),
    "TANH": _table(Tanh, (0, 1)),
    "QUANTIZE": _quantize,
    "RESHAPE": _reshape,
}
