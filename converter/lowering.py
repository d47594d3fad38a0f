"""What the lowering of every operator stands on: values, limits and refusals."""

from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np

from tombola.converter.graph import Graph, Node, Tensor
from tombola.converter.program import Instruction, Program, Rescale, Value
from tombola.converter.scales import IDENTITY
from tombola.errors import TombolaError

INT16_MIN, INT16_MAX = -32768, 32767
MAX_ELEMENTS = 16384
MAX_VALUES = 65535
MAX_NAME = 27


@dataclass
class Lowering:
    """A program as it is being made, and the value of every tensor so far."""

    graph: Graph
    values: list[Value] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    folded: list[str] = field(default_factory=list)
    # The value of each tensor that has one.
    number: dict[int, int] = field(default_factory=dict)

    def add_input(self, name: str, tensor: Tensor) -> None:
        """Make a value of an input."""
        if tensor.index in self.number:
            raise TombolaError(f"model: input '{name}' is a tensor that has two names")
        check_activation(tensor, f"input '{name}'")
        self._add(tensor)

    def activation(self, node: Node, position: int) -> tuple[int, Tensor]:
        """Return an input's value and tensor; refuse what is no int16 activation."""
        index = node.inputs[position] if position < len(node.inputs) else None
        if index is None:
            refuse(node, f"has no input {position}")
        tensor = self.graph.tensors[index]
        if tensor.data is not None:
            refuse(node, f"takes the constant {tensor} where an activation is needed")
        check_activation(tensor, str(node))
        return self.number[index], tensor

    def output(self, node: Node) -> tuple[int, Tensor]:
        """Return a new value for the node's only output, and its tensor."""
        if len(node.outputs) != 1:
            refuse(node, f"has {len(node.outputs)} outputs, 1 is supported")
        tensor = self.graph.tensors[node.outputs[0]]
        check_activation(tensor, str(node))
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


def refuse(node: Node, reason: str) -> NoReturn:
    """Say which operator cannot be converted, where it stands and why."""
    raise TombolaError(f"model: {node} {reason}")


def check_activation(tensor: Tensor, where: str) -> None:
    """Refuse a tensor that is no int16 activation with one scale and zero point 0."""
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


def bounds(node: Node, scale: float) -> tuple[int, int]:
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
    refuse(node, f"has the fused activation {node.activation}, which is not supported")
