"""Operators that move elements put them where litert's reference kernels do."""

from typing import Any

import numpy as np
import pytest
from cortex_m7 import assert_same
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_models import ModelMaker, reference_run

from tombola.converter import convert
from tombola.converter.lowering import MAX_ELEMENTS
from tombola.converter.moves import Copy, move, places
from tombola.converter.reader import read
from tombola.errors import TombolaError

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=5)
TYPES = st.sampled_from([np.int8, np.int16, np.float32])
SEEDS = st.integers(0, 2**31)


def random(shape: list[int], dtype: Any, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).integers(-128, 128, shape)
    return (values if dtype == np.int8 else values * 255).astype(dtype)


def activation(maker: ModelMaker, shape: list[int], dtype: Any, name: str) -> int:
    if dtype == np.float32:
        return maker.plain(shape, dtype, name)
    point = -7 if dtype == np.int8 else 0
    return maker.activation(shape, 0.25, name, zero_point=point, dtype=dtype)


def integers(maker: ModelMaker, values: Any) -> int:
    return maker.constant(np.array(values, np.int32), [])


def same(maker: ModelMaker, inputs: dict[str, int], outputs: dict[str, int]) -> None:
    """Compare with litert, in an arena that is reused and in one that is not."""
    tflite = maker.finish(inputs, outputs)
    values = {}
    for seed, (name, index) in enumerate(inputs.items()):
        tensor = read(tflite).tensors[index]
        values[name] = random([tensor.count], tensor.dtype, seed)
    theirs = reference_run(tflite, **values)
    for reuse in (True, False):
        ours = convert(tflite, reuse=reuse).step(values)
        for name, expected in theirs.items():
            np.testing.assert_array_equal(ours[name], expected)


def single(
    kind: str,
    shape: list[int],
    target: tuple[int, ...],
    dtype: Any,
    *constants: Any,
    **options: Any,
) -> None:
    """Compare an operator of one activation and constants of whole numbers."""
    maker = ModelMaker()
    x = activation(maker, shape, dtype, "x")
    y = activation(maker, list(target), dtype, "y")
    inputs = [x, *(integers(maker, values) for values in constants)]
    maker.operator(kind, inputs, y, **options)
    same(maker, {"x": x}, {"y": y})


@settings(max_examples=40, deadline=None)
@given(shape=SHAPES, dtype=TYPES, data=st.data())
def test_transpose(shape, dtype, data):
    order = data.draw(st.permutations(range(len(shape))))
    target = tuple(shape[axis] for axis in order)
    single("TRANSPOSE", shape, target, dtype, order)


@settings(max_examples=40, deadline=None)
@given(shape=SHAPES, dtype=TYPES, data=st.data())
def test_slice(shape, dtype, data):
    begins = [data.draw(st.integers(0, n - 1)) for n in shape]
    sizes = [
        data.draw(st.integers(1, n - b)) for n, b in zip(shape, begins, strict=True)
    ]
    rest = [
        data.draw(st.booleans()) and n == b + s
        for n, b, s in zip(shape, begins, sizes, strict=True)
    ]
    given_sizes = [-1 if r else s for r, s in zip(rest, sizes, strict=True)]
    single("SLICE", shape, tuple(sizes), dtype, begins, given_sizes)


Selection = tuple[list[Any], list[list[int]], dict[str, int]]


@st.composite
def selections(draw: Any, shape: list[int]) -> Selection:
    """Draw what numpy takes from a shape, and how STRIDED_SLICE says so."""
    head = draw(st.integers(0, len(shape)))
    sizes: list[Any] = list(shape[:head])
    # litert has an ellipsis of no dimension take one.
    if head < len(shape) and draw(st.booleans()):
        tail = draw(st.integers(0, len(shape) - head - 1))
        sizes += [..., *shape[len(shape) - tail :]]
    for _ in range(draw(st.integers(0, 2))):
        sizes.insert(draw(st.integers(0, len(sizes))), None)
    index: list[Any] = []
    ends: list[list[int]] = []
    masks = dict.fromkeys(("begin", "end", "ellipsis", "newAxis", "shrinkAxis"), 0)
    for i, n in enumerate(sizes):
        if n is None or n is ...:
            masks["newAxis" if n is None else "ellipsis"] |= 1 << i
            index.append(n)
            ends.append([0, 1, 1])
        elif draw(st.booleans()):
            begin, end = (draw(st.integers(-n - 2, n + 2)) for _ in range(2))
            stride = draw(st.sampled_from([1, 2, 3, -1, -2]))
            opened = {name: draw(st.booleans()) for name in ("begin", "end")}
            for name, is_open in opened.items():
                masks[name] |= is_open << i
            first = None if opened["begin"] else begin
            index.append(slice(first, None if opened["end"] else end, stride))
            ends.append([begin, end, stride])
        else:
            masks["shrinkAxis"] |= 1 << i
            index.append(draw(st.integers(-n, n - 1)))
            ends.append([index[-1], index[-1] + 1, 1])
    return index, ends, {f"{name}Mask": mask for name, mask in masks.items()}


