"""Operators that move elements, or call them by another shape."""

from typing import Any

import numpy as np

from tombola.converter.graph import Array, Node, Tensor
from tombola.converter.lowering import (
    EDGE_TYPES,
    Handler,
    Lowering,
    check_activation,
    refuse,
)
from tombola.converter.moves import MAX_DIMENSIONS, Fill, move, places
from tombola.converter.operators.convolution import takes_padding

# A value, its tensor and the places of its elements that take part.
Part = tuple[int, Tensor, Array]


def _input(lowering: Lowering, node: Node, position: int) -> Part:
    value, tensor = lowering.activation(node, position, EDGE_TYPES)
    return value, tensor, places(tensor.shape)


def _move(lowering: Lowering, node: Node, source: Part, target: Part) -> None:
    """Append the copy of the source's places to the target's."""
    if source[1].dtype != target[1].dtype or source[2].shape != target[2].shape:
        refuse(
            node,
            f"puts {_shape(source[2])} of {source[1]} into {_shape(target[2])} of "
            f"{target[1]}",
        )
    step = move(
        node.place,
        (source[0], source[2]),
        (target[0], target[2]),
        source[1].dtype.itemsize,
    )
    if step is None:
        refuse(
            node,
            f"moves {source[1]} along more than {MAX_DIMENSIONS} dimensions that do "
            "not lie together",
        )
    lowering.instructions.append(step)


def _shape(places: Array) -> str:
    return "x".join(map(str, places.shape)) or "a scalar"


