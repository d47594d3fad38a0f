"""CONV_2D, DEPTHWISE_CONV_2D and TRANSPOSE_CONV."""

import struct
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace

import numpy as np

from tombola.converter.graph import Array, Graph, Node, Tensor
from tombola.converter.lowering import (
    MAX_ELEMENTS,
    TYPES,
    Handler,
    Lowering,
    bounds,
    refuse,
)
from tombola.converter.program import Instruction
from tombola.converter.scales import multiplier

# Taps that the kernels take at a time (kTapsAtOnce), and patches side by side (kMany).
TAPS = 8
PATCHES = 4
TAP_BYTES = 2
# Four patches may take this much scratch; with more there is one.
MAX_PATCHES_BYTES = 8192
FILTER_BYTES = 16
MAX_REACH = 1 << 24  # kLargestReach
# So that half a step and the zero point, shifted to the left, stay within 2^31.
MAX_RIGHT_SHIFT = {"int8": 23, "int16": 30}
# In the schema's numbers.
SAME, VALID = 0, 1
INT32_BIAS = 2


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


@dataclass(frozen=True)
class Scaling:
    """How a channel's sum becomes an output.

    It is shifted to the left and multiplied; `rounding` is added to the product's high
    half and `negative` to that of a negative sum, and it is shifted to the right.
    """

    multiplier: int
    rounding: int
    left: int
    right: int
    negative: int = 0


@dataclass(frozen=True)
class Convolution(Instruction):
    """A convolution of images [batch, rows, columns, channels].

    Attributes:
        patches: How many patches lie in the scratch.
        batch: Number of images.
        channels: Of the input.
        groups: Each of as many input channels, and seen by as many output channels.
        weights: int8 [output channels, kernel rows, kernel columns, channels a group].
        bias: Where the sum of each output channel starts.
        scaling: One for each output channel.
        low: Least output, by the fused activation.
        high: Largest output.
    """

    patches: int
    batch: int
    channels: int
    groups: int
    rows: Axis
    columns: Axis
    weights: Array
    bias: Array
    scaling: tuple[Scaling, ...]
    low: int
    high: int

    STREAMS = False

    def _body(self) -> bytes:
        assert self.scratch is not None
        head = struct.pack(
            "<8H2h",
            *(self.inputs[0], self.outputs[0], self.scratch, self.patches),
            *(self.batch, self.channels, len(self.weights), self.groups),
            *(self.low, self.high),
        )
        axes = (struct.pack("<5Hh3H", *astuple(a)) for a in (self.rows, self.columns))
        filters = zip(self.bias, self.scaling, _padded(self.weights), strict=True)
        return (
            head
            + b"".join(axes)
            + b"".join(
                struct.pack("<IiiBBh", int(bias) % 2**32, *astuple(scaling))
                + weights.tobytes()
                for bias, scaling, weights in filters
            )
        )

    @property
    def macs(self) -> int:
        """One for each weight and position."""
        positions = self.batch * self.rows.positions * self.columns.positions
        return self.weights.size * positions

    @property
    def weight_bytes(self) -> int:
        """Padded weights, and 16 bytes of bias and scaling a channel."""
        return _padded(self.weights).size + len(self.weights) * FILTER_BYTES


class Convolution8(Convolution):
    """int8; sums are rounded twice."""

    KIND = 40
    NAME = "convolution"


class Convolution16(Convolution):
    """int16 with a bias of 64 bits; sums are rounded once."""

    KIND = 41
    NAME = "convolution 16x8"


class Convolution16Twice(Convolution):
    """int16 with a bias of 32 bits; sums are rounded twice."""

    KIND = 42
    NAME = "convolution 16x8 rounded twice"


def _padded(weights: Array) -> Array:
    """Return [channels, taps] with zeros up to whole groups of TAPS."""
    taps = weights.reshape(len(weights), -1)
    return np.pad(taps, [(0, 0), (0, -taps.shape[1] % TAPS)])


@dataclass(frozen=True)
class _Layer:
    """An operator's parts, whichever operator it is.

    Attributes:
        x: The input's value.
        padding: Zeros around the input, in rows and columns: before and behind.
        weights: As in Convolution.
    """

    x: int
    x_tensor: Tensor
    padding: Array
    y: int
    y_tensor: Tensor
    weights: Array
    bias: Array
    scaling: tuple[Scaling, ...]
    kind: type[Convolution]


