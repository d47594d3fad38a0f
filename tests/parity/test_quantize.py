"""QUANTIZE and DEQUANTIZE give the bits of litert's reference kernels."""

from itertools import pairwise, product

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
from tombola.errors import TombolaError

SEEDS = st.integers(0, 2**31)
FLOAT32 = None


@settings(max_examples=80, deadline=None)
@given(
    source=st.sampled_from(TYPES),
    target=st.sampled_from(TYPES),
    x=scales(-5.0, 0.0),
    ratio=st.one_of(st.just(0.0), st.floats(-3.0, 3.0)),
    seed=SEEDS,
)
def test_quantize_among_integers(source, target, x, ratio, seed):
    random = np.random.default_rng(seed)
    tflite = model(
        *("QUANTIZE", [Quantised((700,), x, zero_point(random, source), source)]),
        Quantised(
            *((700,), float(np.float32(x * 10.0**ratio))),
            *(zero_point(random, target), target),
        ),
    )
    same(tflite, x0=values(seed, 700, source))


@pytest.mark.parametrize(
    ("types", "power"), list(product(product(TYPES, TYPES), [1, 4, 9]))
)
def test_quantize_on_ties(types, power):
    source, target = types
    x = whole_range(source)[:: 1 if source == np.int8 else 9].copy()
    tensor = Quantised((x.size,), 1.0, 0, source)
    same(model("QUANTIZE", [tensor], Quantised((x.size,), 2.0**power, 0, target)), x0=x)


def near_steps(random: np.random.Generator, scale: float, dtype) -> np.ndarray:
    """Float32 at, between and next to the steps of a scale, and any others."""
    limits = np.iinfo(dtype)
    halves = random.integers(2 * limits.min - 9, 2 * limits.max + 9, 400) / 2
    exact = (halves * np.float32(scale)).astype(np.float32)
    return np.concatenate(
        [
            *(exact, np.nextafter(exact, np.float32(np.inf))),
            *(np.nextafter(exact, np.float32(-np.inf)),),
            random.standard_normal(400).astype(np.float32) * np.float32(300 * scale),
            np.array([0.0, -0.0, 1e-45, -1e-45], np.float32),
        ]
    )


@settings(max_examples=60, deadline=None)
@given(
    dtype=st.sampled_from(TYPES),
    scale=st.one_of(scales(-6.0, 1.0), st.integers(-20, 3).map(lambda e: 2.0**e)),
    seed=SEEDS,
)
def test_quantize_from_float32(dtype, scale, seed):
    random = np.random.default_rng(seed)
    x = near_steps(random, scale, dtype)
    y = Quantised((x.size,), scale, zero_point(random, dtype), dtype)
    same(model("QUANTIZE", [Quantised((x.size,), FLOAT32)], y), x0=x)


@pytest.mark.parametrize("dtype", TYPES)
def test_what_no_element_can_stand_for_is_the_nearest(dtype):
    """Infinite, or beyond a whole number of 32 bits, where the reference overflows."""
    limits = np.iinfo(dtype)
    point = -7 if dtype == np.int8 else 0
    tflite = model(
        "QUANTIZE", [Quantised((6,), FLOAT32)], Quantised((6,), 0.5, point, dtype)
    )
    x = np.array([np.inf, -np.inf, 3e38, -3e38, 2e9, np.nan], np.float32)
    y = convert(tflite).step({"x0": x})["y"]
    high, low = limits.max, limits.min
    np.testing.assert_array_equal(y, [high, low, high, low, high, point])


@settings(max_examples=30, deadline=None)
@given(dtype=st.sampled_from(TYPES), scale=scales(-30.0, 30.0), seed=SEEDS)
def test_dequantize_to_float32(dtype, scale, seed):
    point = zero_point(np.random.default_rng(seed), dtype)
    x = Quantised((1000,), scale, point, dtype)
    tflite = model("DEQUANTIZE", [x], Quantised((1000,), FLOAT32))
    same(tflite, x0=values(seed, 1000, dtype))