def _axis(node: Node, axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        refuse(node, f"has axis {axis} of {rank}")
    return axis % rank


def _alike(a: Tensor, b: Tensor) -> bool:
    """Whether the same elements stand for the same numbers in both."""
    return (a.dtype, a.scales, a.zero_points) == (b.dtype, b.scales, b.zero_points)


def _give(lowering: Lowering, node: Node, source: Part) -> None:
    """Make the node's only output of the source's places.

    Where they are all of it in order, the output is the same memory.
    """
    value, tensor, taken = source
    if len(node.outputs) != 1:
        refuse(node, f"has {len(node.outputs)} outputs, 1 is supported")
    y_tensor = lowering.graph.tensors[node.outputs[0]]
    check_activation(y_tensor, str(node), EDGE_TYPES)
    in_order = np.array_equal(taken.reshape(-1), np.arange(tensor.count))
    if in_order and _alike(tensor, y_tensor) and taken.shape == y_tensor.shape:
        lowering.number[y_tensor.index] = value
        lowering.folded.append(f"{node}: the same memory under another shape")
        return
    y, _ = lowering.output(node, EDGE_TYPES)
    _move(lowering, node, source, (y, y_tensor, places(y_tensor.shape)))


def _reshape(lowering: Lowering, node: Node) -> None:
    x, x_tensor, source = _input(lowering, node, 0)
    shape = lowering.graph.tensors[node.outputs[0]].shape
    if np.prod(shape, dtype=np.int64) != x_tensor.count:
        refuse(node, f"makes {list(shape)} of {x_tensor}")
    _give(lowering, node, (x, x_tensor, source.reshape(shape)))


def _pack(lowering: Lowering, node: Node) -> None:
    y, y_tensor = lowering.output(node, EDGE_TYPES)
    target = places(y_tensor.shape)
    axis = _axis(node, int(node.options["axis"]), target.ndim)
    if target.shape[axis] != len(node.inputs):
        refuse(node, f"fills {len(node.inputs)} of {target.shape[axis]} of {y_tensor}")
    for i in range(len(node.inputs)):
        source = _input(lowering, node, i)
        _move(lowering, node, source, (y, y_tensor, target.take(i, axis)))


def _unpack(lowering: Lowering, node: Node) -> None:
    x, x_tensor, source = _input(lowering, node, 0)
    axis = _axis(node, int(node.options["axis"]), source.ndim)
    outputs = lowering.outputs(node, EDGE_TYPES)
    if source.shape[axis] != len(outputs):
        refuse(node, f"takes {len(outputs)} of {source.shape[axis]} of {x_tensor}")
    for i, (y, y_tensor) in enumerate(outputs):
        target = y, y_tensor, places(y_tensor.shape)
        _move(lowering, node, (x, x_tensor, source.take(i, axis)), target)


def _concatenation(lowering: Lowering, node: Node) -> None:
    y, y_tensor = lowering.output(node, EDGE_TYPES)
    target = places(y_tensor.shape)
    if node.activation != "NONE":
        refuse(node, f"has the fused activation {node.activation}; none is supported")
    axis = _axis(node, int(node.options["axis"]), target.ndim)
    at = 0
    for position in range(len(node.inputs)):
        source = _input(lowering, node, position)
        tensor = source[1]
        if tensor.dtype == np.int8 and not _alike(tensor, y_tensor):
            refuse(
                node,
                f"takes {tensor} of scale {tensor.scales[0]:.6g} and zero point "
                f"{tensor.zero_points[0]} into one of {y_tensor.scales[0]:.6g} and "
                f"{y_tensor.zero_points[0]}, which TensorFlow Lite refuses as well",
            )
        width = source[2].shape[axis] if source[2].ndim > axis else 0
        part = target[_slices(axis, at, at + width)]
        _move(lowering, node, source, (y, y_tensor, part))
        at += width
    if at != target.shape[axis]:
        refuse(node, f"fills {at} of {target.shape[axis]} of {y_tensor}")


def _slices(axis: int, begin: int, end: int) -> tuple[slice, ...]:
    return (*[slice(None)] * axis, slice(begin, end))


def _split(lowering: Lowering, node: Node) -> None:
    """SPLIT (axis, input), and SPLIT_V (input, sizes, axis)."""
    varied = node.kind == "SPLIT_V"
    x, x_tensor, source = _input(lowering, node, 0 if varied else 1)
    given = lowering.integers(node, 2 if varied else 0, 1)[0]
    axis = _axis(node, given, source.ndim)
    at = 0
    for y, y_tensor in lowering.outputs(node, EDGE_TYPES):
        target = places(y_tensor.shape)
        width = target.shape[axis] if target.ndim > axis else 0
        part = source[_slices(axis, at, at + width)]
        _move(lowering, node, (x, x_tensor, part), (y, y_tensor, target))
        at += width
    if at != source.shape[axis]:
        refuse(node, f"takes {at} of {source.shape[axis]} of {x_tensor}")


def _slice(lowering: Lowering, node: Node) -> None:
    x, x_tensor, source = _input(lowering, node, 0)
    begins = lowering.integers(node, 1, source.ndim)
    sizes = lowering.integers(node, 2, source.ndim)
    part = source[
        tuple(
            slice(begin, None if size == -1 else begin + size)
            for begin, size in zip(begins, sizes, strict=True)
        )
    ]
    if min(begins, default=0) < 0 or min(sizes, default=0) < -1:
        refuse(node, f"begins at {begins} and takes {sizes}")
    _give(lowering, node, (x, x_tensor, part))


def _strided_slice(lowering: Lowering, node: Node) -> None:
    x, x_tensor, source = _input(lowering, node, 0)
    count = lowering.constant(node, 1).size
    begins, ends, strides = (lowering.integers(node, i, count) for i in (1, 2, 3))
    if node.options.get("offset"):
        refuse(node, "has ends that count from the begins, which is not supported")
    if 0 in strides:
        refuse(node, f"has strides {strides}")

    def masked(name: str, i: int) -> bool:
        return bool(int(node.options.get(f"{name}_mask", 0)) >> i & 1)

    index: list[Any] = []
    for i in range(count):
        if masked("ellipsis", i):
            index.append(...)
        elif masked("new_axis", i):
            index.append(None)
        elif masked("shrink_axis", i):
            index.append(0 if masked("begin", i) else begins[i])
        else:
            begin = None if masked("begin", i) else begins[i]
            end = None if masked("end", i) else ends[i]
            index.append(slice(begin, end, strides[i]))
    taken = sum(part is not None and part is not ... for part in index)
    if ... in index and taken >= source.ndim:
        # Where TensorFlow Lite takes one all the same.
        refuse(node, "has an ellipsis that stands for no dimension")
    try:
        part = source[tuple(index)]
    except IndexError as error:
        refuse(node, f"takes from {x_tensor} what is not there: {error}")
    _give(lowering, node, (x, x_tensor, part))


def _pad(lowering: Lowering, node: Node) -> None:
    """PAD, with the zero point, and PADV2, with an element of its own."""
    if takes_padding(lowering.graph, node):
        lowering.folded.append(f"{node}: the convolution behind it sees zeros there")
        return
    source = _input(lowering, node, 0)
    y, y_tensor = lowering.output(node, EDGE_TYPES)
    target = places(y_tensor.shape)
    rank = source[2].ndim
    pads = np.array(lowering.integers(node, 1, 2 * rank)).reshape(rank, 2)
    shape = tuple(np.array(source[2].shape) + pads.sum(axis=1))
    if pads.min(initial=0) < 0 or shape != target.shape:
        refuse(node, f"pads {source[1]} by {pads.tolist()} to {y_tensor}")
    element = np.array(y_tensor.zero_points[0] if y_tensor.zero_points else 0)
    if node.input(2) is not None:
        element = lowering.constant(node, 2)
        if element.size != 1 or element.dtype != y_tensor.dtype:
            refuse(node, f"pads {y_tensor} with {element.size} {element.dtype}")
    part = target[
        tuple(
            slice(before, before + n)
            for before, n in zip(pads[:, 0], source[2].shape, strict=True)
        )
    ]
    if part.size < target.size:
        fill = Fill(node.place, (), (y,), element.astype(y_tensor.dtype))
        lowering.instructions.append(fill)
    _move(lowering, node, source, (y, y_tensor, part))


def _transpose(lowering: Lowering, node: Node) -> None:
    x, x_tensor, source = _input(lowering, node, 0)
    order = lowering.integers(node, 1, source.ndim)
    axes = [_axis(node, axis, source.ndim) for axis in order]
    if len(set(axes)) != source.ndim:
        refuse(node, f"has the order {order}, which is no permutation")
    _give(lowering, node, (x, x_tensor, source.transpose(axes)))


HANDLERS: dict[str, Handler] = {
    "RESHAPE": _reshape,
    "SQUEEZE": _reshape,
    "EXPAND_DIMS": _reshape,
    "CONCATENATION": _concatenation,
    "PACK": _pack,
    "UNPACK": _unpack,
    "SPLIT": _split,
    "SPLIT_V": _split,
    "SLICE": _slice,
    "STRIDED_SLICE": _strided_slice,
    "PAD": _pad,
    "PADV2": _pad,
    "TRANSPOSE": _transpose,
}