def _conv_2d(lowering: Lowering, node: Node) -> None:
    layer = _layer(lowering, node, 0, 0)
    channels, seen = layer.x_tensor.shape[3], layer.weights.shape[3]
    groups = channels // seen
    if channels % seen or len(layer.weights) % groups:
        refuse(
            node,
            f"has {len(layer.weights)} output channels that see {seen} of {channels} "
            "input channels; they do not fall into groups",
        )
    _append(lowering, node, layer, groups, *_windows(node, layer))


def _depthwise_conv_2d(lowering: Lowering, node: Node) -> None:
    layer = _layer(lowering, node, 0, 3)
    channels = layer.x_tensor.shape[3]
    if len(layer.weights) % channels:
        refuse(
            node,
            f"has {len(layer.weights)} output channels for {channels} input channels; "
            "a multiple is needed",
        )
    _append(lowering, node, layer, channels, *_windows(node, layer))


def _transpose_conv(lowering: Lowering, node: Node) -> None:
    """Take the outputs apart by their place modulo the stride.

    Each of these phases sees every stride-th weight, last to first, as a convolution
    of stride 1, and writes every stride-th output.
    """
    layer = _layer(lowering, node, 2, 0)
    weights, x, y = layer.weights, layer.x_tensor.shape, layer.y_tensor.shape
    if weights.shape[3] != x[3]:
        refuse(node, f"has weights for {weights.shape[3]} channels, not {x[3]}")
    phases = [
        list(_phases(node, letter, x[i], y[i], weights.shape[i]))
        for letter, i in (("h", 1), ("w", 2))
    ]
    for rows, row_taps in phases[0]:
        for columns, column_taps in phases[1]:
            part = weights[:, row_taps][:, :, column_taps]
            if not part.size:  # only the bias
                part = np.zeros(
                    (len(weights), rows.kernel, columns.kernel, x[3]), np.int8
                )
            phase = replace(layer, weights=part)
            _append(lowering, node, phase, 1, rows, columns)


def _phases(
    node: Node, letter: str, size: int, output: int, kernel: int
) -> Iterator[tuple[Axis, list[int]]]:
    """Yield the axis of every phase of a TRANSPOSE_CONV, and which weights it sees."""
    stride = _option(node, f"stride_{letter}")
    # The padding is that of the convolution back, from the output to the input.
    before = _before(node, output, kernel, stride, 1)[0]
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


def _windows(node: Node, layer: _Layer) -> tuple[Axis, Axis]:
    """Return the rows and columns of CONV_2D and DEPTHWISE_CONV_2D."""
    axes = []
    for i, letter in enumerate("hw"):
        size, output = layer.x_tensor.shape[i + 1], layer.y_tensor.shape[i + 1]
        kernel = layer.weights.shape[i + 1]
        stride = _option(node, f"stride_{letter}")
        dilation = _option(node, f"dilation_{letter}_factor")
        first, last = (int(n) for n in layer.padding[i])
        before, positions = _before(node, first + size + last, kernel, stride, dilation)
        if positions != output:
            refuse(node, f"has {output} outputs along an axis where {positions} fit")
        axes.append(
            Axis(size, output, kernel, stride, dilation, before + first, positions)
        )
    return axes[0], axes[1]


