"""What a ticket runs: values and instructions, one class per kind of operator."""

import struct
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tombola.converter.graph import Array
from tombola.converter.scales import Multiplier

# Rows and columns that the kernels take at a time (kLanes).
LANES = 4


@dataclass(frozen=True)
class Value:
    """An int16 activation of `count` elements; its real value is scale * element.

    Attributes:
        tensor: Its index in the .tflite, or None for one that the converter added.
    """

    name: str
    count: int
    scale: float
    tensor: int | None

    @property
    def bytes(self) -> int:
        """Bytes in the arena: whole groups of LANES elements."""
        return lanes(self.count) * 2


def lanes(count: int) -> int:
    """Round up to whole groups of LANES."""
    return -(-count // LANES) * LANES


@dataclass(frozen=True)
class Instruction(ABC):
    """One operator of the plan.

    Attributes:
        place: The operator's place in the .tflite, or None for one that was added.
        inputs: Values by number, in the order of the record.
        output: The value that it writes.
    """

    place: int | None
    inputs: tuple[int, ...]
    output: int

    KIND: ClassVar[int]
    NAME: ClassVar[str]
    # Whether it goes through its elements in order, so that the output may take
    # an input's memory.
    STREAMS: ClassVar[bool] = True

    def record(self) -> bytes:
        """Return the record's bytes; a value's number is its tensor's in the ticket."""
        body = self._body()
        return struct.pack("<HHI", self.KIND, 0, 8 + len(body)) + body

    @abstractmethod
    def _body(self) -> bytes:
        """Return the record's bytes behind its kind and length."""

    @property
    def macs(self) -> int:
        """Multiplications with a weight."""
        return 0

    @property
    def weight_bytes(self) -> int:
        """Bytes of weights and their scaling in the ticket."""
        return 0


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
        head = struct.pack("<HHhh", self.inputs[0], self.output, self.low, self.high)
        rows = np.zeros((lanes(len(self.weights)), 2))
        rows[: len(self.weights)] = np.stack([self.bias, self.scale], axis=1)
        blocks = interleave(self.weights)
        pairs = zip(blocks, rows.reshape(len(blocks), LANES, 2), strict=True)
        return head + b"".join(w.tobytes() + r.tobytes() for w, r in pairs)

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


@dataclass(frozen=True)
class Binary(Instruction):
    """An operator of two activations and a fused activation."""

    low: int
    high: int

    def _head(self) -> bytes:
        a, b = self.inputs
        return struct.pack("<HHHHhh", a, b, self.output, 0, self.low, self.high)


@dataclass(frozen=True)
class Add(Binary):
    """ADD, or SUB as an ADD whose `b_scale` is negative."""

    a_scale: Multiplier
    b_scale: Multiplier
    sum_scale: Multiplier

    KIND = 2
    NAME = "add"

    def _body(self) -> bytes:
        scales = (self.a_scale, self.b_scale, self.sum_scale)
        return self._head() + bytes(4) + b"".join(map(_pack, scales))


@dataclass(frozen=True)
class AddShifted(Binary):
    """ADD or SUB (sign -1) whose scales are all powers of two."""

    a_right: int
    b_right: int
    sign: int

    KIND = 3
    NAME = "add shifted"

    def _body(self) -> bytes:
        return self._head() + struct.pack(
            "<BBbB", self.a_right, self.b_right, self.sign, 0
        )


@dataclass(frozen=True)
class Multiply(Binary):
    """MUL, element by element."""

    scale: Multiplier

    KIND = 4
    NAME = "multiply"

    def _body(self) -> bytes:
        return self._head() + bytes(4) + _pack(self.scale)


@dataclass(frozen=True)
class Rescale(Instruction):
    """QUANTIZE from one scale to another, or a copy."""

    scale: Multiplier

    KIND = 5
    NAME = "rescale"

    def _body(self) -> bytes:
        return struct.pack("<HHI", self.inputs[0], self.output, 0) + (_pack(self.scale))


@dataclass(frozen=True)
class Activation(Instruction):
    """LOGISTIC or TANH by the table."""

    multiplier: int
    shift: int

    def _body(self) -> bytes:
        x, y = self.inputs[0], self.output
        return struct.pack("<HHHH", x, y, self.multiplier, self.shift)


@dataclass(frozen=True)
class Logistic(Activation):
    """The sigmoid."""

    KIND = 6
    NAME = "logistic"


@dataclass(frozen=True)
class Tanh(Activation):
    """The hyperbolic tangent."""

    KIND = 7
    NAME = "tanh"


@dataclass(frozen=True)
class Program:
    """Instructions in order, over values by number.

    Attributes:
        states: Name to (value at the step's start, value at its end).
        folded: Sentences: the operators that became nothing, and why.
    """

    values: list[Value]
    instructions: list[Instruction]
    inputs: dict[str, int]
    outputs: dict[str, int]
    states: dict[str, tuple[int, int]]
    folded: list[str]


def _pack(factor: Multiplier) -> bytes:
    return struct.pack("<iBBH", factor.multiplier, factor.left, factor.right, 0)
