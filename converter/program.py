"""What a ticket runs: values, and instructions that each family of operators makes."""

import struct
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from tombola.converter.scales import Multiplier

# Rows and columns that the kernels take at a time (kLanes).
LANES = 4
# Of every value in the arena.
ALIGNMENT = 8


@dataclass(frozen=True)
class Value:
    """An activation of `count` elements: scale * (element - zero_point).

    Attributes:
        tensor: Its index in the .tflite, or None for one that the converter added.
        dtype: int8, int16, or float32 at the network's edges.
        group: Of values that are made narrower together (widths.py); 0 is none.
    """

    name: str
    count: int
    scale: float
    tensor: int | None
    dtype: np.dtype[Any]
    zero_point: int
    group: int = 0

    @property
    def bytes(self) -> int:
        """Bytes in the arena: whole groups of LANES elements, at multiples of 8."""
        return -(-lanes(self.count) * self.dtype.itemsize // ALIGNMENT) * ALIGNMENT

    def like(self, other: "Value") -> bool:
        """Whether both stand for the same numbers with the same elements."""
        return (self.dtype, self.count, self.scale, self.zero_point) == (
            *(other.dtype, other.count, other.scale, other.zero_point),
        )


def lanes(count: int) -> int:
    """Round up to whole groups of LANES."""
    return -(-count // LANES) * LANES


@dataclass(frozen=True)
class Instruction(ABC):
    """One operator of the plan.

    Attributes:
        place: The operator's place in the .tflite, or None for one that was added.
        inputs: Values that it reads, by number.
        outputs: Values that it writes. One that it changes where it lies, such as a
            state, is in both.
        scratch: A value that nothing else needs, if any.
    """

    place: int | None
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    scratch: int | None = field(default=None, kw_only=True)

    KIND: ClassVar[int]
    NAME: ClassVar[str]
    # Whether it goes through its elements in order, one by one, so that the output
    # may take an input's memory and all may be narrower.
    STREAMS: ClassVar[bool] = True

    def record(self) -> bytes:
        """Return the record's bytes; a value's number is its tensor's in the ticket."""
        body = self._body()
        return struct.pack("<HHI", self.KIND, 0, 8 + len(body)) + body

    @abstractmethod
    def _body(self) -> bytes:
        """Return the record's bytes behind its kind and length."""

    def widths(self) -> list[tuple[int, ...]]:
        """Return the values that it can take or give in part, by their first elements.

        Those of a tuple have to be as wide as each other.
        """
        return [(*self.inputs, *self.outputs)] if self.STREAMS else []

    @property
    def macs(self) -> int:
        """Multiplications with a weight."""
        return 0

    @property
    def weight_bytes(self) -> int:
        """Bytes of weights and their scaling in the ticket."""
        return 0


@dataclass(frozen=True)
class Program:
    """Instructions in order, over values by number.

    Attributes:
        states: Name to (value at the step's start, value at its end), which may be one.
        folded: Sentences: the operators that became nothing, and why.
    """

    values: list[Value]
    instructions: list[Instruction]
    inputs: dict[str, int]
    outputs: dict[str, int]
    states: dict[str, tuple[int, int]]
    folded: list[str]


def pack_factor(factor: Multiplier) -> bytes:
    """Return the eight bytes of a factor."""
    return struct.pack("<iBBH", factor.multiplier, factor.left, factor.right, 0)
