"""UNIDIRECTIONAL_SEQUENCE_LSTM, as Keras' LSTM layer becomes one.

What it does is in tensorflow/lite/kernels/lstm_eval.cc (LstmStepInteger8x8_16), and how
its scales are made in unidirectional_sequence_lstm.cc.
"""

import struct
from dataclasses import dataclass

import numpy as np

from tombola.converter.graph import Array, Node, Tensor
from tombola.converter.lowering import INT16, Handler, Lowering, refuse
from tombola.converter.program import LANES, Instruction, lanes, pack_factor
from tombola.converter.scales import (
    MAX_LEFT_SHIFT,
    Multiplier,
    log2_of_power,
    multiplier,
    product_in_float32,
)

INT8 = ("int8",)
GATES = ("input", "forget", "cell", "output")
# The operator's inputs, by position.
INPUT_WEIGHTS, RECURRENT_WEIGHTS, BIASES = 1, 5, 12
OUTPUT_STATE, CELL_STATE = 18, 19
UNSUPPORTED = {
    "peephole connections": range(9, 12),
    "a projection": range(16, 18),
    "layer normalisation": range(20, 24),
}
TANH = 4  # in the schema's ActivationFunctionType
HIDDEN = 4  # the intermediate with the scale of what comes out
GATE_SCALE = 2.0**-12
MAX_CELL_BITS = 6
MAX_GATE = 2**30


@dataclass(frozen=True)
class Half:
    """What of the gates comes from the inputs, or from the output of before.

    Attributes:
        weights: int8 [gates, units, columns].
        biases: Whole numbers [gates, units], with the columns' zero point in them.
        scales: From sums to gates in steps of 2^-12.
    """

    weights: Array
    biases: Array
    scales: list[Multiplier]

    def unit(self, unit: int) -> bytes:
        """Return a unit's biases, and words of four columns for each gate."""
        gates, _, columns = self.weights.shape
        padded = np.zeros((gates, lanes(columns)), np.int8)
        padded[:, :columns] = self.weights[:, unit]
        words = padded.reshape(gates, -1, LANES).transpose(1, 0, 2)
        return self.biases[:, unit].astype("<i4").tobytes() + words.tobytes()


@dataclass(frozen=True)
class Lstm(Instruction):
    """A layer over a sequence; inputs are x, output state and cell state.

    Attributes:
        steps: Of the sequence.
        cell_clip: What the cell state stays within; 0 is nothing.
        cell_bits: Its scale is 2^(cell_bits - 15).
        output_zero_point: Of the output and its state.
        output_scale: From output gate * tanh(cell) to the output.
    """

    steps: int
    from_input: Half
    from_state: Half
    cell_clip: int
    cell_bits: int
    output_zero_point: int
    output_scale: Multiplier

    KIND = 60
    NAME = "lstm"
    STREAMS = False

    def _body(self) -> bytes:
        _, units, columns = self.from_input.weights.shape
        x, output_state, cell_state = self.inputs
        factors = self.from_input.scales + self.from_state.scales
        halves = self.from_input, self.from_state
        return (
            struct.pack(
                "<8HhBbI",
                *(x, self.outputs[0], output_state, cell_state, self.scratch),
                *(self.steps, columns, units, self.cell_clip, self.cell_bits),
                *(self.output_zero_point, 0),
            )
            + b"".join(map(pack_factor, (self.output_scale, *factors)))
            + b"".join(half.unit(i) for i in range(units) for half in halves)
        )

    @property
    def macs(self) -> int:
        """One for each weight at each step."""
        return self.steps * sum(
            int(half.weights.size) for half in (self.from_input, self.from_state)
        )

    @property
    def weight_bytes(self) -> int:
        """Padded weights, and four biases for each half of a unit."""
        return sum(
            len(half.unit(0)) * half.weights.shape[1]
            for half in (self.from_input, self.from_state)
        )


def _lstm(lowering: Lowering, node: Node) -> None:
    _check_kind(lowering, node)
    x, x_tensor = lowering.activation(node, 0, INT8)
    number = sum(isinstance(step, Lstm) for step in lowering.instructions)
    h, h_tensor = lowering.variable(node, OUTPUT_STATE, f"lstm{number}_output", INT8)
    c, c_tensor = lowering.variable(node, CELL_STATE, f"lstm{number}_cell", INT16)
    y, y_tensor = lowering.output(node, INT8)
    units, inputs = h_tensor.count, x_tensor.shape[-1]
    steps = x_tensor.count // inputs
    if c_tensor.count != units or y_tensor.count != steps * units:
        refuse(node, f"has {c_tensor} and {h_tensor} giving {y_tensor}")
    from_input = _half(lowering, node, INPUT_WEIGHTS, x_tensor, (units, inputs))
    biases = [_bias(lowering, node, BIASES + i, units) for i in range(len(GATES))]
    from_input.biases[...] += biases
    from_state = _half(lowering, node, RECURRENT_WEIGHTS, h_tensor, (units, units))
    for half in (from_input, from_state):
        _check_sums(node, half)
    zero_point, output_scale = _output_scale(lowering, node)
    lowering.instructions.append(
        Lstm(
            *(node.place, (x, h, c), (y, h, c), steps, from_input, from_state),
            *_cell(node, c_tensor),
            zero_point,
            output_scale,
            scratch=lowering.scratch(lanes(inputs)),
        )
    )


