"""Operators of one activation give the bits of litert's reference kernels."""

import numpy as np
import pytest
from cortex_m7 import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from single_operator import (
    TYPES,
    Quantised,
    model,
    same,
    scales,
    values,
    whole_range,
    zero_point,
)
from small_models import ModelMaker, reference_run

from tombola.converter import convert
from tombola.converter.lowering import Lowering
from tombola.converter.operators.table import Table, table_of
from tombola.converter.reader import read
from tombola.errors import TombolaError

SEEDS = st.integers(0, 2**31)
INT8_KINDS = [
    *("LOGISTIC", "TANH", "RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1"),
    *("LEAKY_RELU", "HARD_SWISH", "EXP"),
]
# As many as a ticket's tensor has.
PART = 16384


def everywhere(tflite_of_count, x: np.ndarray) -> None:
    """Compare over values in parts of what a tensor may have."""
    expected = reference_run(tflite_of_count(x.size), x0=x)["y"]
    network = convert(tflite_of_count(PART)).network
    ours = [network.step({"x0": part})["y"] for part in x.reshape(-1, PART)]
    np.testing.assert_array_equal(np.concatenate(ours), expected)


def int16_model(kind: str, x: float, y: float, **options: object):
    """Return a model of a count of elements."""
    return lambda count: model(
        kind, [Quantised((1, count), x)], Quantised((1, count), y), **options
    )


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(INT8_KINDS),
    x=scales(-3.0, 0.0),
    ratio=st.floats(-1.0, 1.0),
    alpha=st.floats(-1.0, 2.0),
    seed=SEEDS,
)
def test_int8_over_its_whole_range(*, kind, x, ratio, alpha, seed):
    random = np.random.default_rng(seed)
    y, zero = float(np.float32(x * 10.0**ratio)), zero_point(random, np.int8)
    if kind == "LOGISTIC":
        y, zero = 1 / 256, -128
    if kind == "EXP":
        # Beyond 2^31 steps of the output the reference overflows.
        x = min(x, 0.05)
    if kind == "HARD_SWISH":
        # litert refuses an output that is 128 times finer, or more.
        y = max(y, x / 64)
    options = {"alpha": alpha} if kind == "LEAKY_RELU" else {}
    tflite = model(
        *(kind, [Quantised((1, 256), x, zero_point(random, np.int8), np.int8)]),
        Quantised((1, 256), y, zero, np.int8),
        **options,
    )
    converted = same(tflite, x0=whole_range(np.int8))
    assert [type(step) for step in converted.plan.program.instructions] == [Table]


def test_the_table_of_an_operator_can_be_had_apart():
    tensor = Quantised((1, 256), 0.05, 3, np.int8)
    tflite = model("TANH", [tensor], Quantised((1, 256), 1 / 128, 0, np.int8))
    graph = read(tflite)
    entries = np.frombuffer(table_of(Lowering(graph), graph.nodes[0]), np.int8)
    expected = reference_run(tflite, x0=whole_range(np.int8))["y"]
    np.testing.assert_array_equal(np.roll(entries, 128), expected)


@settings(max_examples=15, deadline=None)
@given(kind=st.sampled_from(["LOGISTIC", "TANH"]), scale=scales(-9.0, 0.6))
def test_logistic_and_tanh_over_their_whole_range(kind, scale):
    everywhere(int16_model(kind, scale, 2.0**-15), whole_range(np.int16))


@pytest.mark.parametrize("kind", ["LOGISTIC", "TANH"])
@pytest.mark.parametrize(
    "scale", [2.0**-12, 2.0**-11, 2.0**-13, 1.0005 * 2.0**-12, 1.002 * 2.0**-12]
)
def test_logistic_and_tanh_near_powers_of_two(kind, scale):
    everywhere(
        int16_model(kind, float(np.float32(scale)), 2.0**-15), whole_range(np.int16)
    )


@settings(max_examples=30, deadline=None)
@given(
    kind=st.sampled_from(["RELU", "RELU6"]),
    x=scales(-5.0, -1.0),
    ratio=st.floats(-3.0, 3.0),
    seed=SEEDS,
)
def test_relu_and_relu6_in_int16(kind, x, ratio, seed):
    y = float(np.float32(x * 10.0**ratio))
    tflite = int16_model(kind, x, y)(1000)
    same(tflite, x0=values(seed, 1000, np.int16))


