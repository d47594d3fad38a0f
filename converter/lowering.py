"""What the lowering of every operator stands on: values, limits and refusals."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NoReturn

import numpy as np

from tombola.converter.graph import Array, Graph, Node, Tensor
from tombola.converter.moves import MAX_DIMENSIONS, Constant, move, places
from tombola.converter.program import Instruction, Value
from tombola.errors import TombolaError

# What the instructions work on, and what a network may take in and give.
TYPES = ("int8", "int16")
INT16 = ("int16",)
EDGE_TYPES = (*TYPES, "float32")
INT16_MIN, INT16_MAX = -32768, 32767
MAX_ELEMENTS = 16384


@dataclass
class Lowering:
    """A program as it is being made, and the value of every tensor so far."""

    graph: Graph
    values: list[Value] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    folded: list[str] = field(default_factory=list)
    states: dict[str, tuple[int, int]] = field(default_factory=dict)
    # The value of each tensor that has one.
    number: dict[int, int] = field(default_factory=dict)

    def add_input(self, name: str, tensor: Tensor) -> None:
        """Make a value of an input."""
        if tensor.index in self.number:
            raise TombolaError(f"model: input '{name}' is a tensor that has two names")
        check_activation(tensor, f"input '{name}'", EDGE_TYPES)
        self._add(tensor)

    def activation(
        self, node: Node, position: int, types: tuple[str, ...] = TYPES
    ) -> tuple[int, Tensor]:
        """Return an input's value and tensor; refuse what is no activation.

        A constant becomes a value that the ticket fills in.
        """
        tensor = self._input(node, position)
        check_activation(tensor, str(node), types)
        if tensor.data is not None and tensor.index not in self.number:
            value = self._add(tensor)
            step = Constant(node.place, (), (value,), tensor.data)
            self.instructions.append(step)
        if tensor.index not in self.number:
            refuse(node, f"takes the variable {tensor}, which nothing has written")
        return self.number[tensor.index], tensor

    def broadcast(
        self, value: int, shape: tuple[int, ...], target: tuple[int, ...]
    ) -> int:
        """Return a value of shape `target` whose elements are a value's, repeated.

        It is the value itself when nothing has to be repeated. As numpy has it: from
        the last dimension on, each is the target's or 1.
        """
        if np.prod(shape, dtype=np.int64) == np.prod(target, dtype=np.int64):
            return value
        source = self.values[value]
        wide = replace(source, count=int(np.prod(target)), tensor=None)
        repeated = self.value(wide)
        step = move(
            None,
            (value, np.broadcast_to(places(shape), target)),
            (repeated, places(target)),
            source.dtype.itemsize,
        )
        if step is None:
            raise TombolaError(
                f"model: '{source.name}' is broadcast from {list(shape)} to "
                f"{list(target)}, in more than {MAX_DIMENSIONS} parts"
            )
        self.instructions.append(step)
        return repeated

    def constant(self, node: Node, position: int) -> Array:
        """Return an input's constant elements; refuse an activation."""
        tensor = self._input(node, position)
        if tensor.data is None:
            refuse(node, f"takes {tensor} as input {position}, which must be constant")
        return tensor.data

    def integers(
        self, node: Node, position: int, count: int | None = None
    ) -> list[int]:
        """Return an input's constant whole numbers; refuse others than `count`."""
        numbers = self.constant(node, position)
        count = numbers.size if count is None else count
        if numbers.size != count or numbers.dtype.kind != "i":
            refuse(
                node,
                f"has {numbers.dtype} {list(numbers.shape)} as input {position}; "
                f"{count} whole numbers are needed",
            )
        return [int(n) for n in numbers.flat]

    def _input(self, node: Node, position: int) -> Tensor:
        index = node.input(position)
        if index is None:
            refuse(node, f"has no input {position}")
        return self.graph.tensors[index]

    def output(self, node: Node, types: tuple[str, ...] = TYPES) -> tuple[int, Tensor]:
        """Return a new value for the node's only output, and its tensor."""
        outputs = self.outputs(node, types)
        if len(outputs) != 1:
            refuse(node, f"has {len(outputs)} outputs, 1 is supported")
        return outputs[0]

    def outputs(
        self, node: Node, types: tuple[str, ...] = TYPES
    ) -> list[tuple[int, Tensor]]:
        """Return a new value for each of the node's outputs, and their tensors."""
        tensors = [self.graph.tensors[index] for index in node.outputs]
        for tensor in tensors:
            check_activation(tensor, str(node), types)
        return [(self._add(tensor), tensor) for tensor in tensors]

    def scratch(self, count: int) -> int:
        """Return a new value of `count` bytes for Instruction.scratch."""
        return self.value(Value("scratch", count, 1.0, None, np.dtype(np.int8), 0))

    def value(self, value: Value) -> int:
        """Add a value that no tensor of the file stands for, and return its number."""
        if not 1 <= value.count <= MAX_ELEMENTS:
            raise TombolaError(
                f"model: '{value.name}' would have {value.count:,} elements, at most "
                f"{MAX_ELEMENTS:,} are supported"
            )
        self.values.append(value)
        return len(self.values) - 1

    def variable(
        self, node: Node, position: int, name: str, types: tuple[str, ...]
    ) -> tuple[int, Tensor]:
        """Return a variable tensor's value, which stays from step to step as a state.

        The node's instruction changes it where it lies.
        """
        tensor = self._input(node, position)
        if not tensor.variable or tensor.index in self.number:
            refuse(node, f"needs a variable of its own as input {position}: {tensor}")
        check_activation(tensor, str(node), types)
        value = self._add(tensor)
        self.states[name] = (value, value)
        return value, tensor

    def _add(self, tensor: Tensor) -> int:
        plain = tensor.dtype == np.float32
        scale, zero_point = (
            (1.0, 0)
            if plain
            else (
                tensor.scales[0],
                tensor.zero_points[0],
            )
        )
        self.number[tensor.index] = self.value(
            Value(
                *(tensor.name, tensor.count, scale),
                *(tensor.index, tensor.dtype, zero_point),
            )
        )
        return self.number[tensor.index]