@settings(max_examples=150, deadline=None)
@given(shape=SHAPES, dtype=TYPES, data=st.data())
def test_strided_slice(shape, dtype, data):
    """Masks, negative begins, ends and strides, against numpy and litert."""
    index, ends, options = data.draw(selections(shape))
    target = places(tuple(shape))[tuple(index)]
    assume(ends and target.size > 0 and target.ndim <= 5)
    single("STRIDED_SLICE", shape, target.shape, dtype, *np.array(ends).T, **options)


@settings(max_examples=40, deadline=None)
@given(
    shape=SHAPES, dtype=TYPES, kind=st.sampled_from(["PAD", "PADV2"]), data=st.data()
)
def test_pad(shape, dtype, kind, data):
    assume(kind == "PAD" or dtype != np.float32)
    pads = [[data.draw(st.integers(0, 3)) for _ in range(2)] for _ in shape]
    target = [n + sum(pair) for n, pair in zip(shape, pads, strict=True)]
    assume(np.prod(target) <= MAX_ELEMENTS)
    maker = ModelMaker()
    x, y = (
        activation(maker, list(s), dtype, name)
        for s, name in ((shape, "x"), (target, "y"))
    )
    inputs = [x, integers(maker, pads)]
    if kind == "PADV2":
        point = -7 if dtype == np.int8 else 0
        element = np.array([data.draw(st.integers(-128, 127))], dtype)
        inputs.append(maker.constant(element, [0.25], zero_points=[point]))
    maker.operator(kind, inputs, y)
    same(maker, {"x": x}, {"y": y})


@settings(max_examples=40, deadline=None)
@given(shape=SHAPES, dtype=TYPES, data=st.data())
def test_concatenation_and_split(shape, dtype, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    widths = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))

    def wide(n: int) -> list[int]:
        return [n if i == axis % len(shape) else m for i, m in enumerate(shape)]

    maker = ModelMaker()
    parts = [activation(maker, wide(n), dtype, f"x{i}") for i, n in enumerate(widths)]
    whole = activation(maker, wide(sum(widths)), dtype, "whole")
    maker.operator("CONCATENATION", parts, whole, axis=axis, fusedActivationFunction=0)
    ends = [activation(maker, wide(n), dtype, f"y{i}") for i, n in enumerate(widths)]
    if len(set(widths)) == 1:
        inputs = [integers(maker, axis), whole]
        maker.operator("SPLIT", inputs, ends, numSplits=len(ends))
    else:
        inputs = [whole, integers(maker, widths), integers(maker, [axis])]
        maker.operator("SPLIT_V", inputs, ends, numSplits=len(ends))
    same(
        maker,
        {f"x{i}": part for i, part in enumerate(parts)},
        {"whole": whole, **{f"y{i}": end for i, end in enumerate(ends)}},
    )


def test_a_constant_operand_comes_from_the_ticket_at_every_step():
    maker = ModelMaker()
    x, y, z = (activation(maker, [2, n], np.int8, f"v{n}") for n in (3, 5, 7))
    values = np.arange(4, dtype=np.int8).reshape(2, 2)
    constant = maker.constant(values, [0.25], zero_points=[-7])
    for parts, target in (([x, constant], y), ([constant, y], z)):
        maker.operator(
            "CONCATENATION", parts, target, axis=1, fusedActivationFunction=0
        )
    tflite = maker.finish({"x": x}, {"z": z})
    names = [step["kind"] for step in convert(tflite).report["instructions"]]
    assert names.count("constant") == 1
    converted = convert(tflite)
    for seed in range(3):
        given_x = random([6], np.int8, seed)
        expected = reference_run(tflite, x=given_x)["z"]
        np.testing.assert_array_equal(converted.step({"x": given_x})["z"], expected)


@settings(max_examples=30, deadline=None)
@given(shape=SHAPES, dtype=TYPES, count=st.integers(1, 4), data=st.data())
def test_pack_and_unpack(shape, dtype, count, data):
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    maker = ModelMaker()
    packed = list(shape)
    packed.insert(axis if axis >= 0 else axis + len(shape) + 1, count)
    parts = [activation(maker, list(shape), dtype, f"x{i}") for i in range(count)]
    whole = activation(maker, packed, dtype, "whole")
    maker.operator("PACK", parts, whole, axis=axis, valuesCount=count)
    ends = [activation(maker, list(shape), dtype, f"y{i}") for i in range(count)]
    maker.operator("UNPACK", [whole], ends, axis=axis, num=count)
    same(
        maker,
        {f"x{i}": part for i, part in enumerate(parts)},
        {"whole": whole, **{f"y{i}": end for i, end in enumerate(ends)}},
    )


