"""Holds a ticket against ai-edge-litert's reference kernels, operator by operator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from tombola.converter.converted import Converted, convert
from tombola.converter.graph import Array, Graph
from tombola.converter.program import Value
from tombola.errors import TombolaError


@dataclass
class Comparison:
    """One operator's outputs over all steps.

    Attributes:
        largest: The largest difference, in steps of the output's scale.
        first: The first step at which they differ, or None.
    """

    place: int
    kind: str
    name: str
    compared: int = 0
    differing: int = 0
    largest: float = 0
    first: int | None = None

    def add(self, step: int, ours: Array, theirs: Array) -> None:
        """Count a step's differences."""
        wide = np.float64 if ours.dtype == np.float32 else np.int32
        difference = np.abs(ours.astype(wide) - theirs.astype(wide))
        self.compared += len(difference)
        if difference.any():
            self.differing += int(np.count_nonzero(difference))
            self.largest = max(self.largest, difference.max().item())
            self.first = step if self.first is None else self.first


def verify(
    tflite: bytes,
    inputs: dict[str, Array],
    advance: Callable[[], None] = lambda: None,
) -> list[Comparison]:
    """Run a model and its ticket side by side and compare every operator.

    The states run free from zero, in both. Operators that became nothing (a RESHAPE)
    are not in the list.

    Args:
        tflite: The bytes of the model.
        inputs: Name to [steps, count] for every input that is no state.
        advance: Called after each step.

    Raises:
        TombolaError: The model cannot be converted, or an input is missing.
    """
    ours = convert(tflite, reuse=False)
    missing = set(ours.plan.program.inputs) - set(inputs)
    if missing:
        raise TombolaError(f"verify: values for input '{missing.pop()}' are missing")
    theirs = _Reference(tflite, ours.graph)
    comparisons = {
        node.outputs[0]: Comparison(
            node.place, node.kind, ours.graph.tensors[node.outputs[0]].name
        )
        for node in ours.graph.nodes
        if node.outputs[0] in ours.tensors()
    }
    states = {
        name: _zeros(ours.plan.program.values[old])
        for name, (old, _) in ours.plan.program.states.items()
    }
    for step in range(len(next(iter(inputs.values())))):
        frame = {name: values[step] for name, values in inputs.items()}
        theirs.step({**frame, **states})
        result = ours.step(frame)
        mine = ours.tensors()
        for index, comparison in comparisons.items():
            comparison.add(step, mine[index], theirs.tensor(index))
        states = theirs.states(ours, result)
        advance()
    return list(comparisons.values())


def first_difference(comparisons: list[Comparison]) -> Comparison | None:
    """Return the operator that differed at the earliest step, and before others there.

    Behind it nothing means much: what differs goes on into other operators, and by the
    states into all of them.
    """
    differing = [c for c in comparisons if c.first is not None]
    return min(differing, key=lambda c: (c.first or 0, c.place), default=None)


def random_inputs(converted: Converted, steps: int, seed: int) -> dict[str, Array]:
    """Return [steps, count] over the whole range of its type for every input.

    Real ones, which have no range, are between -4 and 4.
    """
    random = np.random.default_rng(seed)

    def draw(value: Value) -> Array:
        shape = steps, value.count
        if value.dtype == np.float32:
            return random.uniform(-4, 4, shape).astype(np.float32)
        limits = np.iinfo(value.dtype)
        return random.integers(
            limits.min, limits.max, shape, value.dtype.type, endpoint=True
        )

    program = converted.plan.program
    return {n: draw(program.values[value]) for n, value in program.inputs.items()}


def quantised(converted: Converted, name: str, values: Array) -> Array:
    """Return real values [steps, count] as elements of an input.

    Raises:
        TombolaError: There is no such input, or the values do not fit it.
    """
    program = converted.plan.program
    if name not in program.inputs:
        raise TombolaError(
            f"verify: the model has no input '{name}', only {list(program.inputs)}"
        )
    value = program.values[program.inputs[name]]
    if values.ndim != 2 or values.shape[1] != value.count or not len(values):
        raise TombolaError(
            f"verify: '{name}' has shape {list(values.shape)}; [steps, {value.count}] "
            "is needed"
        )
    if not np.isfinite(values).all():
        raise TombolaError(f"verify: '{name}' has values that are not finite")
    if value.dtype == np.float32:
        return values.astype(np.float32)
    limits = np.iinfo(value.dtype)
    steps = np.round(values / value.scale) + value.zero_point
    return np.clip(steps, limits.min, limits.max).astype(value.dtype)


def _zeros(value: Value) -> Array:
    """Return what stands for zero in every element."""
    return np.full(value.count, value.zero_point, value.dtype)


class _Reference:
    """The interpreter with the reference kernels and every tensor kept."""

    def __init__(self, tflite: bytes, graph: Graph) -> None:
        self._graph = graph
        self._interpreter: Any = Interpreter(
            model_content=tflite,
            experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
        )
        self._interpreter.allocate_tensors()

    def step(self, inputs: dict[str, Array]) -> None:
        for name, index in self._graph.inputs.items():
            shape = self._graph.tensors[index].shape
            self._interpreter.set_tensor(index, inputs[name].reshape(shape))
        self._interpreter.invoke()

    def tensor(self, index: int) -> Array:
        values: Array = self._interpreter.get_tensor(index)
        return values.reshape(-1)

    def states(self, ours: Converted, result: dict[str, Array]) -> dict[str, Array]:
        """Return the next step's states: the model's own where its scales agree.

        Where a state comes out with another scale than it goes in with, the
        model leaves the rescaling to its user, which is the ticket.
        """
        values = ours.plan.program.values
        return {
            name: self.tensor(self._graph.outputs[name])
            if values[old].like(values[new])
            else result[name]
            for name, (old, new) in ours.plan.program.states.items()
            if name in self._graph.outputs
        }
