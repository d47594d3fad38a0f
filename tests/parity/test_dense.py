"""FULLY_CONNECTED gives the bits of litert's reference kernels, at every width.

Both int8 and 16x8 scale a sum by a double and round that, ties away from zero.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from cortex_m7 import NetworkOnM7, assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import TYPES, ModelMaker, reference, reference_run

from tombola._core import Network
from tombola.converter import convert
from tombola.converter.matrix import (
    DOUBLE_SCALING,
    INTEGER_SCALING,
    integer_factor,
    round_to_nearest,
)
from tombola.converter.operators.dense import Dense
from tombola.converter.program import lanes
from tombola.errors import TombolaError

KINDS = schema.ActivationFunctionType
ACTIVATIONS = [KINDS.NONE, KINDS.RELU, KINDS.RELU6, KINDS.RELU_N1_TO_1]
DTYPES = [np.int8, np.int16]
BIASES = {np.int8: [np.int32, None], np.int16: [np.int32, np.int64, None]}
SEEDS = st.integers(0, 2**31)


class Layers(ModelMaker):
    """A network of dense layers, one after another."""

    def dense(
        self,
        x: int,
        weights: Any,
        bias: Any,
        weight_scales: list[float],
        output_scale: float,
        *,
        zero_point: int = 0,
        activation: int = 0,
        shape: list[int] | None = None,
    ) -> int:
        """Add a layer and return what it gives."""
        source = self.tensors[x]
        scale = source.quantization.scale[0]
        dtype = np.int8 if source.type == schema.TensorType.INT8 else np.int16
        y = self.activation(
            shape or [1, len(weights)], output_scale, zero_point=zero_point, dtype=dtype
        )
        inputs = [x, self.constant(weights, weight_scales), -1]
        bias_type = schema.TensorType.FLOAT32
        if bias is not None:
            inputs[2] = self.constant(bias, [scale * s for s in weight_scales])
            bias_type = TYPES[bias.dtype]
        self.operator(
            "FULLY_CONNECTED",
            inputs,
            y,
            fusedActivationFunction=activation,
            quantizedBiasType=bias_type,
            keepNumDims=shape is not None and len(shape) > 2,
        )
        return y


def single(
    weights: Any,
    bias: Any,
    weight_scales: list[float],
    scales: tuple[float, float],
    zero_points: tuple[int, int] = (0, 0),
    *,
    dtype: Any = np.int16,
    activation: int = 0,
    batch: tuple[int, ...] = (1,),
) -> bytes:
    """One layer; `scales` and `zero_points` are its input's and its output's."""
    maker = Layers()
    rows, columns = weights.shape
    x = maker.activation(
        [*batch, columns], scales[0], zero_point=zero_points[0], dtype=dtype
    )
    y = maker.dense(
        *(x, weights, bias, weight_scales, scales[1]),
        zero_point=zero_points[1],
        activation=activation,
        shape=[*batch, rows],
    )
    return maker.finish({"x": x}, {"y": y})


def values(random: np.random.Generator, count: int, dtype: Any) -> np.ndarray:
    """Over the whole range, with its ends among them."""
    limits = np.iinfo(dtype)
    x = random.integers(limits.min, limits.max + 1, count).astype(dtype)
    x[random.random(count) < 0.1] = limits.min
    x[random.random(count) < 0.1] = limits.max
    return x


def as_float32(value: float) -> float:
    return float(np.float32(value))


def scaling(tflite: bytes) -> int:
    """How a model's only layer is scaled."""
    (step,) = convert(tflite).plan.program.instructions
    assert isinstance(step, Dense)
    return step.matrix.pack()[4]


