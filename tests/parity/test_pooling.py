"""Pooling and means give the bits of litert's reference kernels."""

from typing import Any

import numpy as np
import pytest
from cortex_m7 import assert_same
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_models import ModelMaker, reference_run

from tombola.converter import convert
from tombola.converter.graph import Array
from tombola.errors import TombolaError

KINDS = st.sampled_from(["AVERAGE_POOL_2D", "MAX_POOL_2D"])
TYPES = st.sampled_from([np.int8, np.int16])
SEEDS = st.integers(0, 2**31)
SAME, VALID = 0, 1
NONE, RELU, RELU_N1_TO_1, RELU6 = range(4)


def random(count: int, dtype: Any, seed: int) -> Array:
    """Whole range, or a few neighbouring numbers, whose means are often ties."""
    generator = np.random.default_rng(seed)
    limits = np.iinfo(dtype)
    if seed % 2:
        middle = generator.integers(limits.min + 2, limits.max - 2)
        return generator.integers(middle - 2, middle + 3, count).astype(dtype)
    values = generator.integers(limits.min, limits.max + 1, count).astype(dtype)
    values[: min(count, 2)] = [limits.min, limits.max][: min(count, 2)]
    return values


def same(tflite: bytes, values: Array) -> None:
    expected = reference_run(tflite, x=values)["y"]
    np.testing.assert_array_equal(convert(tflite).step({"x": values})["y"], expected)


def sizes(size: int, filter_: int, stride: int, padding: int) -> int:
    return -(-(size if padding == SAME else size - filter_ + 1) // stride)


def pool(
    kind: str,
    shape: list[int],
    target: list[int],
    dtype: Any,
    *,
    point: int = 0,
    scale: float = 0.05,
    **options: int,
) -> bytes:
    maker = ModelMaker()
    x, y = (
        maker.activation(s, scale, name, zero_point=point, dtype=dtype)
        for s, name in ((shape, "x"), (target, "y"))
    )
    defaults = {
        **{"padding": VALID, "strideW": 1, "strideH": 1},
        **{"filterWidth": 2, "filterHeight": 2, "fusedActivationFunction": NONE},
    }
    maker.operator(kind, [x], y, **{**defaults, **options})
    return maker.finish({"x": x}, {"y": y})


@settings(max_examples=150, deadline=None)
@given(
    kind=KINDS,
    dtype=TYPES,
    image=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5)),
    filters=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    strides=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    padding=st.sampled_from([SAME, VALID]),
    activation=st.sampled_from([NONE, RELU, RELU_N1_TO_1, RELU6]),
    point=st.integers(-128, 127),
    seed=SEEDS,
)
def test_pool(kind, dtype, image, filters, strides, padding, activation, point, seed):
    sides = [
        sizes(size, filter_, stride, padding)
        for size, filter_, stride in zip(image, filters, strides, strict=False)
    ]
    assume(min(sides) > 0)
    tflite = pool(
        kind,
        [1, *image],
        [1, *sides, image[2]],
        dtype,
        point=point if dtype == np.int8 else 0,
        scale=0.05 if dtype == np.int8 else 2.0**-12,
        padding=padding,
        strideH=strides[0],
        strideW=strides[1],
        filterHeight=filters[0],
        filterWidth=filters[1],
        fusedActivationFunction=activation,
    )
    same(tflite, random(int(np.prod(image)), dtype, seed))


def test_average_pool_rounds_ties_away_from_zero():
    values = np.array([[1, 2, -1, -2, 3, 4, -3, -4, 0, 1, 0, -1]], np.int8)
    tflite = pool(
        "AVERAGE_POOL_2D",
        [1, 1, 12, 1],
        [1, 1, 6, 1],
        np.int8,
        strideW=2,
        filterHeight=1,
    )
    ours = convert(tflite).step({"x": values.reshape(-1)})["y"]
    assert ours.tolist() == [2, -2, 4, -4, 1, -1]
    same(tflite, values.reshape(-1))


