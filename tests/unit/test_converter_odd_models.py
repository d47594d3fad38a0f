"""Whole files in which an operator has the wrong tensors are refused, one and all."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import ModelMaker

from tombola.converter import convert
from tombola.converter.lower import _HANDLERS
from tombola.errors import TombolaError

SHAPES = st.lists(st.integers(1, 5), max_size=5)
ACTIVATIONS = st.tuples(
    SHAPES,
    st.sampled_from([np.int8, np.int16, np.float32, np.int32]),
    st.sampled_from([0.1, 2.0**-15, 1e-9, 1e9]),
    st.sampled_from([0, 3, -128]),
)
CONSTANTS = st.tuples(
    SHAPES,
    st.sampled_from([np.int8, np.int16, np.int32, np.int64, np.float32]),
    st.sampled_from([[], [0.1], [0.1, 0.2, 0.3]]),
    st.integers(-3, 5),
)


@st.composite
def models(draw: st.DrawFn) -> bytes:
    """Draw one operator with any tensors, or none."""
    maker = ModelMaker()

    def activation(name: str) -> int:
        shape, dtype, scale, zero_point = draw(ACTIVATIONS)
        return maker.activation(
            shape, scale, name, zero_point=zero_point, dtype=np.dtype(dtype)
        )

    def constant() -> int:
        shape, dtype, scales, value = draw(CONSTANTS)
        return maker.constant(np.full(shape, value, dtype), scales)

    inputs = {f"x{i}": activation(f"x{i}") for i in range(draw(st.integers(0, 3)))}
    outputs = {f"y{i}": activation(f"y{i}") for i in range(draw(st.integers(0, 2)))}
    constants = [constant() for _ in range(draw(st.integers(0, 4)))]
    given_ = draw(st.permutations([*inputs.values(), *constants, -1]))
    kind = draw(st.sampled_from(sorted(_HANDLERS)))
    taken = given_[: draw(st.integers(0, len(given_)))]
    maker.operator(kind, taken, list(outputs.values()))
    return maker.finish(inputs, outputs)


@settings(max_examples=300, deadline=None)
@given(models())
def test_an_operator_with_any_tensors_converts_or_is_refused(model):
    with contextlib.suppress(TombolaError):
        convert(model)


@pytest.mark.parametrize("kind", sorted(_HANDLERS))
def test_an_operator_without_tensors_is_refused_with_its_name(kind):
    maker = ModelMaker()
    x = maker.activation(4, 0.1)
    maker.operator(kind, [], [])
    with pytest.raises(TombolaError, match=rf"operator 0 \({kind}\)"):
        convert(maker.finish({"x": x}, {"y": x}))


def test_a_variable_that_no_layer_owns_is_refused():
    maker = ModelMaker()
    x = maker.activation(4, 0.1, "x", variable=True)
    y = maker.activation(4, 0.1, "y")
    maker.operator("RESHAPE", [x], y)
    with pytest.raises(TombolaError, match=r"operator 0 .* variable 'x'"):
        convert(maker.finish({}, {"y": y}))


def test_axes_that_are_no_whole_numbers_are_refused():
    maker = ModelMaker()
    x, y = maker.activation([2, 3], 0.1, "x"), maker.activation([2], 0.1, "y")
    axes = maker.constant(np.array([np.nan], np.float32), [])
    maker.operator("MEAN", [x, axes], y)
    with pytest.raises(TombolaError, match="1 whole numbers are needed"):
        convert(maker.finish({"x": x}, {"y": y}))


@pytest.mark.parametrize("kind", ["ADD", "MUL", "MAXIMUM"])
def test_shapes_that_do_not_fit_are_refused_for_a_single_element_too(kind):
    maker = ModelMaker()
    inputs = {
        name: maker.activation([size], 0.1, name, dtype=np.dtype(np.int8))
        for name, size in (("a", 8), ("b", 3))
    }
    outputs = {"y": maker.activation([1], 0.1, "y", dtype=np.dtype(np.int8))}
    maker.operator(kind, list(inputs.values()), list(outputs.values()))
    with pytest.raises(TombolaError, match=kind):
        convert(maker.finish(inputs, outputs))


def test_a_constant_without_a_scale_is_refused_where_a_table_is_made():
    maker = ModelMaker()
    x = maker.activation([4], 0.1, "x", dtype=np.dtype(np.int8))
    slope = maker.constant(np.full([1], 3, np.int32), [])
    y = maker.activation([4], 0.1, "y", dtype=np.dtype(np.int8))
    maker.operator("PRELU", [x, slope], [y])
    with pytest.raises(TombolaError, match="PRELU"):
        convert(maker.finish({"x": x}, {"y": y}))


@pytest.mark.parametrize("kind", ["ADD", "SUB"])
def test_an_output_too_coarse_for_a_sum_is_refused(kind):
    """The reference kernels end the process there: 2^20 steps of it are infinite."""

    def model(scale: float) -> bytes:
        maker = ModelMaker()
        x = maker.activation([4], 0.1, "x", dtype=np.dtype(np.int8))
        constant = maker.constant(np.full([1], 3, np.int8), [0.1])
        y = maker.activation([4], scale, "y", dtype=np.dtype(np.int8))
        maker.operator(kind, [x, constant], [y])
        return maker.finish({"x": x}, {"y": y})

    convert(model(3.2e32))
    with pytest.raises(TombolaError, match="no float32"):
        convert(model(3.3e32))


@pytest.mark.parametrize("kind", sorted(_HANDLERS))
def test_an_operator_without_outputs_is_refused_whatever_it_takes(kind):
    maker = ModelMaker()
    inputs = {
        name: maker.activation([1, 4], 0.1, name, dtype=np.dtype(np.int8))
        for name in ("a", "b")
    }
    maker.operator(kind, list(inputs.values()), [])
    with pytest.raises(TombolaError, match=f"{kind}.* has no outputs"):
        convert(maker.finish(inputs, {}))
