"""ADD, SUB, MUL, MAXIMUM and MINIMUM give the bits of litert's reference kernels."""

from itertools import product

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from cortex_m7 import assert_same
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from single_operator import (
    ACTIVATIONS,
    TYPES,
    Quantised,
    model,
    same,
    scales,
    values,
    whole_range,
    zero_point,
)
from small_models import ModelMaker

from tombola.converter import convert
from tombola.converter.operators.elementwise import AddShifted
from tombola.converter.operators.table import Table
from tombola.errors import TombolaError

KINDS = ["ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM"]
SEEDS = st.integers(0, 2**31)
SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)


def fused(name: str) -> int:
    """Return an activation's number in the schema."""
    return int(getattr(schema.ActivationFunctionType, name))


def pairs(dtype, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two inputs, with the extremes of both at one place and apart."""
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    corners = np.array([(low, low), (high, high), (low, high), (high, low)], dtype)
    a, b = values(seed, count, dtype), values(seed + 1, count, dtype)[::-1].copy()
    a[: len(corners[:count])] = corners[:count, 0]
    b[: len(corners[:count])] = corners[:count, 1]
    return a, b


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(["ADD", "SUB"]),
    dtype=st.sampled_from(TYPES),
    shape=SHAPES,
    a=scales(-5.0, 0.0),
    ratio=st.one_of(st.just(0.0), st.floats(-3.0, 3.0)),
    headroom=st.floats(-1.5, 1.5),
    activation=st.sampled_from(ACTIVATIONS),
    seed=SEEDS,
)
def test_add_and_sub(*, kind, dtype, shape, a, ratio, headroom, activation, seed):
    b = float(np.float32(a * 10.0**ratio))
    y = float(np.float32(max(a, b) * 10.0**headroom))
    random = np.random.default_rng(seed)
    tensors = [
        Quantised(shape, scale, zero_point(random, dtype), dtype) for scale in (a, b, y)
    ]
    tflite = model(
        *(kind, tensors[:2], tensors[2]),
        fusedActivationFunction=fused(activation),
        potScaleInt16=False,
    )
    x0, x1 = pairs(dtype, int(np.prod(shape)), seed)
    same(tflite, x0=x0, x1=x1)


@pytest.mark.parametrize(
    ("kind", "dtype", "power"), list(product(["ADD", "SUB"], TYPES, [1, 3, 6]))
)
def test_sums_on_ties(kind, dtype, power):
    """Every other sum, or each of a few, lies in the middle of two outputs."""
    a = whole_range(dtype)[:: 1 if dtype == np.int8 else 17].copy()
    b = np.roll(a, 5) // 3
    tensors = [Quantised((a.size,), s, 0, dtype) for s in (1.0, 1.0, 2.0**power)]
    tflite = model(kind, tensors[:2], tensors[2], potScaleInt16=False)
    same(tflite, x0=a, x1=b)


def test_the_second_term_of_a_difference_is_rounded_before_its_sign():
    """A negative factor puts 13 of these on the other side of a tie."""
    a = whole_range(np.int16)[::8]
    a_scale, b_scale, y_scale = 3.0312898e-05, 1.6997381e-05, 5.4685079e-05
    tensors = [Quantised((a.size,), s) for s in (a_scale, b_scale, y_scale)]
    tflite = model("SUB", tensors[:2], tensors[2], potScaleInt16=False)
    for offset in range(8):
        x0 = (a + offset).astype(np.int16)
        same(tflite, x0=x0, x1=np.full_like(x0, -32768))


@settings(max_examples=20, deadline=None)
@given(
    kind=st.sampled_from(["ADD", "SUB"]),
    right=st.integers(0, 15),
    swap=st.booleans(),
    activation=st.sampled_from(ACTIVATIONS),
    seed=SEEDS,
)
def test_add_and_sub_of_powers_of_two(kind, right, swap, activation, seed):
    pair = [Quantised((300,), 2.0**-12), Quantised((300,), 2.0 ** (-12 - right))]
    tflite = model(
        *(kind, pair[::-1] if swap else pair, Quantised((300,), 2.0**-12)),
        fusedActivationFunction=fused(activation),
        potScaleInt16=True,
    )
    x0, x1 = pairs(np.int16, 300, seed)
    converted = same(tflite, x0=x0, x1=x1)
    assert isinstance(converted.plan.program.instructions[0], AddShifted)


@settings(max_examples=80, deadline=None)
@given(
    dtype=st.sampled_from(TYPES),
    shape=SHAPES,
    a=scales(-5.0, 0.0),
    b=scales(-5.0, 0.0),
    headroom=st.floats(-4.0, 2.0),
    activation=st.sampled_from(ACTIVATIONS),
    seed=SEEDS,
)
def test_mul(dtype, shape, a, b, headroom, activation, seed):
    y = float(np.float32(a * b * -np.iinfo(dtype).min * 10.0**headroom))
    assume(dtype == np.int8 or a * b / y < 0.99)
    # litert refuses a RELU6 whose 6 is no int32 at the output's scale.
    assume(6.0 / y < 2.0**31)
    random = np.random.default_rng(seed)
    tensors = [
        Quantised(shape, scale, zero_point(random, dtype), dtype) for scale in (a, b, y)
    ]
    tflite = model(
        *("MUL", tensors[:2], tensors[2]), fusedActivationFunction=fused(activation)
    )
    x0, x1 = pairs(dtype, int(np.prod(shape)), seed)
    same(tflite, x0=x0, x1=x1)


@pytest.mark.parametrize(("dtype", "power"), list(product(TYPES, [1, 2, 5, 9])))
def test_products_on_ties(dtype, power):
    a = whole_range(dtype)[:: 1 if dtype == np.int8 else 17].copy()
    tensors = [Quantised((a.size,), s, 0, dtype) for s in (1.0, 1.0, 2.0**power)]
    tflite = model("MUL", tensors[:2], tensors[2])
    for factor in (1, -1, 3, -5):
        same(tflite, x0=a, x1=np.full_like(a, factor))


@settings(max_examples=20, deadline=None)
@given(
    kind=st.sampled_from(["MAXIMUM", "MINIMUM"]),
    dtype=st.sampled_from(TYPES),
    shape=SHAPES,
    seed=SEEDS,
)
def test_maximum_and_minimum(kind, dtype, shape, seed):
    tensor = Quantised(
        shape, 0.1, zero_point(np.random.default_rng(seed), dtype), dtype
    )
    x0, x1 = pairs(dtype, int(np.prod(shape)), seed)
    same(model(kind, [tensor, tensor], tensor), x0=x0, x1=x1)


def binary(kind: str) -> dict[str, object]:
    """Return the options without which ADD and SUB take another path."""
    return {"potScaleInt16": False} if kind in ("ADD", "SUB") else {}


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    dtype=st.sampled_from(TYPES),
    shape=SHAPES,
    data=st.data(),
    constant=st.booleans(),
    seed=SEEDS,
)
def test_broadcasting(*, kind, dtype, shape, data, constant, seed):
    """Inputs with ones for some dimensions, or without the first of them."""
    shapes = [
        tuple(data.draw(st.sampled_from([1, n])) for n in shape)[
            data.draw(st.integers(0, len(shape) - 1)) :
        ]
        for _ in range(2)
    ]
    output = Quantised(np.broadcast_shapes(*shapes), 0.1, 0, dtype)
    inputs = [Quantised(shape, 0.1, 0, dtype) for shape in shapes]
    x0, x1 = (
        values(seed + i, int(np.prod(shape)), dtype) for i, shape in enumerate(shapes)
    )
    if kind == "MUL":
        output = Quantised(output.shape, 0.3, 0, dtype)
    if constant:
        tflite = model(kind, [inputs[0], x1.reshape(shapes[1])], output, **binary(kind))
        same(tflite, x0=x0)
    else:
        same(model(kind, inputs, output, **binary(kind)), x0=x0, x1=x1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", [False, True])
def test_one_constant_makes_a_table_in_int8(kind, first):
    tensor = Quantised((1, 256), 0.1, 7, np.int8)
    inputs = [tensor, np.array([-90], np.int8)]
    fused_relu = (
        {} if kind in ("MAXIMUM", "MINIMUM") else {"fusedActivationFunction": 1}
    )
    tflite = model(kind, inputs[::-1] if first else inputs, tensor, **fused_relu)
    name = "x1" if first else "x0"
    converted = same(tflite, **{name: whole_range(np.int8)})
    assert [type(step) for step in converted.plan.program.instructions] == [Table]


def every_kind(dtype) -> bytes:
    """A model of every instruction of the family, of a count that is no four."""
    maker = ModelMaker()
    random = np.random.default_rng(5)
    step = 2.0**-5 if dtype == np.int8 else 2.0**-12

    def tensor(scale: float, zero: int) -> int:
        return maker.activation([3, 7], scale, zero_point=zero, dtype=dtype)

    def then(kind: str, inputs: list[int], scale: float, **options: object) -> int:
        y = tensor(scale, zero_point(random, dtype))
        maker.operator(kind, inputs, y, **options)
        return y

    a, b, c = tensor(step, 0), tensor(step / 4, 0), tensor(step, 0)
    total = then("ADD", [a, b], 1.3 * step, potScaleInt16=False)
    rest = then("SUB", [b, total], 1.7 * step, potScaleInt16=False)
    twice = then("ADD", [a, c], 1.9 * step, potScaleInt16=False)
    bounded = then("MUL", [rest, twice], 2 * step, fusedActivationFunction=3)
    shifted = then("SUB", [a, b], step, potScaleInt16=True)
    greater, lesser = tensor(step, 0), tensor(step, 0)
    maker.operator("MAXIMUM", [a, c], greater)
    maker.operator("MINIMUM", [greater, a], lesser)
    outputs = {"y0": bounded, "y1": shifted, "y2": greater, "y3": lesser}
    return maker.finish({"a": a, "b": b, "c": c}, outputs)


@pytest.mark.parametrize("dtype", TYPES)
def test_every_kind_on_the_cortex_m7(engine, dtype):
    assert_same(engine, convert(every_kind(dtype)), steps=6)


def of(kind: str, scales: list[float], dtype=np.int16, **options: object) -> bytes:
    """Build a model of eight elements and these scales."""
    tensors = [Quantised((8,), scale, 0, dtype) for scale in scales]
    return model(kind, tensors[:-1], tensors[-1], **options)


@pytest.mark.parametrize(
    ("tflite", "words"),
    [
        (
            model("MUL", [Quantised((8,), 0.1)] * 2, Quantised((8,), 1, 0, np.int8)),
            "giving 'y' (int8 8)",
        ),
        (
            model(
                "MUL", [Quantised((8,), 0.1), Quantised((3,), 1)], Quantised((8,), 1)
            ),
            "operator 0 (MUL) has 'x0' (int16 8) and 'x1' (int16 3)",
        ),
        (of("ADD", [1.0, 1.0, 1e-4], potScaleInt16=False), "too fine"),
        (of("SUB", [1.0, 1.0, 1e-6], np.int8), "too fine"),
        (of("MUL", [1.0, 1.0, 0.1]), "too fine"),
        (of("MUL", [1.0, 1.0, 1e-5], np.int8), "too fine"),
        (of("MAXIMUM", [0.1, 0.2, 0.1], np.int8), "different scales"),
        (of("ADD", [1.0, 2.0**-16, 1.0], potScaleInt16=True), "2^15 less"),
    ],
)
def test_what_has_no_instruction_is_refused_by_name(tflite, words):
    with pytest.raises(TombolaError) as refusal:
        convert(tflite)
    assert words in str(refusal.value)