def mean(
    shape: list[int],
    axes: list[int],
    dtype: Any,
    scales: tuple[float, float],
    points: tuple[int, int],
    keep: bool,
) -> bytes:
    maker = ModelMaker()
    summed = {axis % len(shape) for axis in axes}
    target = [1 if i in summed else n for i, n in enumerate(shape)]
    if not keep:
        target = [n for i, n in enumerate(shape) if i not in summed]
    x, y = (
        maker.activation(s, scale, name, zero_point=point, dtype=dtype)
        for s, name, scale, point in zip(
            (shape, target), "xy", scales, points, strict=True
        )
    )
    constant = maker.constant(np.array(axes, np.int32), [])
    maker.operator("MEAN", [x, constant], y, keepDims=keep)
    return maker.finish({"x": x}, {"y": y})


@settings(max_examples=250, deadline=None)
@given(
    shape=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    dtype=TYPES,
    ratio=st.one_of(st.just(0.0), st.floats(-1.5, 1.5)),
    points=st.tuples(st.integers(-128, 127), st.integers(-128, 127)),
    keep=st.booleans(),
    seed=SEEDS,
    data=st.data(),
)
def test_mean(shape, dtype, ratio, points, keep, seed, data):
    """Any axes, in any order and twice; scales that differ, or not."""
    rank = len(shape)
    axes = data.draw(st.lists(st.integers(-rank, rank - 1), min_size=1, max_size=3))
    scale = 0.05
    scales = (scale, float(np.float32(scale * 10.0**ratio)))
    points = points if dtype == np.int8 else (0, 0)
    tflite = mean(shape, axes, dtype, scales, points, keep)
    same(tflite, random(int(np.prod(shape)), dtype, seed))


@pytest.mark.parametrize("dtype", [np.int8, np.int16])
@pytest.mark.parametrize("count", [2, 3, 4, 6, 7, 10, 49, 100])
def test_mean_of_every_sum_around_zero(dtype, count):
    """Sums one after another, so that ties and what is next to them are there."""
    sums = np.arange(-300, 301)
    low = np.repeat(sums // count, count).reshape(-1, count)
    values = low + (np.arange(count) < (sums % count)[:, None])
    for ratio in (1.0, 0.75, 1.3):
        scales = (0.1, float(np.float32(0.1 * ratio)))
        for part in np.array_split(values, -(-values.size // 16000)):
            tflite = mean([*part.shape], [1], dtype, scales, (0, 0), False)
            same(tflite, part.astype(dtype).reshape(-1))


@pytest.mark.parametrize(
    ("tflite", "words"),
    [
        (
            pool("MAX_POOL_2D", [2, 4, 4, 1], [2, 3, 3, 1], np.int8),
            "one image of one type",
        ),
        (
            pool("MAX_POOL_2D", [1, 4, 4, 1], [1, 4, 4, 1], np.int8),
            "it would have 3 along axis 1",
        ),
        (
            pool("MAX_POOL_2D", [1, 4, 4, 1], [1, 4, 4, 1], np.int8, strideH=0),
            "has stride_h 0",
        ),
        (
            mean([2] * 5, [0, 2, 4], np.int8, (0.1, 0.1), (0, 0), False),
            "do not lie together",
        ),
        (
            mean([2, 9], [1], np.int16, (0.1, 1e-7), (0, 0), False),
            "too fine for a sum of 9",
        ),
    ],
)
def test_what_has_no_instruction_is_refused_by_name(tflite, words):
    with pytest.raises(TombolaError) as refusal:
        convert(tflite)
    assert words in str(refusal.value)


@pytest.mark.parametrize("dtype", [np.int8, np.int16])
def test_pooling_on_the_cortex_m7(engine, dtype):
    maker = ModelMaker()
    shapes = [[1, 6, 7, 3], [1, 3, 4, 3], [1, 3, 3, 3], [1, 3]]
    x, largest, average, y = (
        maker.activation(shape, 0.1, name, dtype=dtype)
        for shape, name in zip(shapes, "xlay", strict=True)
    )
    window = {"filterHeight": 2, "filterWidth": 2, "fusedActivationFunction": NONE}
    maker.operator(
        *("MAX_POOL_2D", [x], largest), padding=SAME, strideH=2, strideW=2, **window
    )
    window["filterHeight"] = 1
    maker.operator(
        *("AVERAGE_POOL_2D", [largest], average),
        **{"padding": VALID, "strideH": 1, "strideW": 1, **window},
    )
    axes = maker.constant(np.array([1, 2], np.int32), [])
    maker.operator("MEAN", [average, axes], y, keepDims=False)
    assert_same(engine, convert(maker.finish({"x": x}, {"y": y})), steps=3)
