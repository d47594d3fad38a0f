"""Every operator of a ticket gives the bits of litert's reference kernels.

The rounding rules stand in converter/scales.py and firmware/core/nn; here they meet
values, shapes and scales that were not chosen to suit them.
"""

from itertools import pairwise

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_models import ModelMaker, reference_run, single

from tombola.converter import convert
from tombola.converter.operators.elementwise import AddShifted
from tombola.errors import TombolaError

INT16 = st.integers(-32768, 32767)
WHOLE_RANGE = np.arange(-32768, 32768).astype(np.int16)
ACTIVATIONS = [schema.ActivationFunctionType.NONE, schema.ActivationFunctionType.RELU]
ALL_ACTIVATIONS = [*ACTIVATIONS, schema.ActivationFunctionType.RELU6]


def scales(low: float = -5.0, high: float = -3.0) -> st.SearchStrategy[float]:
    """Scales as float32, spread evenly over decades."""
    return st.floats(low, high).map(lambda e: float(np.float32(10.0**e)))


def same(tflite: bytes, **inputs: np.ndarray) -> None:
    """Compare one step of the ticket with litert's."""
    theirs = reference_run(tflite, **inputs)
    ours = convert(tflite).step(inputs)
    for name, expected in theirs.items():
        np.testing.assert_array_equal(ours[name], expected)


def values(seed: int, count: int) -> np.ndarray:
    """Random int16, with the extremes among them."""
    x = np.random.default_rng(seed).integers(-32768, 32768, count).astype(np.int16)
    x[: min(count, 3)] = [-32768, 32767, 0][: min(count, 3)]
    return x


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["ADD", "SUB"]),
    a=scales(),
    b=scales(),
    headroom=st.floats(-1.5, 1.0),
    activation=st.sampled_from(ALL_ACTIVATIONS),
    seed=st.integers(0, 2**31),
)
def test_add_and_sub(*, kind, a, b, headroom, activation, seed):
    y = float(np.float32(max(a, b) * 10.0**headroom))
    tflite = single(
        kind,
        [500] * 3,
        [a, b, y],
        fusedActivationFunction=activation,
        potScaleInt16=False,
    )
    x0, x1 = values(seed, 500), values(seed + 1, 500)[::-1].copy()
    x0[3:6], x1[3:6] = [-32768, 32767, -32768], [-32768, 32767, 32767]
    same(tflite, x0=x0, x1=x1)


@settings(max_examples=30, deadline=None)
@given(
    kind=st.sampled_from(["ADD", "SUB"]),
    right=st.integers(0, 6),
    swap=st.booleans(),
    activation=st.sampled_from(ACTIVATIONS),
    seed=st.integers(0, 2**31),
)
def test_add_and_sub_of_powers_of_two(kind, right, swap, activation, seed):
    pair = [2.0**-12, 2.0 ** (-12 - right)]
    tflite = single(
        kind,
        [300] * 3,
        [*(pair[::-1] if swap else pair), 2.0**-12],
        fusedActivationFunction=activation,
        potScaleInt16=True,
    )
    assert isinstance(convert(tflite).plan.program.instructions[0], AddShifted)
    same(tflite, x0=values(seed, 300), x1=values(seed + 1, 300)[::-1].copy())


@settings(max_examples=60, deadline=None)
@given(
    a=scales(),
    b=scales(),
    headroom=st.floats(-5.0, 1.0),
    activation=st.sampled_from(ALL_ACTIVATIONS),
    seed=st.integers(0, 2**31),
)
def test_mul(a, b, headroom, activation, seed):
    y = float(np.float32(a * b * 32768 * 10.0**headroom))
    assume(a * b / y < 0.99)
    # litert refuses a RELU6 whose 6 is no int32 at the output's scale.
    assume(6.0 / y < 2.0**31)
    tflite = single("MUL", [500] * 3, [a, b, y], fusedActivationFunction=activation)
    x0, x1 = values(seed, 500), values(seed + 1, 500)[::-1].copy()
    x0[3:6], x1[3:6] = [-32768, 32767, -32768], [-32768, 32767, 32767]
    same(tflite, x0=x0, x1=x1)


@settings(max_examples=40, deadline=None)
@given(x=scales(), ratio=st.floats(-2.0, 2.0), seed=st.integers(0, 2**31))
def test_quantize(x, ratio, seed):
    y = float(np.float32(x * 10.0**ratio))
    same(single("QUANTIZE", [700] * 2, [x, y]), x0=values(seed, 700))


@settings(max_examples=20, deadline=None)
@given(kind=st.sampled_from(["LOGISTIC", "TANH"]), scale=scales(-9.0, 0.6))
def test_logistic_and_tanh_over_their_whole_range(kind, scale):
    everywhere(kind, scale)


@pytest.mark.parametrize("kind", ["LOGISTIC", "TANH"])
@pytest.mark.parametrize(
    "scale", [2.0**-12, 2.0**-11, 2.0**-13, 1.0005 * 2.0**-12, 1.002 * 2.0**-12]
)
def test_logistic_and_tanh_near_powers_of_two(kind, scale):
    everywhere(kind, float(np.float32(scale)))


def everywhere(kind: str, scale: float) -> None:
    expected = reference_run(
        single(kind, [65536] * 2, [scale, 2.0**-15]), x0=WHOLE_RANGE
    )["y"]
    network = convert(single(kind, [16384] * 2, [scale, 2.0**-15])).network
    ours = [network.step({"x0": x})["y"] for x in WHOLE_RANGE.reshape(4, 16384)]
    np.testing.assert_array_equal(np.concatenate(ours), expected)


def test_operators_in_a_row_share_memory_and_keep_their_bits():
    """A chain with a reshape and a late reader, in place and apart."""
    maker = ModelMaker()
    scale = 2.0**-12
    names = [maker.activation(24, scale, f"v{i}") for i in range(6)]
    for x, y in pairwise(names[:4]):
        maker.operator("QUANTIZE", [x], y)
    maker.operator("RESHAPE", [names[3]], names[4], newShape=[1, 24])
    maker.operator("SUB", [names[4], names[0]], names[5], potScaleInt16=False)
    tflite = maker.finish({"x": names[0]}, {"y": names[5]})
    converted = convert(tflite)
    assert (
        converted.report["arena_bytes"] < converted.report["arena_bytes_without_reuse"]
    )
    x = values(3, 24)
    expected = reference_run(tflite, x=x)["y"]
    np.testing.assert_array_equal(converted.step({"x": x})["y"], expected)
    np.testing.assert_array_equal(
        convert(tflite, reuse=False).step({"x": x})["y"], expected
    )


@pytest.mark.parametrize(
    ("tflite", "words"),
    [
        (single("SOFTMAX", [8] * 2, [0.1, 2.0**-15]), "operator 0 (SOFTMAX)"),
        (single("ADD", [8, 1, 8], [0.1] * 3), "broadcasting"),
        (single("MUL", [8] * 3, [1.0, 1.0, 0.1]), "too fine"),
        (single("LOGISTIC", [8] * 2, [9.0, 2.0**-15]), "too coarse"),
        (single("TANH", [8] * 2, [0.1, 2.0**-14]), "1/32768"),
    ],
)
def test_what_has_no_instruction_is_refused_by_name(tflite, words):
    with pytest.raises(TombolaError) as refusal:
        convert(tflite)
    assert words in str(refusal.value)
