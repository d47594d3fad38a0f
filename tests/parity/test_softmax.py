"""SOFTMAX gives the bits of litert's reference kernels."""

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
from small_models import reference_run

from tombola.converter import convert
from tombola.errors import TombolaError

SEEDS = st.integers(0, 2**31)
OUTPUT = {np.int8: (1 / 256, -128), np.int16: (1 / 32768, 0)}


def softmax(
    shape: tuple[int, ...], scale: float, dtype, beta: float = 1.0, zero: int = 0
) -> bytes:
    """Build a model of one SOFTMAX with the output that litert asks for."""
    output = Quantised(shape, *OUTPUT[dtype], dtype)
    inputs = [Quantised(shape, scale, zero, dtype)]
    return model("SOFTMAX", inputs, output, beta=beta)


@settings(max_examples=60, deadline=None)
@given(
    dtype=st.sampled_from(TYPES),
    outer=st.lists(st.integers(1, 4), max_size=2),
    depth=st.integers(1, 130),
    scale=scales(-4.0, 0.3),
    beta=st.one_of(st.just(1.0), st.floats(0.05, 4.0)),
    spread=st.floats(0.01, 1.0),
    seed=SEEDS,
)
def test_softmax(*, dtype, outer, depth, scale, beta, spread, seed):
    shape = (*outer, depth)
    scale = scale if dtype == np.int8 else scale / 100
    zero = zero_point(np.random.default_rng(seed), dtype)
    x = values(seed, int(np.prod(shape)), dtype)
    x = (x * spread).astype(dtype)
    same(softmax(shape, scale, dtype, beta, zero), x0=x)


@pytest.mark.parametrize("scale", [0.0001, 0.01, 0.0731, 0.9, 7.0])
def test_int8_of_every_distance(scale):
    """Pairs, and rows of the same element, in which every exponential counts."""
    distances = np.arange(256)
    for rest in (1, 7, 300):
        shape = (256 // (8 if rest == 300 else 1), rest + 1)
        x = np.full(shape, -128)
        x[:, 0] += distances[:: 256 // shape[0]]
        same(softmax(shape, scale, np.int8), x0=x.astype(np.int8).reshape(-1))


@pytest.mark.parametrize("beta", [0.5, 1.0, 1.7])
def test_int16_of_every_distance(beta):
    """Pairs, so that both tables are met at every place of theirs."""
    scale = 10.0 / 65535.0
    distances = whole_range(np.int16)
    x = np.stack([distances, np.full_like(distances, -32768)], axis=1)
    expected = reference_run(
        softmax((65536, 2), scale, np.int16, beta), x0=x.reshape(-1)
    )["y"]
    network = convert(softmax((8192, 2), scale, np.int16, beta)).network
    ours = [network.step({"x0": part})["y"] for part in x.reshape(-1, 16384)]
    np.testing.assert_array_equal(np.concatenate(ours), expected)


def test_as_many_equal_elements_as_the_reference_takes_and_more():
    """At 512 the reference aborts; then the sum leaves nothing of any."""
    same(softmax((511,), 0.1, np.int8), x0=np.zeros(511, np.int8))
    y = convert(softmax((512,), 0.1, np.int8)).step({"x0": np.zeros(512, np.int8)})
    assert set(y["y"]) == {-128}
    x = np.full(4095, -128, np.int8)
    x[17] = 100
    same(softmax((4095,), 0.1, np.int8), x0=x)
    same(softmax((16384,), 0.001, np.int16), x0=np.full(16384, 7, np.int16))


@pytest.mark.parametrize("dtype", TYPES)
def test_on_the_cortex_m7(engine, dtype):
    assert_same(engine, convert(softmax((3, 29), 0.02, dtype)), steps=6)


@pytest.mark.parametrize(
    ("tflite", "words"),
    [
        (softmax((4096,), 0.1, np.int8), "operator 0 (SOFTMAX) has rows of 4,096"),
        (softmax((8,), 0.1, np.int8, beta=0.0), "beta 0"),
        (softmax((8,), 1e-8, np.int8), "too fine"),
        (softmax((8,), 9.0, np.int16), "too coarse"),
        (
            model(
                "SOFTMAX", [Quantised((8,), 0.1)], Quantised((8,), 1 / 256), beta=1.0
            ),
            "scale 0.00390625 and zero point 0; 3.05176e-05 and 0 are needed",
        ),
    ],
)
def test_what_has_no_instruction_is_refused_by_name(tflite, words):
    with pytest.raises(TombolaError) as refusal:
        convert(tflite)
    assert words in str(refusal.value)