def _before(
    node: Node, size: int, kernel: int, stride: int, dilation: int
) -> tuple[int, int]:
    """Return the zeros before an axis, and the positions of the window along it.

    As ComputePaddingHeightWidth in tensorflow/lite/kernels/padding.h.
    """
    covered = (kernel - 1) * dilation + 1
    if _option(node, "padding", least=SAME) == VALID:
        return 0, (size - covered) // stride + 1
    positions = -(-size // stride)
    return max((positions - 1) * stride + covered - size, 0) // 2, positions


def _option(node: Node, name: str, least: int = 1) -> int:
    value = node.options.get(name)
    if not isinstance(value, int) or value < least:
        refuse(node, f"has {name} {value}; {least} or more is needed")
    return value


def _layer(lowering: Lowering, node: Node, position: int, axis: int) -> _Layer:
    """Read an operator's tensors.

    `position` is that of its input, `axis` that of the output channels in its weights.
    """
    pad = _pad_before(lowering.graph, node.input(position))
    x, x_tensor = lowering.activation(pad or node, 0 if pad else position)
    padding = lowering.constant(pad, 1)[1:3] if pad else np.zeros((2, 2), np.int64)
    y, y_tensor = lowering.output(node)
    weights, factors = _weights(lowering, node, axis)
    if (
        x_tensor.dtype != y_tensor.dtype
        or len(x_tensor.shape) != 4
        or len(y_tensor.shape) != 4
        or x_tensor.shape[0] != y_tensor.shape[0]
        or y_tensor.shape[3] != len(weights)
    ):
        refuse(node, f"has {x_tensor} and {len(weights)} filters giving {y_tensor}")
    bias, kind = _bias(lowering, node, max(2, position + 1), len(weights), y_tensor)
    scaling = _scaling(
        *(node, weights, bias, x_tensor, y_tensor),
        *(x_tensor.scales[0] * factors / y_tensor.scales[0], kind),
    )
    return _Layer(*(x, x_tensor, padding, y, y_tensor), *(weights, bias, scaling, kind))


def _weights(lowering: Lowering, node: Node, axis: int) -> tuple[Array, Array]:
    """Return [output channels, rows, columns, channels a group] and float64 scales."""
    weights = lowering.constant(node, 1)
    assert node.inputs[1] is not None
    tensor = lowering.graph.tensors[node.inputs[1]]
    if weights.dtype != np.int8 or weights.ndim != 4:
        refuse(node, f"has weights {tensor}; constant int8 of 4 dimensions are needed")
    if axis == 3:
        if weights.shape[0] != 1:
            refuse(node, f"has weights {tensor}; 1 x rows x columns x channels needed")
        weights = weights.transpose(3, 1, 2, 0)
    count = len(weights)
    if len(tensor.scales) not in (1, count) or any(tensor.zero_points):
        refuse(
            node,
            f"has weights {tensor} with {len(tensor.scales)} scales; one, or one per "
            "output channel, with zero points 0 is needed",
        )
    if len(tensor.scales) > 1 and tensor.axis != axis:
        refuse(node, f"has scales along axis {tensor.axis} of its weights, not {axis}")
    return weights, np.broadcast_to(np.array(tensor.scales, np.float64), count)


def _bias(
    lowering: Lowering, node: Node, position: int, count: int, y: Tensor
) -> tuple[Array, type[Convolution]]:
    """Return the bias, and the kind of convolution that its type asks for."""
    narrow = y.dtype == np.int8 or node.options.get("quantized_bias_type") == INT32_BIAS
    needed = np.int32 if narrow else np.int64
    index = node.input(position)
    bias = np.zeros(count, needed)
    if index is not None:
        tensor = lowering.graph.tensors[index]
        bias = lowering.constant(node, position).reshape(-1)
        if bias.dtype != needed or len(bias) != count or any(tensor.zero_points):
            refuse(
                node,
                f"has a bias {tensor}; {count} constant {np.dtype(needed).name} are "
                "needed",
            )
    if y.dtype == np.int8:
        return bias, Convolution8
    return bias, Convolution16Twice if narrow else Convolution16


def _scaling(
    node: Node,
    weights: Array,
    bias: Array,
    x: Tensor,
    y: Tensor,
    factors: Array,
    kind: type[Convolution],
) -> tuple[Scaling, ...]:
    """Return each channel's scaling, and prove that no sum passes 32 bits.

    As MultiplyByQuantizedMultiplier for 32 and for 64 bits in
    tensorflow/lite/kernels/internal/common.cc.
    """
    taps = weights.reshape(len(weights), -1).astype(np.int64)
    zero, limits = x.zero_points[0], np.iinfo(x.dtype)
    reach = max(zero - limits.min, limits.max - zero)
    largest = np.abs(taps).sum(axis=1) * reach + np.abs(bias.astype(np.float64))
    result = []
    for i, factor in enumerate(factors):
        scaled = _scaled_once if kind is Convolution16 else _scaled_twice
        scaling = scaled(float(factor), y.zero_points[0])
        if scaling.right > MAX_RIGHT_SHIFT[y.dtype.name] or factor < 2.0**-31:
            if largest[i] * factor >= 0.49:
                refuse(node, f"scales channel {i} by {factor:.4g}, which is too little")
            # No sum comes near half a step.
            scaling = Scaling(0, y.zero_points[0], 0, 0)
        if largest[i] * 2.0**scaling.left >= 2.0**31:
            refuse(
                node,
                f"may add up to {largest[i]:.4g} in channel {i}, over the "
                f"{2.0 ** (31 - scaling.left):.4g} that it can scale by {factor:.4g}; "
                "use fewer inputs, or calibrate with inputs that reach the output's "
                "range",
            )
        result.append(scaling)
    return tuple(result)


def _scaled_twice(factor: float, zero_point: int) -> Scaling:
    fixed = multiplier(factor)
    half = (1 << fixed.right) >> 1
    rounding = half + (zero_point << fixed.right)
    # Ties go away from zero, where something is shifted out.
    negative = -1 if fixed.right else 0
    return Scaling(fixed.multiplier, rounding, fixed.left + 1, fixed.right, negative)


def _scaled_once(factor: float, zero_point: int) -> Scaling:
    assert zero_point == 0
    fixed = multiplier(factor)
    exponent = fixed.left - fixed.right
    reduced = min((fixed.multiplier + (1 << 15)) >> 16, 0x7FFF)
    left = max(exponent + 2, 0)
    right = left - exponent - 1
    return Scaling(reduced << 16, 1 << (right - 1), left, right)


def _append(
    lowering: Lowering,
    node: Node,
    layer: _Layer,
    groups: int,
    rows: Axis,
    columns: Axis,
) -> None:
    for axis in (rows, columns):
        reach = axis.positions * axis.stride + axis.kernel * axis.dilation
        if reach > MAX_REACH or not -(2**15) <= axis.before < 2**15:
            refuse(node, f"has a window that reaches over {reach:,} inputs")
        if max(astuple(axis)) >= 2**16:
            refuse(node, f"has a window of {astuple(axis)}, at most 65,535 each")
    bytes_each = _padded(layer.weights).shape[1] * TAP_BYTES
    positions = layer.x_tensor.shape[0] * rows.positions * columns.positions
    many = positions >= PATCHES and PATCHES * bytes_each <= MAX_PATCHES_BYTES
    patches = PATCHES if many else 1
    if patches * bytes_each > MAX_ELEMENTS:
        refuse(
            node,
            f"has windows of {bytes_each // TAP_BYTES:,} taps, at most "
            f"{MAX_ELEMENTS // TAP_BYTES:,} are supported",
        )
    low, high = bounds(node, layer.y_tensor)
    # What the zero point adds to every sum is taken from its start.
    seen = layer.weights.reshape(len(layer.weights), -1).sum(axis=1, dtype=np.int64)
    starts = layer.bias.astype(np.int64) - layer.x_tensor.zero_points[0] * seen
    batch, _, _, channels = layer.x_tensor.shape
    lowering.instructions.append(
        layer.kind(
            *(node.place, (layer.x,), (layer.y,), patches, batch, channels, groups),
            *(rows, columns, layer.weights, starts, layer.scaling, low, high),
            scratch=lowering.scratch(patches * bytes_each),
        )
    )


def takes_padding(graph: Graph, pad: Node) -> bool:
    """Whether a convolution does the work of a PAD.

    It does when it is all that reads the padded image and only rows and columns are
    padded: with the zero point, which is what a convolution sees beyond its image.
    """
    if len(pad.inputs) != 2 or len(pad.outputs) != 1 or None in pad.inputs:
        return False
    x, y = graph.tensors[pad.inputs[0] or 0], graph.tensors[pad.outputs[0]]
    padding = graph.tensors[pad.inputs[1] or 0].data
    readers = [node for node in graph.nodes if y.index in node.inputs]
    return (
        padding is not None
        and padding.shape == (4, 2)
        and not padding[[0, 3]].any()
        and padding.min() >= 0
        and x.data is None
        and x.dtype.name in TYPES
        and (x.dtype, x.scales, x.zero_points) == (y.dtype, y.scales, y.zero_points)
        and y.index not in graph.outputs.values()
        and len(readers) == 1
        and readers[0].kind in ("CONV_2D", "DEPTHWISE_CONV_2D")
        and readers[0].inputs.count(y.index) == 1
        and readers[0].inputs[0] == y.index
    )


def _pad_before(graph: Graph, index: int | None) -> Node | None:
    """Return the PAD that gives a tensor, if a convolution does its work."""
    for node in graph.nodes:
        if index in node.outputs:
            return node if node.kind == "PAD" and takes_padding(graph, node) else None
    return None


HANDLERS: dict[str, Handler] = {
    "CONV_2D": _conv_2d,
    "DEPTHWISE_CONV_2D": _depthwise_conv_2d,
    "TRANSPOSE_CONV": _transpose_conv,
}
