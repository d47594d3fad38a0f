"""The sequence LSTM gives the bits of litert's kernel, states and all."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cortex_m7 import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import ModelMaker, reference

from tombola.converter import convert
from tombola.converter.graph import Array
from tombola.converter.verify import first_difference, random_inputs, verify
from tombola.errors import TombolaError

MODELS = Path(__file__).parents[1] / "data" / "models"
TANH = 4
# The operator's inputs that Keras leaves out.
OUT = [-1] * 3
GATES = 4


def lstm(
    *,
    units: int = 3,
    inputs: int = 2,
    steps: int = 1,
    time_major: bool = False,
    seed: int = 0,
    decades: tuple[float, float] = (-3.0, -1.0),
    cell_power: int = -11,
    hidden: tuple[float, int] = (2.0**-7, 0),
    clip: float = 0.0,
    bias: Array | None = None,
    dtype: Any = np.int8,
    batch: int = 1,
    projection: bool = False,
    activation: int = TANH,
) -> bytes:
    """Build a layer of random weights and scales, and those that are given."""
    random = np.random.default_rng(seed)
    maker = ModelMaker()

    def scale() -> float:
        return float(np.float32(10.0 ** random.uniform(*decades)))

    def matrix(rows: int, columns: int) -> int:
        weights = random.integers(-127, 128, (rows, columns)).astype(np.int8)
        return maker.constant(weights if bias is None else 0 * weights, [scale()])

    x_scale, h_scale = (2.0**-6, 2.0**-6) if bias is not None else (scale(), scale())
    points = [int(p) for p in random.integers(-128, 128, 2)]
    points = points if dtype == np.int8 else [0, 0]
    shape = [steps, batch] if time_major else [batch, steps]
    x = maker.activation(
        [*shape, inputs], x_scale, "x", zero_point=points[0], dtype=dtype
    )
    if bias is None:
        bias = random.integers(-5000, 5000, (GATES, units))
    weights = [matrix(units, inputs) for _ in range(GATES)]
    weights += [matrix(units, units) for _ in range(GATES)]
    biases = [maker.constant(b.astype(np.int32), [1.0]) for b in bias]
    h, c = (
        maker.activation([batch, units], s, n, zero_point=p, dtype=t, variable=True)
        for s, n, p, t in (
            (h_scale, "h", points[1], dtype),
            (2.0**cell_power, "c", 0, np.int16),
        )
    )
    extra = [matrix(units, units), -1] if projection else [-1, -1]
    within = [maker.plain([0], np.float32) for _ in range(GATES)]
    scale_, point = hidden
    within.append(maker.activation([0], scale_, zero_point=point, dtype=np.int8))
    y = maker.activation(
        [*shape, units], h_scale, "y", zero_point=points[1], dtype=dtype
    )
    maker.operator(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [x, *weights, *OUT, *biases, *extra, h, c, *OUT, -1],
        y,
        within,
        fusedActivationFunction=activation,
        cellClip=clip,
        timeMajor=time_major,
    )
    return maker.finish({"x": x}, {"y": y})


def same(tflite: bytes, seed: int, runs: int = 3) -> None:
    """Compare outputs and both states over runs that follow each other."""
    interpreter = reference(tflite)
    converted = convert(tflite)
    detail = interpreter.get_input_details()[0]
    states = {
        name: converted.plan.program.values[value].tensor
        for name, (value, _) in converted.plan.program.states.items()
    }
    random = np.random.default_rng(seed)
    for _ in range(runs):
        x = random.integers(-128, 128, detail["shape"]).astype(np.int8)
        interpreter.set_tensor(detail["index"], x)
        interpreter.invoke()
        ours = converted.step({"x": x.reshape(-1)})
        y = interpreter.get_output_details()[0]["index"]
        for name, index in {"y": y, **states}.items():
            expected = interpreter.get_tensor(index).reshape(-1)
            np.testing.assert_array_equal(ours[name], expected)


@settings(max_examples=120, deadline=None)
@given(
    units=st.integers(1, 9),
    inputs=st.integers(1, 9),
    steps=st.integers(1, 6),
    time_major=st.booleans(),
    cell_power=st.integers(-15, -9),
    hidden=st.tuples(
        st.floats(-2.7, -1.9).map(lambda e: float(np.float32(10.0**e))),
        st.integers(-128, 127),
    ),
    clip=st.sampled_from([0.0, 0.3, 10.0]),
    seed=st.integers(0, 2**31),
)
def test_lstm(*, units, inputs, steps, time_major, cell_power, hidden, clip, seed):
    tflite = lstm(
        units=units,
        inputs=inputs,
        steps=steps,
        time_major=time_major,
        seed=seed,
        cell_power=cell_power,
        hidden=hidden,
        clip=clip,
    )
    same(tflite, seed)


@pytest.mark.parametrize("cell_power", range(-15, -8))
def test_every_sigmoid_and_tanh(cell_power):
    """Gates that are their biases: all of 16 bits in steps, and those around zero.

    With the other gates open or shut, the cell state is a gate, or tanh of one; from
    there the second run takes tanh of the cell.
    """
    sweep = np.concatenate([np.arange(-32768, 32768, 257), np.arange(-40, 41)])
    most, none = (np.full(len(sweep), n) for n in (32767, 0))
    for bias in ([sweep, none, most, most], [most, none, sweep, most]):
        tflite = lstm(
            units=len(sweep),
            inputs=1,
            bias=np.array(bias),
            cell_power=cell_power,
            hidden=(2.0**-8, 0),
        )
        same(tflite, seed=1, runs=2)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        # Two layers, the second without its sequence: LSTM(4, return_sequences=True),
        # LSTM(5) over 6 steps of 3, by tf_keras and TensorFlow 2.21.
        (
            "keras_lstm_int8",
            ["STRIDED_SLICE", "UNIDIRECTIONAL_SEQUENCE_LSTM"],
        ),
        # LSTM(4, return_sequences=True, unroll=True) over 2 steps of 3, by Keras 3.15
        # and TensorFlow 2.21, which fuse no LSTM with int16 activations.
        (
            "keras_lstm_unrolled_16x8",
            [
                *("ADD", "FULLY_CONNECTED", "LOGISTIC", "MUL", "PACK", "QUANTIZE"),
                *("RESHAPE", "SPLIT", "TANH", "UNPACK"),
            ],
        ),
    ],
)
def test_layers_of_keras_run_free(name, kinds):
    tflite = (MODELS.parent / f"{name}.tflite").read_bytes()
    converted = convert(tflite)
    assert sorted({node.kind for node in converted.graph.nodes}) == kinds
    runs = [random_inputs(converted, 100, seed) for seed in (2, 3)]
    comparisons = verify(tflite, runs)
    assert len(comparisons) >= len(kinds)
    assert first_difference(comparisons) is None


def test_states_are_kept_until_they_are_set_to_zero():
    converted = convert((MODELS / "lstm32_sequence_int8.tflite").read_bytes())
    states = converted.plan.program.states
    assert list(states) == ["lstm0_output", "lstm0_cell"]
    inputs = random_inputs(converted, 2, seed=3)
    first, second = (
        converted.step({name: x[0] for name, x in inputs.items()}) for _ in range(2)
    )
    assert any((first[name] != second[name]).any() for name in first)
    converted.network.reset()
    again = converted.step({name: x[0] for name, x in inputs.items()})
    for name, values in first.items():
        np.testing.assert_array_equal(again[name], values)


@pytest.mark.parametrize(
    ("tflite", "words"),
    [
        (lstm(projection=True), "has a projection"),
        (lstm(dtype=np.int16), "TensorFlow Lite has no kernel"),
        (lstm(batch=2), "one sequence of vectors"),
        (lstm(activation=1), "TANH is supported"),
        (lstm(cell_power=-8), "a power of two from 2^-15"),
        (lstm(hidden=(2.0**-31, 0)), "too fine"),
        (lstm(decades=(0.5, 0.6)), "may add up to"),
        (lstm(decades=(30.0, 31.0)), "may add up to"),
    ],
)
def test_what_has_no_instruction_is_refused_by_name(tflite, words):
    with pytest.raises(TombolaError) as refusal:
        convert(tflite)
    assert "operator 0 (UNIDIRECTIONAL_SEQUENCE_LSTM)" in str(refusal.value)
    assert words in str(refusal.value)


def test_int16_has_no_reference_to_be_held_against():
    with pytest.raises(RuntimeError, match="failed to prepare"):
        reference(lstm(dtype=np.int16))


def test_lstm_on_the_cortex_m7(engine):
    converted = convert(lstm(units=5, inputs=3, steps=2, seed=7, clip=0.5))
    assert_same(engine, converted, steps=4)
    converted = convert((MODELS / "lstm32_sequence_int8.tflite").read_bytes())
    instructions = assert_same(engine, converted, steps=2)
    # Measured: 223,024 for 8 steps of 32 units: 49,152 products, 256 times four gates.
    assert instructions < 235_000