def _check_kind(lowering: Lowering, node: Node) -> None:
    """Refuse what is no LSTM of Keras, or has no reference to be held against."""
    given = [index is not None for index in node.inputs]
    x = lowering.graph.tensors[node.inputs[0] or 0] if given[:1] == [True] else None
    if len(given) not in (20, 24) or x is None:
        refuse(node, f"has {len(given)} inputs, 20 or 24 are needed")
    for what, positions in UNSUPPORTED.items():
        if any(given[i] for i in positions if i < len(given)):
            refuse(node, f"has {what}, which is not supported")
    if not (given[INPUT_WEIGHTS] and given[RECURRENT_WEIGHTS] and given[BIASES]):
        refuse(node, "couples its input and forget gates, which is not supported")
    if x.dtype == np.int16:
        refuse(
            node,
            "takes int16, for which TensorFlow Lite has no kernel; convert with int8 "
            "activations, or unroll the layer",
        )
    batch = x.shape[1 if node.options.get("time_major") else 0] if x.shape else 0
    if len(x.shape) != 3 or batch != 1:
        refuse(node, f"takes {x}; one sequence of vectors is supported")
    if node.options.get("fused_activation_function") != TANH:
        refuse(node, f"has the activation {node.activation}; TANH is supported")


def _half(
    lowering: Lowering,
    node: Node,
    first: int,
    x: Tensor,
    shape: tuple[int, int],
) -> Half:
    """Return the four matrices from an input on, and their scales."""
    weights, scales = [], []
    for position in range(first, first + len(GATES)):
        data = lowering.constant(node, position)
        tensor = lowering.graph.tensors[node.inputs[position] or 0]
        if data.dtype != np.int8 or data.shape != shape or len(tensor.scales) != 1:
            refuse(
                node,
                f"has weights {tensor} with {len(tensor.scales)} scales; int8 "
                f"{shape[0]}x{shape[1]} with one is needed",
            )
        factor = product_in_float32(tensor.scales[0], x.scales[0], GATE_SCALE)
        scales.append(multiplier(factor))
        weights.append(data)
    stacked = np.stack(weights)
    biases = -x.zero_points[0] * stacked.astype(np.int64).sum(axis=2)
    return Half(stacked, biases, scales)


def _bias(lowering: Lowering, node: Node, position: int, units: int) -> Array:
    bias = lowering.constant(node, position)
    if bias.dtype != np.int32 or bias.size != units:
        refuse(
            node, f"has a bias of {bias.size} {bias.dtype}; {units} int32 are needed"
        )
    return bias.reshape(units).astype(np.int64)


def _check_sums(node: Node, half: Half) -> None:
    """Prove that scaled sums fit, as the loader has it: without the weights."""
    columns = lanes(half.weights.shape[2])
    largest_bias = int(np.abs(half.biases).max())
    # The loader takes a bias for the next power of two.
    largest = (columns << 14) + (1 << largest_bias.bit_length())
    for gate, scale in zip(GATES, half.scales, strict=True):
        if scale.left > MAX_LEFT_SHIFT or largest << scale.left >= MAX_GATE:
            refuse(
                node,
                f"may add up to {largest:,} in its {gate} gate, times 2^{scale.left}: "
                f"over {MAX_GATE:,}",
            )


def _cell(node: Node, c: Tensor) -> tuple[int, int]:
    """Return what the cell state is clipped to, and its bits before the point."""
    power = log2_of_power(c.scales[0])
    bits = None if power is None else power + 15
    if bits is None or not 0 <= bits <= MAX_CELL_BITS:
        refuse(
            node,
            f"has a cell state of scale {c.scales[0]:.6g}; a power of two from 2^-15 "
            "to 2^-9 is needed",
        )
    clip = np.float32(node.options.get("cell_clip", 0.0)) / np.float32(c.scales[0])
    return int(min(max(float(clip), 0.0), 32767.0)), bits


def _output_scale(lowering: Lowering, node: Node) -> tuple[int, Multiplier]:
    """Return the output's zero point and factor, which an intermediate says."""
    if len(node.intermediates) <= HIDDEN:
        refuse(node, f"has {len(node.intermediates)} intermediates, 5 are needed")
    hidden = lowering.graph.tensors[node.intermediates[HIDDEN]]
    if len(hidden.scales) != 1 or not -128 <= hidden.zero_points[0] <= 127:
        refuse(node, f"has no scale and zero point of int8 for {hidden}")
    factor = np.float32(2.0**-15 / hidden.scales[0] * 2.0**-15)
    scale = multiplier(float(factor))
    if scale.left > 0:
        refuse(node, f"has the output scale {hidden.scales[0]:.4g}, too fine")
    return hidden.zero_points[0], scale


HANDLERS: dict[str, Handler] = {"UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm}