@pytest.mark.parametrize(
    ("kind", "shape", "target", "constants", "options"),
    [
        ("RESHAPE", [1, 3, 1, 4], [6, 2], [[6, 2]], {}),
        ("SQUEEZE", [1, 3, 1, 4], [1, 3, 4], [], {"squeezeDims": [2]}),
        ("EXPAND_DIMS", [3], [3, 1], [1], {}),
        ("TRANSPOSE", [2, 1, 3], [1, 2, 3], [[1, 0, 2]], {}),
        ("SLICE", [2, 3], [2, 3], [[0, 0], [-1, 3]], {}),
    ],
)
def test_other_shapes_take_no_instruction(kind, shape, target, constants, options):
    """But the copy of an input that goes straight out."""
    maker = ModelMaker()
    x, y = (activation(maker, s, np.int8, n) for s, n in ((shape, "x"), (target, "y")))
    maker.operator(kind, [x, *(integers(maker, v) for v in constants)], y, **options)
    same(maker, {"x": x}, {"y": y})
    converted = convert(maker.finish({"x": x}, {"y": y}))
    assert [step["kind"] for step in converted.report["instructions"]] == ["copy"]


def test_a_reshape_from_an_input_to_an_output_keeps_both():
    maker = ModelMaker()
    x, y = (activation(maker, s, np.int8, n) for s, n in (([4, 3], "x"), ([12], "y")))
    maker.operator("RESHAPE", [x, integers(maker, [12])], y)
    tflite = maker.finish({"x": x}, {"y": y})
    values = random([12], np.int8, 1)
    np.testing.assert_array_equal(convert(tflite).step({"x": values})["y"], values)


def test_int8_states_that_move_on_into_one_another_keep_their_order():
    """A shift register, as RESHAPE makes it: b takes what a was, a takes x."""
    maker = ModelMaker()
    x, a, b = (activation(maker, [5], np.int8, name) for name in "xab")
    c, d = (activation(maker, [5, 1], np.int8, name) for name in "cd")
    maker.operator("RESHAPE", [x, integers(maker, [5, 1])], c)
    maker.operator("RESHAPE", [a, integers(maker, [5, 1])], d)
    tflite = maker.finish(
        {"x": x, "state_a": a, "state_b": b}, {"y": b, "state_a": c, "state_b": d}
    )
    frames = np.arange(20).reshape(4, 5).astype(np.int8)
    result = convert(tflite).run({"x": frames})
    np.testing.assert_array_equal(result["state_a"], frames)
    np.testing.assert_array_equal(result["state_b"][1:], frames[:-1])
    np.testing.assert_array_equal(result["y"][2:], frames[:-2])


def test_a_reshape_to_another_scale_is_a_copy():
    maker = ModelMaker()
    x = maker.activation([2, 3], 0.25, "x", dtype=np.int8)
    y = maker.activation([6], 0.5, "y", dtype=np.int8)
    maker.operator("RESHAPE", [x, integers(maker, [6])], y)
    same(maker, {"x": x}, {"y": y})


@settings(max_examples=100, deadline=None)
@given(shape=SHAPES, data=st.data())
def test_a_move_says_where_every_byte_goes(shape, data):
    """The instruction's loops against numpy's own assignment."""
    rank = len(shape)
    target = [n + data.draw(st.integers(0, 2)) for n in shape]
    into = tuple(
        slice(wide - 1, wide - n - 1 if wide > n else None, -1)
        if data.draw(st.booleans())
        else slice(wide - n, wide)
        for n, wide in zip(shape, target, strict=True)
    )
    order = data.draw(st.permutations(range(rank)))
    original = [0] * rank
    for axis, n in zip(order, shape, strict=True):
        original[axis] = n
    read_at = places(tuple(original)).transpose(order)
    written_at = places(tuple(target))[into]
    step = move(None, (0, read_at), (1, written_at), 2)
    source = np.random.default_rng(0).integers(0, 99, 2 * read_at.size)
    expected = np.full(2 * int(np.prod(target)), -1)
    for from_, to in zip(read_at.flat, written_at.flat, strict=True):
        expected[2 * to : 2 * to + 2] = source[2 * from_ : 2 * from_ + 2]
    np.testing.assert_array_equal(run(step, source, len(expected)), expected)


