"""The windows that convolutions and pooling move over an image, axis by axis."""

import struct
from collections.abc import Iterator
from dataclasses import astuple, dataclass

from tombola.converter.graph import Node
from tombola.converter.lowering import refuse

MAX_REACH = 1 << 24  # kLargestReach
# In the schema's numbers.
SAME, VALID = 0, 1


@dataclass(frozen=True)
class Axis:
    """Rows or columns of an image, in the order of the record.

    Position i of the window covers the inputs i * stride - before + k * dilation, k in
    0..kernel - 1, and gives the output first + i * step.
    """

    input: int
    output: int
    kernel: int
    stride: int
    dilation: int
    before: int
    positions: int
    first: int = 0
    step: int = 1

    def pack(self) -> bytes:
        """Return the record."""
        return struct.pack("<5Hh3H", *astuple(self))

    def check(self, node: Node) -> None:
        """Refuse what has no record, or coordinates that would overflow."""
        reach = self.positions * self.stride + self.kernel * self.dilation
        if reach > MAX_REACH or self.before >= 2**15 or max(astuple(self)) >= 2**16:
            refuse(node, f"has a window that reaches over {reach:,} inputs")


def axis(
    node: Node, letter: str, size: int, pad: tuple[int, int], kernel: int, output: int
) -> Axis:
    """Return the window of CONV_2D and DEPTHWISE_CONV_2D along "h" or "w".

    Args:
        size: Of the input.
        pad: Zeros before and behind it, which the window sees as input.
        kernel: Of the weights.
        output: Of the output.
    """
    stride = option(node, f"stride_{letter}")
    dilation = option(node, f"dilation_{letter}_factor")
    before, positions = zeros_before(node, size + sum(pad), kernel, stride, dilation)
    if positions != output:
        refuse(node, f"has {output} outputs along an axis where {positions} fit")
    return Axis(size, output, kernel, stride, dilation, before + pad[0], positions)


def phases(
    node: Node, letter: str, size: int, kernel: int, output: int
) -> Iterator[tuple[Axis, list[int]]]:
    """Yield the windows of TRANSPOSE_CONV along "h" or "w", and the weights they see.

    There is one for each place of the outputs modulo the stride. It sees every
    stride-th weight, last to first, as a convolution of stride 1. One that sees no
    weight sees one input.
    """
    stride = option(node, f"stride_{letter}")
    # The padding is that of the convolution back, from the output to the input.
    before, positions = zeros_before(node, output, kernel, stride, 1)
    if positions != size:
        refuse(node, f"has {size} inputs along an axis where {positions} fit")
    for first in range(min(stride, output)):
        shift, least = divmod(first + before, stride)
        taps = list(range(least, kernel, stride))[::-1]
        yield (
            Axis(
                *(size, output, max(len(taps), 1), 1, 1, len(taps) - 1 - shift),
                *(len(range(first, output, stride)), first, stride),
            ),
            taps,
        )


def zeros_before(
    node: Node, size: int, kernel: int, stride: int, dilation: int
) -> tuple[int, int]:
    """Return the zeros before an axis, and the positions of the window along it.

    As ComputePaddingHeightWidth in tensorflow/lite/kernels/padding.h.
    """
    covered = (kernel - 1) * dilation + 1
    if option(node, "padding", least=SAME) == VALID:
        return 0, (size - covered) // stride + 1
    positions = -(-size // stride)
    return max((positions - 1) * stride + covered - size, 0) // 2, positions


def option(node: Node, name: str, least: int = 1) -> int:
    """Return a whole number of the operator's options."""
    value = node.options.get(name)
    if not isinstance(value, int) or value < least:
        refuse(node, f"has {name} {value}; {least} or more is needed")
    return value