@settings(max_examples=30, deadline=None)
@given(
    x=scales(-5.0, -1.0),
    ratio=st.one_of(st.just(0.0), st.floats(-3.0, 3.0)),
    alpha=st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0.0, 3.0)),
    seed=SEEDS,
)
def test_leaky_relu_in_int16(x, ratio, alpha, seed):
    y = float(np.float32(x * 10.0**ratio))
    tflite = int16_model("LEAKY_RELU", x, y, alpha=alpha)(1000)
    same(tflite, x0=values(seed, 1000, np.int16))


@pytest.mark.parametrize("kind", ["RELU", "LEAKY_RELU"])
@pytest.mark.parametrize("power", [1, 2, 7])
def test_int16_on_ties(kind, power):
    options = {"alpha": 0.25} if kind == "LEAKY_RELU" else {}
    everywhere(int16_model(kind, 1.0, 2.0**power, **options), whole_range(np.int16))


@settings(max_examples=8, deadline=None)
@given(x=scales(-6.0, -3.5), headroom=st.floats(-1.0, 1.0))
def test_exp_in_int16_over_its_whole_range(x, headroom):
    """Outputs that all fit, and outputs that do not."""
    y = float(np.float32(np.exp(min(x * 32768, 10.0)) / 32768 * 10.0**headroom))
    everywhere(int16_model("EXP", x, y), whole_range(np.int16))


def every_kind(dtype) -> bytes:
    """Build a model of every operator of the family, of a count that is no four."""
    maker = ModelMaker()
    is_int8 = dtype == np.int8
    step = 2.0**-4 if is_int8 else 2.0**-12
    x = maker.activation(37, step, "x", zero_point=5 * is_int8, dtype=dtype)
    kinds = ["LOGISTIC", "TANH", "RELU", "RELU6", "LEAKY_RELU", "EXP"]
    outputs = {}
    for kind in kinds:
        sigmoid = kind in ("LOGISTIC", "TANH") and not is_int8
        scale = 1 / 256 if kind == "LOGISTIC" else 1.7 * step
        zero = -128 if kind == "LOGISTIC" else 9
        outputs[kind] = maker.activation(
            *(37, 2.0**-15 if sigmoid else scale, kind),
            zero_point=zero if is_int8 else 0,
            dtype=dtype,
        )
        options = {"alpha": 0.3} if kind == "LEAKY_RELU" else {}
        maker.operator(kind, [x], outputs[kind], **options)
    return maker.finish({"x": x}, outputs)


@pytest.mark.parametrize("dtype", TYPES)
def test_every_kind_on_the_cortex_m7(engine, dtype):
    assert_same(engine, convert(every_kind(dtype)), steps=6)


def of(kind: str, x: float, y: float, dtype=np.int16, **options: object) -> bytes:
    """Build a model of eight elements and these scales."""
    tensors = [Quantised((8,), scale, 0, dtype) for scale in (x, y)]
    return model(kind, tensors[:1], tensors[1], **options)


@pytest.mark.parametrize(
    ("tflite", "words"),
    [
        (of("LOGISTIC", 9.0, 2.0**-15), "operator 0 (LOGISTIC) has input scale 9"),
        (of("TANH", 0.1, 2.0**-14), "1/32768"),
        (of("LOGISTIC", 0.1, 0.1, np.int8), "reference kernels: "),
        (of("HARD_SWISH", 0.1, 0.1), "operator 0 (HARD_SWISH) takes 'x0' (int16 8)"),
        (of("RELU_N1_TO_1", 0.1, 0.1), "int8 only"),
        (of("EXP", 1.0, 0.1, np.int8), "e^129.3 steps, over 2^31"),
        (of("RELU6", 1e-9, 1e-9), "too fine"),
        (of("RELU6", 1e-9, 1e-9, np.int8), "too fine"),
        (of("RELU", 1.0, 1e-5), "2^17"),
        (of("RELU", 1.0, 1e-5, np.int8), "2^17"),
        (of("LEAKY_RELU", 0.1, 0.1, alpha=-0.5), "slope -0.5"),
    ],
)
def test_what_has_no_instruction_is_refused_by_name(tflite, words):
    with pytest.raises(TombolaError) as refusal:
        convert(tflite)
    assert words in str(refusal.value)
