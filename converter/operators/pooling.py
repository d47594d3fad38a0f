"""Operators that make one element of many: pooling and means."""

import struct
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tombola.converter.graph import Node, Tensor
from tombola.converter.lowering import Handler, Lowering, bounds, refuse
from tombola.converter.program import Instruction, pack_factor
from tombola.converter.scales import MAX_LEFT_SHIFT, Multiplier, multiplier
from tombola.converter.windows import option, zeros_before

MAX_RIGHT_SHIFT = 30
# What a scaled sum has to stay below (kMaxScaled in firmware/core).
MAX_SCALED = 2**30


@dataclass(frozen=True)
class Side:
    """One of the two directions of pooling: sizes in elements."""

    input: int
    output: int
    filter: int
    stride: int
    padding: int


@dataclass(frozen=True)
class Pool(Instruction):
    """Windows of an image, each channel for itself."""

    height: Side
    width: Side
    channels: int
    low: int
    high: int

    STREAMS = False

    def _body(self) -> bytes:
        sides = [
            number
            for side in (self.height, self.width)
            for number in (
                *(side.input, side.output, side.filter, side.stride, side.padding),
            )
        ]
        return struct.pack(
            "<HH10HHhhH",
            *(self.inputs[0], self.outputs[0], *sides, self.channels),
            *(self.low, self.high, 0),
        )


@dataclass(frozen=True)
class AveragePool(Pool):
    """The sum over the elements' number, rounded with ties away from zero."""

    KIND = 50
    NAME = "average pool"


@dataclass(frozen=True)
class MaxPool(Pool):
    """The largest element."""

    KIND = 51
    NAME = "max pool"


@dataclass(frozen=True)
class Axis:
    """A loop over the input: `count` times, `stride` elements apart."""

    count: int
    stride: int


@dataclass(frozen=True)
class Mean(Instruction):
    """The scaled sum of what lies along two axes, for each place of two others."""

    kept: tuple[Axis, Axis]
    summed: tuple[Axis, Axis]
    scale: Multiplier

    KIND = 52
    NAME = "mean"
    STREAMS = False
    AXES: ClassVar[int] = 2

    def _body(self) -> bytes:
        numbers = [n for a in (*self.kept, *self.summed) for n in (a.count, a.stride)]
        head = struct.pack("<HH8HI", self.inputs[0], self.outputs[0], *numbers, 0)
        return head + pack_factor(self.scale)


def _pool(kind: type[Pool]) -> Handler:
    def handler(lowering: Lowering, node: Node) -> None:
        x, x_tensor = lowering.activation(node, 0)
        y, y_tensor = lowering.output(node)
        _check_image(node, x_tensor, y_tensor)
        low, high = bounds(node, y_tensor)
        step = kind(
            node.place,
            (x,),
            (y,),
            _side(node, "h", x_tensor, y_tensor),
            _side(node, "w", x_tensor, y_tensor),
            x_tensor.shape[3],
            low,
            high,
        )
        lowering.instructions.append(step)

    return handler


def _check_image(node: Node, x: Tensor, y: Tensor) -> None:
    if (
        len(x.shape) != 4
        or len(y.shape) != 4
        or x.shape[0] != 1
        or x.dtype != y.dtype
        or x.shape[::3] != y.shape[::3]
    ):
        refuse(
            node,
            f"has {x} giving {y}; one image of one type, height x width x channels, "
            "is supported",
        )


def _side(node: Node, letter: str, x: Tensor, y: Tensor) -> Side:
    axis = "hw".index(letter) + 1
    size = x.shape[axis]
    filter_ = option(node, {"h": "filter_height", "w": "filter_width"}[letter])
    stride = option(node, f"stride_{letter}")
    before, output = zeros_before(node, size, filter_, stride, 1)
    if output != y.shape[axis]:
        refuse(node, f"gives {y}, it would have {output} along axis {axis}")
    return Side(size, output, filter_, stride, before)


def _mean(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    y, y_tensor = lowering.output(node)
    rank = len(x_tensor.shape)
    given = lowering.integers(node, 1)
    if any(not -rank <= axis < rank for axis in given):
        refuse(node, f"takes the mean along axes {given} of {x_tensor}")
    summed = {axis % rank for axis in given}
    kept, along = _axes(x_tensor.shape, summed)
    count = int(np.prod([axis.count for axis in along]))
    if x_tensor.dtype != y_tensor.dtype or y_tensor.count * count != x_tensor.count:
        refuse(node, f"has {x_tensor} giving {y_tensor}")
    if max(len(kept), len(along)) > Mean.AXES:
        refuse(
            node,
            f"takes the mean of {x_tensor} along axes {sorted(summed)}: more than "
            f"{Mean.AXES} that do not lie together",
        )
    scale = _mean_scale(node, x_tensor, y_tensor, count)
    one = Axis(1, 0)
    kept_pair, along_pair = ((one, one, *axes)[-Mean.AXES :] for axes in (kept, along))
    step = Mean(
        node.place,
        (x,),
        (y,),
        (kept_pair[0], kept_pair[1]),
        (along_pair[0], along_pair[1]),
        scale,
    )
    lowering.instructions.append(step)


def _axes(shape: tuple[int, ...], summed: set[int]) -> tuple[list[Axis], list[Axis]]:
    """Return the axes that are kept and summed; neighbours of a sort become one."""
    kept: list[Axis] = []
    along: list[Axis] = []
    stride = int(np.prod(shape))
    last = None
    for axis, count in enumerate(shape):
        stride //= count
        if count == 1:
            continue
        axes = along if axis in summed else kept
        if axes is last:
            axes[-1] = Axis(axes[-1].count * count, stride)
        else:
            axes.append(Axis(count, stride))
        last = axes
    return kept, along


def _mean_scale(node: Node, x: Tensor, y: Tensor, count: int) -> Multiplier:
    """Return the factor from a sum to the output, which has 1 / count in it.

    QuantizedMeanOrSum in tensorflow/lite/kernels/internal/reference/reduce.h: the
    multiplier is made larger by a power of two before it is divided and cut off.
    """
    factor = multiplier(x.scales[0] / y.scales[0])
    exponent = factor.left - factor.right
    shift = min(count.bit_length() - 1, 32, 31 + exponent)
    mantissa = (factor.multiplier << shift) // count
    exponent -= shift
    left, right = max(exponent, 0), max(-exponent, 0)
    span = 255 if x.dtype == np.int8 else 32768
    if left > MAX_LEFT_SHIFT or (span * count) << left >= MAX_SCALED:
        refuse(
            node,
            f"has output scale {y.scales[0]:.4g}, too fine for a sum of {count} in "
            f"steps of {x.scales[0]:.4g}",
        )
    if right > MAX_RIGHT_SHIFT:  # a sum of 2^30 at most: below a half
        return Multiplier(0, 0, 0)
    return Multiplier(mantissa, left, right)


HANDLERS: dict[str, Handler] = {
    "AVERAGE_POOL_2D": _pool(AveragePool),
    "MAX_POOL_2D": _pool(MaxPool),
    "MEAN": _mean,
}