def run(step: Copy, source: np.ndarray, count: int) -> np.ndarray:
    """Do what docs/formats/ticket.md says of a copy."""
    target = np.full(count, -1)
    for index in np.ndindex(*(d.count for d in step.dimensions)):
        loops = list(zip(index, step.dimensions, strict=True))
        read_at = step.input_offset + sum(i * d.input_stride for i, d in loops)
        written_at = step.output_offset + sum(i * d.output_stride for i, d in loops)
        target[written_at : written_at + step.run] = source[
            read_at : read_at + step.run
        ]
    return target


@pytest.mark.parametrize(
    ("shape", "target"),
    [((1,), (3, 4)), ((4,), (3, 4)), ((3, 1), (2, 3, 4)), ((2, 1, 4), (2, 5, 4))],
)
def test_broadcasting_repeats_as_numpy_does(shape, target):
    values = np.arange(np.prod(shape)).reshape(shape)
    step = move(
        None, (0, np.broadcast_to(places(shape), target)), (1, places(target)), 1
    )
    expected = np.broadcast_to(values, target).reshape(-1)
    np.testing.assert_array_equal(
        run(step, values.reshape(-1), expected.size), expected
    )


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (
            lambda m, x, y: m.operator("TRANSPOSE", [x, integers(m, [0, 0])], y),
            "no permutation",
        ),
        (
            lambda m, x, y: m.operator("TRANSPOSE", [x, integers(m, [1, 0])], y),
            "puts 3x2 of 'x'",
        ),
        (
            lambda m, x, y: m.operator("SLICE", [x, x, x], y),
            "which must be constant",
        ),
        (
            lambda m, x, y: m.operator(
                "SLICE", [x, integers(m, [-1, 0]), integers(m, [1, 1])], y
            ),
            "begins at [-1, 0]",
        ),
        (
            lambda m, x, y: m.operator(
                "STRIDED_SLICE",
                [x, integers(m, [5]), integers(m, [6]), integers(m, [1])],
                y,
                shrinkAxisMask=1,
            ),
            "what is not there",
        ),
        (
            lambda m, x, y: m.operator("PAD", [x, integers(m, [[1, 0], [0, 0]])], y),
            "to 'y' (int8 2x3)",
        ),
        (
            lambda m, x, y: m.operator(
                "CONCATENATION", [x, x], y, axis=1, fusedActivationFunction=0
            ),
            "operator 0 (CONCATENATION) puts 2x3 of 'x'",
        ),
    ],
)
def test_what_cannot_be_moved_is_refused_by_name(build, words):
    maker = ModelMaker()
    x, y = (activation(maker, [2, 3], np.int8, name) for name in "xy")
    build(maker, x, y)
    with pytest.raises(TombolaError) as refusal:
        convert(maker.finish({"x": x}, {"y": y}))
    assert words in str(refusal.value)


def test_int8_parts_of_other_scales_are_refused_as_litert_refuses_them():
    maker = ModelMaker()
    x = maker.activation([1, 2], 0.25, "x", dtype=np.int8)
    y = maker.activation([1, 2], 0.5, "y", dtype=np.int8)
    maker.operator("CONCATENATION", [x], y, axis=1, fusedActivationFunction=0)
    tflite = maker.finish({"x": x}, {"y": y})
    with pytest.raises(TombolaError, match=r"scale 0\.25 .* into one of 0\.5"):
        convert(tflite)
    with pytest.raises(RuntimeError):
        reference_run(tflite, x=np.zeros(2, np.int8))


def test_more_loops_than_a_copy_has_are_refused():
    maker = ModelMaker()
    x, y = (activation(maker, [2] * 6, np.int8, name) for name in "xy")
    maker.operator("TRANSPOSE", [x, integers(maker, [5, 4, 3, 2, 1, 0])], y)
    with pytest.raises(TombolaError, match="more than 5 dimensions"):
        convert(maker.finish({"x": x}, {"y": y}))


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.float32])
def test_moves_on_the_cortex_m7(engine, dtype):
    maker = ModelMaker()
    x = activation(maker, [3, 2, 5, 4], dtype, "x")
    y = activation(maker, [4, 3, 5, 2], dtype, "y")
    z = activation(maker, [2, 3, 3, 2], dtype, "z")
    w = activation(maker, [2, 4, 6, 5], dtype, "w")
    maker.operator("TRANSPOSE", [x, integers(maker, [3, 0, 2, 1])], y)
    bounds = [integers(maker, v) for v in ([3, 0, 4, 0], [0, 3, -6, 2], [-2, 1, -2, 1])]
    maker.operator("STRIDED_SLICE", [y, *bounds], z)
    pads = integers(maker, [[0, 0], [1, 0], [2, 1], [0, 3]])
    maker.operator("PAD", [z, pads], w)
    assert_same(engine, convert(maker.finish({"x": x}, {"w": w})), steps=2)
