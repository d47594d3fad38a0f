"""A quantised network as its .tflite describes it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

MAX_PORT_NAME = 27  # characters that a ticket has room for


def is_port_name(name: str) -> bool:
    """Whether a ticket can have an input, output or state of this name."""
    printable = name.isascii() and name.isprintable()
    return printable and 1 <= len(name) <= MAX_PORT_NAME


@dataclass(frozen=True)
class Tensor:
    """An activation, or a constant when `data` is not None.

    Attributes:
        scales: One, or one per slice along `axis`; empty for a plain tensor.
        zero_points: As many as scales.
        variable: Whether an operator changes it, and it stays from run to run.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int
    data: Array | None
    variable: bool = False

    @property
    def count(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    def __str__(self) -> str:
        shape = "x".join(map(str, self.shape)) or "scalar"
        return f"'{self.name}' ({self.dtype.name} {shape})"


@dataclass(frozen=True)
class Node:
    """An operator: its place in the file's order, and its tensors by index.

    Attributes:
        kind: The name in TensorFlow Lite's schema, such as FULLY_CONNECTED.
        inputs: None stands for an optional tensor that is left out.
        activation: The fused activation's name in the schema, NONE without one.
        intermediates: Tensors that stand only for scales of numbers within.
        options: The numbers of the operator's table of options, by the schema's names.
    """

    place: int
    kind: str
    inputs: tuple[int | None, ...]
    outputs: tuple[int, ...]
    activation: str = "NONE"
    options: dict[str, float] = field(default_factory=dict)
    intermediates: tuple[int, ...] = ()

    def input(self, position: int) -> int | None:
        """Return an input's tensor; None when it is left out."""
        return self.inputs[position] if position < len(self.inputs) else None

    def __str__(self) -> str:
        return f"operator {self.place} ({self.kind})"


@dataclass(frozen=True)
class Graph:
    """Operators in an order in which they can run.

    `inputs` and `outputs` map the signature's names to tensors. A name that is in both
    is a state. `metadata` is what the exporter wrote about the voice, if anything.
    `subgraph` is the graph's place in the file, `signature` the key that led to it.
    """

    tensors: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    inputs: dict[str, int]
    outputs: dict[str, int]
    metadata: dict[str, Any] | None
    subgraph: int = 0
    signature: str | None = None
