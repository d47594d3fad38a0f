"""CONV_2D, DEPTHWISE_CONV_2D and TRANSPOSE_CONV."""

import struct
from dataclasses import dataclass, replace

import numpy as np

from tombola.converter.filters import FILTER_BYTES, Scaling, scalings
from tombola.converter.graph import Array, Graph, Node, Tensor
from tombola.converter.lowering import (
    MAX_ELEMENTS,
    TYPES,
    Handler,
    Lowering,
    bounds,
    refuse,
)
from tombola.converter.program import LANES, Instruction
from tombola.converter.windows import Axis, axis, phases

# Taps that the kernels take at a time (kTapsAtOnce), and patches side by side (kMany).
TAPS = 8
PATCHES = 4
# Of a tap in a patch.
TAP_BYTES = 2
# Four patches may take this much scratch; with more there is one.
MAX_PATCHES_BYTES = 8192
# Of a tap in the scratch of a depthwise convolution.
PLACE_BYTES = 8
INT32_BIAS = 2  # in the schema's numbers


@dataclass(frozen=True)
class Windowed(Instruction):
    """What every convolution of images [batch, rows, columns, channels] has.

    Attributes:
        batch: Number of images.
        channels: Of the input.
        weights: int8 [output channels, kernel rows, kernel columns, channels seen].
        bias: Where the sum of each output channel starts.
        scaling: One for each output channel.
        low: Least output, by the fused activation.
        high: Largest output.
    """

    batch: int
    channels: int
    rows: Axis
    columns: Axis
    weights: Array
    bias: Array
    scaling: tuple[Scaling, ...]
    low: int
    high: int

    STREAMS = False

    def _window(self) -> bytes:
        assert self.scratch is not None
        head = struct.pack(
            "<6H2h",
            *(self.inputs[0], self.outputs[0], self.scratch),
            *(self.batch, self.channels, len(self.weights), self.low, self.high),
        )
        return head + self.rows.pack() + self.columns.pack()

    def _filters(self) -> list[bytes]:
        pairs = zip(self.scaling, self.bias, strict=True)
        return [scaling.pack(int(bias)) for scaling, bias in pairs]

    @property
    def macs(self) -> int:
        """One for each weight and position."""
        positions = self.batch * self.rows.positions * self.columns.positions
        return self.weights.size * positions


@dataclass(frozen=True)
class Convolution(Windowed):
    """A convolution over patches.

    Attributes:
        groups: Of input channels, each seen by as many output channels.
        patches: How many patches lie in the scratch.
    """

    groups: int
    patches: int

    def _body(self) -> bytes:
        rows = zip(self._filters(), _padded(self.weights), strict=True)
        return (
            self._window()
            + struct.pack("<2H", self.groups, self.patches)
            + b"".join(head + weights.tobytes() for head, weights in rows)
        )

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


@dataclass(frozen=True)
class Depthwise(Windowed):
    """A convolution whose output channels see one input channel each."""

    def _body(self) -> bytes:
        filters = b"".join(self._filters())
        weights = self._taps().tobytes()
        return self._window() + bytes(4) + filters + weights + bytes(-len(weights) % 8)

    def _taps(self) -> Array:
        """Return the weights as [taps, output channels], padded to whole LANES."""
        taps = self.weights.reshape(len(self.weights), -1).T
        return np.pad(taps, [(0, 0), (0, -taps.shape[1] % LANES)])

    @property
    def weight_bytes(self) -> int:
        """Padded weights, and 16 bytes of bias and scaling a channel."""
        return self._taps().size + len(self.weights) * FILTER_BYTES


class Depthwise8(Depthwise):
    """int8; sums are rounded twice."""

    KIND = 43
    NAME = "depthwise convolution"


class Depthwise16(Depthwise):
    """int16; sums are rounded once."""

    KIND = 44
    NAME = "depthwise convolution 16x8"


def _padded(weights: Array) -> Array:
    """Return [output channels, taps] with zeros up to whole groups of TAPS."""
    taps = weights.reshape(len(weights), -1)
    return np.pad(taps, [(0, 0), (0, -taps.shape[1] % TAPS)])


@dataclass(frozen=True)
class _Layer:
    """An operator's parts, whichever operator it is.

    Attributes:
        x: The input's value.
        pads: Zeros around the input, in rows and columns: before and behind.
        weights: As in Windowed.
        bias: Of each output channel, in steps of its sum.
        twice: Whether sums are rounded twice.
    """

    x: int
    x_tensor: Tensor
    pads: tuple[tuple[int, int], ...]
    y: int
    y_tensor: Tensor
    weights: Array
    bias: Array
    scaling: tuple[Scaling, ...]
    twice: bool


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
    _convolve(lowering, node, layer, groups, *_axes(node, layer))


def _depthwise_conv_2d(lowering: Lowering, node: Node) -> None:
    layer = _layer(lowering, node, 0, 3)
    channels = layer.x_tensor.shape[3]
    if len(layer.weights) % channels:
        refuse(
            node,
            f"has {len(layer.weights)} output channels for {channels} input channels; "
            "a multiple is needed",
        )
    rows, columns = _axes(node, layer)
    if channels == 1:  # all see it, as in any convolution
        _convolve(lowering, node, layer, 1, rows, columns)
        return
    rows.check(node)
    columns.check(node)
    # Here taps outside the image are left out, and the zero point is subtracted.
    low, high = bounds(node, layer.y_tensor)
    kind = Depthwise8 if layer.twice else Depthwise16
    lowering.instructions.append(
        kind(
            node.place,
            (layer.x,),
            (layer.y,),
            batch=layer.x_tensor.shape[0],
            channels=channels,
            rows=rows,
            columns=columns,
            weights=layer.weights,
            bias=layer.bias,
            scaling=layer.scaling,
            low=low,
            high=high,
            scratch=lowering.scratch(rows.kernel * columns.kernel * PLACE_BYTES),
        )
    )


