"""Holds a ticket against ai-edge-litert's reference kernels, operator by operator.

A model is converted twice. One ticket keeps every activation where it was written and
fuses nothing, so that it can be compared after each operator; it is too large to play.
The other is the one that is played, whose outputs and states are compared.
"""

from collections.abc import Callable, Iterable, Iterator
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
    """A tensor over all steps.

    Attributes:
        place: Of the operator that writes it, or None in the ticket that is played.
        kind: The operator's, or `output` or `state`.
        compared: Elements; 0 when the ticket has no such tensor, since the operator
            became nothing or a part of another.
        largest: The largest difference, in steps of the tensor's scale.
        first: The first step at which they differ, or None.
    """

    place: int | None
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
    runs: Iterable[dict[str, Array]],
    signature: str | None = None,
    advance: Callable[[], None] = lambda: None,
) -> list[Comparison]:
    """Run a model and its tickets side by side and compare every operator.

    In each run the states go free from zero, in all of them.

    Args:
        tflite: The bytes of the model.
        runs: For each, name to [steps, count] for every input that is no state.
        signature: The key of the one that is meant, where there are several.
        advance: Called after each step.

    Returns:
        The outputs of every operator in order, then the outputs and states of the
        ticket that is played.

    Raises:
        TombolaError: The model cannot be converted, or an input is missing.
    """
    played = convert(tflite, signature)
    program, graph = played.plan.program, played.graph
    theirs = _Reference(tflite, graph)
    apart = _apart(tflite, signature, range(len(graph.nodes)))
    operators = {
        index: Comparison(node.place, node.kind, graph.tensors[index].name)
        for node in graph.nodes
        for index in node.outputs
    }
    ports = {name: Comparison(None, "output", name) for name in program.outputs}
    ports |= {name: Comparison(None, "state", name) for name in _states(played)}
    step = 0
    for inputs in runs:
        states = _start(played, theirs, apart)
        for frame in _frames(played, inputs):
            theirs.step({**frame, **states})
            for places, ours in apart:
                ours.step(frame)
                for index, values in ours.tensors().items():
                    if index in operators and operators[index].place in places:
                        operators[index].add(step, values, theirs.tensor(index))
            # A state that comes out with another scale than it goes in with is
            # rescaled by the ticket; the model leaves that to its user, who does here
            # as the ticket does.
            states = played.step(frame)
            expected = {name: theirs.tensor(graph.outputs[name]) for name in ports}
            for name, comparison in ports.items():
                comparison.add(step, states[name], expected[name])
            states |= expected
            step += 1
            advance()
    return [*operators.values(), *ports.values()]


def _start(
    played: Converted, theirs: "_Reference", apart: list[tuple[range, Converted]]
) -> dict[str, Array]:
    """Set all states to zero, and return those that are inputs."""
    theirs.reset()
    for ours in (played, *(converted for _, converted in apart)):
        ours.network.reset()
    program = played.plan.program
    return {
        name: _zeros(program.values[old]) for name, (old, _) in program.states.items()
    }


def _frames(
    converted: Converted, inputs: dict[str, Array]
) -> Iterator[dict[str, Array]]:
    names = converted.plan.program.inputs.keys()
    lengths = {len(values) for values in inputs.values()}
    if inputs.keys() != names or len(lengths) != 1:
        raise TombolaError(
            f"verify: the inputs {list(inputs)} have {sorted(lengths)} steps; as many "
            f"are needed of each of {list(names)}"
        )
    for step in range(lengths.pop()):
        yield {name: values[step] for name, values in inputs.items()}


def _states(converted: Converted) -> list[str]:
    """Name the states that the model gives as it takes them."""
    values = converted.plan.program.values
    return [
        name
        for name, (old, new) in converted.plan.program.states.items()
        if name in converted.graph.outputs and values[old].like(values[new])
    ]


def _apart(
    tflite: bytes, signature: str | None, places: range
) -> list[tuple[range, Converted]]:
    """Return tickets that keep operators' outputs, as few as their arenas allow."""
    try:
        return [(places, convert(tflite, signature, reuse=False, kept=places))]
    except TombolaError:
        if len(places) <= 1:
            raise
    middle = len(places) // 2
    return [
        ticket
        for half in (places[:middle], places[middle:])
        for ticket in _apart(tflite, signature, half)
    ]


def first_difference(comparisons: Iterable[Comparison]) -> Comparison | None:
    """Return what differed at the earliest step, and before others there.

    Behind it nothing means much: what differs goes on into other operators, and by the
    states into all of them.
    """
    differing = [c for c in comparisons if c.first is not None]
    return min(differing, key=lambda c: c.first or 0, default=None)


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
    """Return values [steps, ...] of an input as [steps, count] of its elements.

    Real values are taken in steps of its scale, elements of its type as they are.

    Raises:
        TombolaError: There is no such input, or the values do not fit it.
    """
    program = converted.plan.program
    if name not in program.inputs:
        raise TombolaError(
            f"verify: the model has no input '{name}', only {list(program.inputs)}"
        )
    value = program.values[program.inputs[name]]
    if values.ndim < 1 or not len(values) or values[0].size != value.count:
        raise TombolaError(
            f"verify: '{name}' has shape {list(values.shape)}; [steps, {value.count}] "
            "is needed"
        )
    values = values.reshape(len(values), value.count)
    real = values.dtype.kind == "f" and np.isfinite(values).all()
    if not real and (values.dtype != value.dtype or value.dtype == np.float32):
        raise TombolaError(
            f"verify: '{name}' is {values.dtype}; real and finite values are needed, "
            f"or elements of {value.dtype}"
        )
    if not real or value.dtype == np.float32:
        return values.astype(value.dtype)
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
        try:
            self._interpreter: Any = Interpreter(
                model_content=tflite,
                experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
                experimental_preserve_all_tensors=True,
            )
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise TombolaError(
                f"verify: ai-edge-litert does not run the model ({error}); there is "
                "nothing to hold its ticket against"
            ) from error

    def reset(self) -> None:
        """Set the states that the model keeps itself to zero."""
        self._interpreter.reset_all_variables()

    def step(self, inputs: dict[str, Array]) -> None:
        """Run once; `inputs` may have more than the model has."""
        shaped = {
            name: inputs[name].reshape(self._graph.tensors[index].shape)
            for name, index in self._graph.inputs.items()
        }
        if self._graph.subgraph > 0:
            self._interpreter.get_signature_runner(self._graph.signature)(**shaped)
            return
        for name, values in shaped.items():
            self._interpreter.set_tensor(self._graph.inputs[name], values)
        self._interpreter.invoke()

    def tensor(self, index: int) -> Array:
        values: Array = self._interpreter.get_tensor(index, self._graph.subgraph)
        return values.reshape(-1)