@pytest.mark.parametrize("dtype", TYPES)
def test_every_kind_on_the_cortex_m7(engine, dtype):
    maker = ModelMaker()
    other = np.int16 if dtype == np.int8 else np.int8
    x = maker.plain([1, 37], np.float32, "x")
    first, second, third = (
        Quantised((1, 37), 4.0 / np.iinfo(t).max * s, 0, t)
        for t, s in ((dtype, 1.0), (other, 0.7), (dtype, 1.1))
    )
    indices = [t.add(maker, f"v{i}") for i, t in enumerate((first, second, third))]
    y = maker.plain([1, 37], np.float32, "y")
    for source, target in zip([x, *indices[:-1]], indices, strict=True):
        maker.operator("QUANTIZE", [source], target)
    maker.operator("DEQUANTIZE", [indices[-1]], y)
    tflite = maker.finish({"x": x}, {"y": y})
    converted = convert(tflite)
    assert_same(engine, converted, steps=6)
    values_ = np.linspace(-5, 5, 37).astype(np.float32)
    np.testing.assert_array_equal(
        converted.step({"x": values_})["y"], reference_run(tflite, x=values_)["y"]
    )


@pytest.mark.parametrize(
    ("old", "new"), [((0.1, 3), (0.15, -5)), ((0.1, 3), (0.1, 4)), ((0.1, 3), (0.1, 3))]
)
def test_an_int8_state_is_taken_to_the_scale_with_which_it_goes_in(old, new):
    maker = ModelMaker()
    state = maker.activation(8, old[0], "s", zero_point=old[1], dtype=np.int8)
    x = maker.activation(8, new[0], "x", zero_point=new[1], dtype=np.int8)
    y = maker.activation(8, new[0], "y", zero_point=new[1], dtype=np.int8)
    total = maker.activation(8, 0.3, "total", dtype=np.int8)
    maker.operator("RESHAPE", [x], y, newShape=[1, 8])
    maker.operator("ADD", [state, x], total)
    tflite = maker.finish({"state": state, "x": x}, {"state": y, "total": total})
    values_ = values(1, 8, np.int8)
    ours = convert(tflite).step({"x": values_})["state"]
    tensors = [Quantised((8,), *pair, np.int8) for pair in (new, old)]
    expected = reference_run(model("QUANTIZE", tensors[:1], tensors[1]), x0=values_)
    np.testing.assert_array_equal(ours, expected["y"])


def test_operators_in_a_row_share_memory_and_keep_their_bits():
    """A chain with a reshape and a late reader, in place and apart."""
    maker = ModelMaker()
    names = [maker.activation(24, 2.0**-12, f"v{i}") for i in range(6)]
    for x, y in pairwise(names[:4]):
        maker.operator("QUANTIZE", [x], y)
    maker.operator("RESHAPE", [names[3]], names[4], newShape=[1, 24])
    maker.operator("SUB", [names[4], names[0]], names[5], potScaleInt16=False)
    tflite = maker.finish({"x": names[0]}, {"y": names[5]})
    converted = same(tflite, x=values(3, 24, np.int16))
    assert (
        converted.report["arena_bytes"] < converted.report["arena_bytes_without_reuse"]
    )
    x = values(3, 24, np.int16)
    expected = reference_run(tflite, x=x)["y"]
    apart = convert(tflite, reuse=False).step({"x": x})["y"]
    np.testing.assert_array_equal(apart, expected)


def float_in_the_middle(after: str) -> bytes:
    """Build a model that goes through float32 and on by an operator."""
    maker = ModelMaker()
    x, y = (maker.activation(8, 0.1, name, dtype=np.int8) for name in "xy")
    middle = maker.plain([1, 8], np.float32, "middle")
    maker.operator("DEQUANTIZE", [x], middle)
    if after == "QUANTIZE":
        maker.operator("QUANTIZE", [middle], y)
        return maker.finish({"x": x}, {"y": y})
    root = maker.plain([1, 8], np.float32, "root")
    maker.operator(after, [middle], root)
    return maker.finish({"x": x}, {"y": root})


@pytest.mark.parametrize(
    ("tflite", "words"),
    [
        (float_in_the_middle("QUANTIZE"), "operator 0 (DEQUANTIZE) has 'middle'"),
        (float_in_the_middle("RELU"), "operator 0 (DEQUANTIZE) has 'middle'"),
        (
            model("QUANTIZE", [Quantised((8,), 1.0)], Quantised((8,), 1e-5)),
            "operator 0 (QUANTIZE) multiplies by 2^17",
        ),
        (
            model("RELU", [Quantised((8,), FLOAT32)], Quantised((8,), FLOAT32)),
            "operator 0 (RELU): tensor 'x0' (float32 8) is float32",
        ),
    ],
)
def test_what_has_no_instruction_is_refused_by_name(tflite, words):
    with pytest.raises(TombolaError) as refusal:
        convert(tflite)
    assert words in str(refusal.value)