def refuse(node: Node, reason: str) -> NoReturn:
    """Say which operator cannot be converted, where it stands and why."""
    raise TombolaError(f"model: {node} {reason}")


def check_activation(
    tensor: Tensor, where: str, types: tuple[str, ...] = TYPES
) -> None:
    """Refuse a tensor that is no activation of these types with one scale."""
    if tensor.dtype.name not in types:
        raise TombolaError(
            f"model: {where}: tensor {tensor} is {tensor.dtype}; {' or '.join(types)} "
            "is needed, so export with int8 weights and int8 or int16 activations"
        )
    if tensor.dtype != np.float32:
        check_quantisation(tensor, where)
    if tensor.count > MAX_ELEMENTS:
        raise TombolaError(
            f"model: {where}: tensor {tensor} has {tensor.count:,} elements, at most "
            f"{MAX_ELEMENTS:,} are supported"
        )


def check_quantisation(tensor: Tensor, where: str) -> None:
    """Refuse an activation without one scale and a zero point of its type."""
    low, high = (-128, 127) if tensor.dtype == np.int8 else (0, 0)
    if len(tensor.scales) != 1 or not low <= tensor.zero_points[0] <= high:
        raise TombolaError(
            f"model: {where}: tensor {tensor} needs one scale and one zero point "
            f"{low}..{high}, it has {len(tensor.scales)} and {list(tensor.zero_points)}"
        )


def bounds(node: Node, tensor: Tensor) -> tuple[int, int]:
    """Return the least and largest element that the fused activation leaves.

    As CalculateActivationRangeQuantized in tensorflow/lite/kernels/kernel_util.cc.
    """
    limits = np.iinfo(tensor.dtype)

    def steps(value: float) -> int:
        ratio = float(np.float32(value) / np.float32(tensor.scales[0]))
        rounded = np.trunc(ratio + np.copysign(0.5, ratio))
        return int(np.clip(tensor.zero_points[0] + rounded, limits.min, limits.max))

    match node.activation:
        case "NONE":
            return limits.min, limits.max
        case "RELU":
            return steps(0.0), limits.max
        case "RELU6":
            return steps(0.0), steps(6.0)
        case "RELU_N1_TO_1":
            return steps(-1.0), steps(1.0)
    refuse(node, f"has the fused activation {node.activation}, which is not supported")


Handler = Callable[[Lowering, Node], None]
