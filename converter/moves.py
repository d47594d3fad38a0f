"""Instructions that move elements without looking at them.

Where elements go is said with arrays of their places: numpy's own slicing, transposing
and broadcasting of `places` give what TensorFlow Lite's operators of these names do.
"""

import struct
from dataclasses import dataclass

import numpy as np

from tombola.converter.graph import Array
from tombola.converter.program import ALIGNMENT, Instruction, Value

MAX_DIMENSIONS = 5


@dataclass(frozen=True)
class Dimension:
    """A loop of a copy: `count` times, with strides in bytes."""

    count: int
    input_stride: int
    output_stride: int


@dataclass(frozen=True)
class Copy(Instruction):
    """Runs of bytes from one value to another.

    Attributes:
        run: Bytes that lie together in both.
        input_offset: Of the first run, in bytes.
        output_offset: Of the first run, in bytes.
        dimensions: The outermost first.
    """

    run: int
    input_offset: int
    output_offset: int
    dimensions: tuple[Dimension, ...]

    KIND = 35
    NAME = "copy"
    STREAMS = False

    def _body(self) -> bytes:
        head = struct.pack(
            "<HHIII",
            *(self.inputs[0], self.outputs[0], self.run),
            *(self.input_offset, self.output_offset),
        )
        return head + b"".join(
            struct.pack("<IiiI", d.count, d.input_stride, d.output_stride, 0)
            for d in self.dimensions
        )


@dataclass(frozen=True)
class Fill(Instruction):
    """Every element of a value set to `element`, a scalar of the value's type."""

    element: Array

    KIND = 36
    NAME = "fill"
    STREAMS = False

    def _body(self) -> bytes:
        word = self.element.tobytes() * (4 // self.element.itemsize)
        return struct.pack("<HH", self.outputs[0], 0) + word


@dataclass(frozen=True)
class Constant(Instruction):
    """Elements from the ticket."""

    elements: Array

    KIND = 37
    NAME = "constant"
    STREAMS = False

    def _body(self) -> bytes:
        content = self.elements.tobytes()
        padding = bytes(-len(content) % ALIGNMENT)
        return struct.pack("<HHI", self.outputs[0], 0, 0) + content + padding

    @property
    def weight_bytes(self) -> int:
        """The elements."""
        return int(self.elements.nbytes)


def places(shape: tuple[int, ...]) -> Array:
    """Return the place of each element of a shape in memory, counted in elements."""
    return np.arange(np.prod(shape, dtype=np.int64)).reshape(shape)


def move(
    place: int | None,
    source: tuple[int, Array],
    target: tuple[int, Array],
    element_bytes: int,
) -> Copy | None:
    """Return the copy of elements at `source`'s places to `target`'s.

    Args:
        place: The operator's, or None.
        source: A value and the places of its elements, in any shape.
        target: A value and places of that shape.
        element_bytes: Size of an element of both.

    Returns:
        None when it takes more than MAX_DIMENSIONS loops.
    """
    run, dimensions = element_bytes, list[Dimension]()
    strides = zip(_strides(source[1]), _strides(target[1]), strict=True)
    for count, (read, written) in zip(
        source[1].shape[::-1], list(strides)[::-1], strict=True
    ):
        inner = dimensions[-1] if dimensions else Dimension(1, 0, 0)
        loop = Dimension(count, read * element_bytes, written * element_bytes)
        if count == 1:
            continue
        if not dimensions and loop.input_stride == loop.output_stride == run:
            run *= count
        elif dimensions and (loop.input_stride, loop.output_stride) == (
            inner.count * inner.input_stride,
            inner.count * inner.output_stride,
        ):
            dimensions[-1] = Dimension(
                inner.count * count, inner.input_stride, inner.output_stride
            )
        else:
            dimensions.append(loop)
    if len(dimensions) > MAX_DIMENSIONS:
        return None
    offsets = [int(places.flat[0]) * element_bytes for _, places in (source, target)]
    values = (source[0],), (target[0],)
    return Copy(*(place, *values, run, offsets[0], offsets[1], tuple(dimensions[::-1])))


def _strides(places: Array) -> list[int]:
    """Return the distance of neighbours along each axis, which is 0 for one of 1."""
    return [
        int(places.take(1, axis).flat[0] - places.flat[0]) if count > 1 else 0
        for axis, count in enumerate(places.shape)
    ]


def copy(source: int, target: int, value: Value) -> Instruction:
    """Return the copy of a whole value to another like it."""
    whole = places((value.count,))
    step = move(None, (source, whole), (target, whole), value.dtype.itemsize)
    assert step is not None
    return step