@settings(max_examples=80, deadline=None)
@given(
    dtype=st.sampled_from(DTYPES),
    rows=st.integers(1, 19),
    columns=st.integers(1, 41),
    batch=st.sampled_from([(1,), (1,), (3,), (2, 1), (1, 2, 2)]),
    per_row=st.booleans(),
    activation=st.sampled_from(ACTIVATIONS),
    headroom=st.floats(-1.0, 1.5),
    zero_points=st.tuples(st.integers(-128, 127), st.integers(-128, 127)),
    seed=SEEDS,
    data=st.data(),
)
def test_any_layer(
    *,
    dtype,
    rows,
    columns,
    batch,
    per_row,
    activation,
    headroom,
    zero_points,
    seed,
    data,
):
    random = np.random.default_rng(seed)
    weights = random.integers(-128, 128, (rows, columns)).astype(np.int8)
    bias_type = data.draw(st.sampled_from(BIASES[dtype]))
    largest = 2**24 if dtype == np.int16 else 2**16
    bias = None
    if bias_type is not None:
        bias = random.integers(-largest, largest, rows).astype(bias_type)
    spread = 10.0 ** random.uniform(-3, -2, rows if per_row else 1)
    weight_scales = [as_float32(s) for s in spread]
    scale = as_float32(10.0 ** random.uniform(-5, -3))
    size = scale * float(np.mean(weight_scales)) * 70 * np.sqrt(columns)
    size *= 1.0 if dtype == np.int16 else 4.0
    tflite = single(
        *(weights, bias, weight_scales),
        (scale, as_float32(size * 10.0**headroom)),
        zero_points if dtype == np.int8 else (0, 0),
        dtype=dtype,
        activation=activation,
        batch=batch,
    )
    runner = reference(tflite).get_signature_runner("serving_default")
    converted = convert(tflite)
    for _ in range(8):
        x = values(random, int(np.prod(batch)) * columns, dtype)
        expected = runner(x=x.reshape(*batch, columns))["y"].reshape(-1)
        np.testing.assert_array_equal(converted.step({"x": x})["y"], expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("power", [0, 1, 3, 8, 15])
def test_ties_go_away_from_zero(power, dtype):
    """Sums of a half and a whole number, by a bias each."""
    halves = np.arange(-120, 120) + 0.5
    bias = (halves * 2.0**power).astype(np.int32)
    scales = (2.0**-12, 2.0 ** (power - 19))
    weights = np.zeros((len(bias), 1), np.int8)
    tflite = single(weights, bias, [2.0**-7], scales, dtype=dtype)
    x = np.zeros(1, dtype)
    expected = reference_run(tflite, x=x)["y"]
    away = halves + np.copysign(0.5, halves) if power else np.trunc(halves)
    np.testing.assert_array_equal(expected, away)
    np.testing.assert_array_equal(convert(tflite).step({"x": x})["y"], expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_sums_beside_a_tie_are_scaled_in_double_precision(dtype):
    """A 31-bit multiplier puts some of them on the tie's other side."""
    random = np.random.default_rng(5)
    size = 32000 if dtype == np.int16 else 120
    for _ in range(20):
        input_scale, weight_scale = (
            as_float32(10.0**e) for e in random.uniform(-5, -3, 2)
        )
        power = random.uniform(5, 15) if dtype == np.int16 else random.uniform(3, 20)
        scale = as_float32(input_scale * weight_scale * 2.0**power)
        factor = input_scale * weight_scale / scale
        ties = (np.arange(-size, size, size // 120) + 0.5) / factor
        bias = np.concatenate([np.floor(ties), np.ceil(ties)]).astype(np.int32)
        weights = np.zeros((len(bias), 1), np.int8)
        scales = (input_scale, scale)
        tflite = single(weights, bias, [weight_scale], scales, dtype=dtype)
        x = np.zeros(1, dtype)
        expected = reference_run(tflite, x=x)["y"]
        np.testing.assert_array_equal(convert(tflite).step({"x": x})["y"], expected)


@settings(max_examples=200, deadline=None)
@given(power=st.floats(-24, 1), zero_point=st.integers(-128, 127), seed=SEEDS)
def test_an_integer_factor_gives_the_elements_of_its_double(power, zero_point, seed):
    scale = 2.0**power
    factor = integer_factor(scale, zero_point)
    if factor is None:
        assert power < -13.0 or power >= -1.0
        return
    multiplier, shift = factor
    random = np.random.default_rng(seed)
    elements = random.uniform(-300, 300, 200)
    sums = np.concatenate([elements / scale, (np.floor(elements) + 0.5) / scale])
    sums = np.concatenate([np.floor(sums), np.ceil(sums), [-(2.0**31), 2.0**31 - 1]])
    sums = np.clip(sums, -(2.0**31), 2.0**31 - 1)
    expected = np.clip(round_to_nearest(sums * scale) + zero_point, -128, 127)
    total = [int(s) * multiplier + ((2 * zero_point + 1) << (shift - 1)) for s in sums]
    ours = np.clip([t >> shift for t in total], -128, 127)
    np.testing.assert_array_equal(ours, expected)


def test_an_int8_layer_scales_by_integers_where_that_is_proven():
    """Not where steps are too fine for 31 bits, nor sums too large for 24."""
    weights = np.full((3, 300), 40, np.int8)
    likely = single(weights, None, [0.01], (0.1, 1.0), dtype=np.int8)
    assert scaling(likely) == INTEGER_SCALING
    coarse = single(weights, None, [0.01], (0.1, 0.0015), dtype=np.int8)
    assert scaling(coarse) == DOUBLE_SCALING
    wide = single(weights * 3, None, [0.01], (0.1, 1.0), (-128, 0), dtype=np.int8)
    assert scaling(wide) == DOUBLE_SCALING
    random = np.random.default_rng(0)
    for tflite in (likely, coarse, wide):
        converted = convert(tflite)
        for x in (values(random, 300, np.int8), np.full(300, 127, np.int8)):
            expected = reference_run(tflite, x=x)["y"]
            np.testing.assert_array_equal(converted.step({"x": x})["y"], expected)


def mlp(dtype: Any, counts: list[int], used: list[int], seed: int) -> bytes:
    """Layers of `counts` units, cut to their first `used`."""
    random = np.random.default_rng(seed)
    maker = Layers()
    step = 1 if dtype == np.int16 else 256
    points = random.integers(-128, 128, len(counts)) * (dtype == np.int8)
    x = y = maker.activation(
        [1, used[0]], 1e-4 * step, zero_point=int(points[0]), dtype=dtype
    )
    for i, (columns, rows) in enumerate(pairwise(counts)):
        weights = random.integers(-128, 128, (rows, columns)).astype(np.int8)
        bias = random.integers(-3000, 3000, rows).astype(np.int32)
        scales = [as_float32(s) for s in random.uniform(0.001, 0.002, rows)]
        keep = slice(used[i + 1])
        y = maker.dense(
            y,
            np.ascontiguousarray(weights[keep, : used[i]]),
            *(bias[keep], scales[keep], 1e-4 * step),
            zero_point=int(points[i + 1]),
            activation=KINDS.RELU if dtype == np.int16 else KINDS.NONE,
        )
    return maker.finish({"x": x}, {"y": y})


@settings(max_examples=20, deadline=None)
@given(
    dtype=st.sampled_from(DTYPES),
    counts=st.lists(st.integers(5, 40), min_size=2, max_size=3),
    share=st.floats(0.0, 1.0),
    seed=SEEDS,
)
def test_a_width_is_the_sliced_network(dtype, counts, share, seed):
    used = [
        min(count, max(4, 4 * int(np.float32(share) * (lanes(count) // 4) + 0.5)))
        for count in counts
    ]
    whole = Network(convert(mlp(dtype, [7, *counts, 9], [7, *counts, 9], seed)).ticket)
    whole.set_width(share)
    narrow = mlp(dtype, [7, *counts, 9], [7, *used, 9], seed)
    for _ in range(4):
        x = values(np.random.default_rng(seed), 7, dtype)
        expected = reference_run(narrow, x=x)["y"]
        np.testing.assert_array_equal(whole.step({"x": x})["y"], expected)


@pytest.mark.parametrize(
    ("dtype", "counts"),
    [
        (np.int8, [3, 64, 64, 64, 101]),
        (np.int8, [1, 5, 1, 18, 3]),
        (np.int8, [30, 300, 11]),
        (np.int16, [4, 63, 45, 130]),
        (np.int16, [1, 5, 1, 18, 3]),
    ],
)
def test_the_cortex_m7_gives_the_hosts_bits(engine, dtype, counts):
    """There the products are assembly, here they are plain C++."""
    converted = convert(mlp(dtype, counts, counts, 3))
    instructions = assert_same(engine, converted, steps=4)
    rounded = [lanes(count) for count in counts]
    macs = sum(rows * columns for columns, rows in pairwise(rounded))
    each_mac, each_row = (0.91, 9.5) if dtype == np.int8 else (0.97, 14)
    bound = macs * each_mac + sum(rounded[1:]) * each_row + sum(rounded[:-1]) * 3
    assert instructions < bound + 250 * (len(counts) - 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_layers_of_every_kind_on_the_cortex_m7(engine, dtype):
    """Batches, wide sums, fused activations, coarse scales."""
    random = np.random.default_rng(1)
    for rows, columns, batch, output_scale in [
        (6, 9, (5,), 0.3),
        (5, 280, (1,), 4.0),
        (9, 30, (1,), 0.0005),
    ]:
        weights = random.integers(-128, 128, (rows, columns)).astype(np.int8)
        bias = random.integers(-3000, 3000, rows).astype(np.int32)
        scales = (0.01, output_scale)
        points = (17, -20) if dtype == np.int8 else (0, 0)
        tflite = single(
            *(weights, bias, [0.01], scales, points),
            dtype=dtype,
            activation=KINDS.RELU6,
            batch=batch,
        )
        assert_same(engine, convert(tflite), steps=3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_work_falls_with_the_width_on_the_cortex_m7(engine, dtype):
    converted = convert(mlp(dtype, [8, 64, 64, 8], [8, 64, 64, 8], 2))
    module = NetworkOnM7(engine, converted.ticket)
    program = converted.plan.program
    x = values(np.random.default_rng(2), 8, dtype)
    work = []
    for share in (1.0, 0.5, 0.25):
        module.set_width(share)
        converted.network.set_width(share)
        module.write(program.inputs["x"], x)
        work.append(module.step())
        y = program.outputs["y"]
        expected = converted.step({"x": x})["y"]
        np.testing.assert_array_equal(module.read(y, program.values[y]), expected)
    assert work[1] < 0.5 * work[0]
    assert work[2] < 0.3 * work[0]


ONES = np.ones((2, 4), np.int8)


@pytest.mark.parametrize(
    ("tflite", "words"),
    [
        (
            single(np.full((1, 600), 127, np.int8), None, [0.1], (0.1, 100.0)),
            "row 0, over the accumulator",
        ),
        (
            single(
                *(ONES, np.array([0, 10**8]), [0.1], (0.1, 1e-5)),
            ),
            "scales row 1 by 1000",
        ),
        (single(ONES, None, [0.1] * 2, (0.1, 0.1), batch=(2, 2)), None),
    ],
)
def test_what_could_leave_32_bits_is_refused(tflite, words):
    if words is None:
        convert(tflite)
        return
    with pytest.raises(TombolaError, match=words):
        convert(tflite)