def _transpose_conv(lowering: Lowering, node: Node) -> None:
    """Convolve once for each place of the outputs modulo the strides."""
    layer = _layer(lowering, node, 2, 0)
    weights, x, y = layer.weights, layer.x_tensor.shape, layer.y_tensor.shape
    if weights.shape[3] != x[3]:
        refuse(node, f"has weights for {weights.shape[3]} channels, not {x[3]}")
    along_rows = list(phases(node, "h", x[1], weights.shape[1], y[1]))
    along_columns = list(phases(node, "w", x[2], weights.shape[2], y[2]))
    for rows, row_taps in along_rows:
        for columns, column_taps in along_columns:
            part = weights[:, row_taps][:, :, column_taps]
            if not part.size:  # only the bias
                shape = (len(weights), rows.kernel, columns.kernel, x[3])
                part = np.zeros(shape, np.int8)
            phase = replace(layer, weights=part)
            _convolve(lowering, node, phase, 1, rows, columns)


def _convolve(
    lowering: Lowering,
    node: Node,
    layer: _Layer,
    groups: int,
    rows: Axis,
    columns: Axis,
) -> None:
    rows.check(node)
    columns.check(node)
    weights = _padded(layer.weights)
    bytes_each = weights.shape[1] * TAP_BYTES
    batch, _, _, channels = layer.x_tensor.shape
    positions = batch * rows.positions * columns.positions
    many = positions >= PATCHES and PATCHES * bytes_each <= MAX_PATCHES_BYTES
    patches = PATCHES if many else 1
    if patches * bytes_each > MAX_ELEMENTS:
        refuse(
            node,
            f"has windows of {weights.shape[1]:,} taps, at most "
            f"{MAX_ELEMENTS // TAP_BYTES:,} are supported",
        )
    # What the zero point adds to every sum is taken from its start.
    zeros = layer.x_tensor.zero_points[0] * weights.sum(axis=1, dtype=np.int64)
    low, high = bounds(node, layer.y_tensor)
    kind: type[Convolution] = Convolution16Twice if layer.twice else Convolution16
    if layer.y_tensor.dtype == np.int8:
        kind = Convolution8
    lowering.instructions.append(
        kind(
            node.place,
            (layer.x,),
            (layer.y,),
            batch=batch,
            channels=channels,
            rows=rows,
            columns=columns,
            weights=layer.weights,
            bias=layer.bias - zeros,
            scaling=layer.scaling,
            low=low,
            high=high,
            groups=groups,
            patches=patches,
            scratch=lowering.scratch(patches * bytes_each),
        )
    )


def _axes(node: Node, layer: _Layer) -> tuple[Axis, Axis]:
    x, y, kernel = layer.x_tensor.shape, layer.y_tensor.shape, layer.weights.shape
    return (
        axis(node, "h", x[1], layer.pads[0], kernel[1], y[1]),
        axis(node, "w", x[2], layer.pads[1], kernel[2], y[2]),
    )


def _layer(lowering: Lowering, node: Node, position: int, channel_axis: int) -> _Layer:
    """Read an operator's tensors.

    `position` is that of its input; `channel_axis` that of the output channels in its
    weights.
    """
    pad = _pad_before(lowering.graph, node.input(position))
    x, x_tensor = lowering.activation(pad or node, 0 if pad else position)
    padding = lowering.constant(pad, 1).tolist() if pad else [[0, 0]] * 4
    y, y_tensor = lowering.output(node)
    weights, scales = _weights(lowering, node, channel_axis)
    if (
        x_tensor.dtype != y_tensor.dtype
        or len(x_tensor.shape) != 4
        or len(y_tensor.shape) != 4
        or x_tensor.shape[0] != y_tensor.shape[0]
        or y_tensor.shape[3] != len(weights)
    ):
        refuse(node, f"has {x_tensor} and {len(weights)} filters giving {y_tensor}")
    bias, twice = _bias(lowering, node, max(2, position + 1), len(weights), y_tensor)
    scaling = scalings(
        *(node, weights.reshape(len(weights), -1), bias, x_tensor, y_tensor),
        *(x_tensor.scales[0] * scales / y_tensor.scales[0], twice),
    )
    return _Layer(
        x=x,
        x_tensor=x_tensor,
        pads=(tuple(padding[1]), tuple(padding[2])),
        y=y,
        y_tensor=y_tensor,
        weights=weights,
        bias=bias.astype(np.int64),
        scaling=scaling,
        twice=twice,
    )


def _weights(lowering: Lowering, node: Node, axis: int) -> tuple[Array, Array]:
    """Return [output channels, rows, columns, channels seen] and their scales."""
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
) -> tuple[Array, bool]:
    """Return the bias, and whether its type has the sums rounded twice."""
    narrow = y.dtype == np.int8 or node.options.get("quantized_bias_type") == INT32_BIAS
    needed = np.dtype(np.int32 if narrow else np.int64)
    index = node.input(position)
    if index is None:
        return np.zeros(count, needed), narrow
    tensor, bias = lowering.graph.tensors[index], lowering.constant(node, position)
    if bias.dtype != needed or bias.size != count or any(tensor.zero_points):
        refuse(node, f"has a bias {tensor}; {count} constant {needed} are needed")
    return bias.reshape(count), narrow


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
        and padding.dtype.kind == "i"
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
