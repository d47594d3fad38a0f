"""Writes the networks of tests/data/models that `make bench` measures.

Run it as `python -m tombola.training.export.bench_models firmware/tickets/harp.tflite
tests/data/models`. The cells have random weights; the tone voice is a ticket's own,
quantised to int8. The models whose names begin with m1, m2 and m3 come from elsewhere:
they are what the engine was first compared by, and stay as they are.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter as Reader

from tombola.files import whole
from tombola.training.export.decoder import DecoderWeights, Floats
from tombola.training.export.fixture import random_controls
from tombola.training.export.quiet import quiet

with quiet():
    import tensorflow as tf

STEPS = 600
UNITS = 64
Frames = list[dict[str, Floats]]


def linear(random: np.random.Generator, rows: int, columns: int) -> Callable[..., Any]:
    """Return x -> W x + b with random weights of a gain of about one."""
    weights = tf.constant(random.normal(0, columns**-0.5, (rows, columns)), tf.float32)
    bias = tf.constant(random.normal(0, 0.1, rows), tf.float32)
    return lambda x: tf.matmul(x, weights, transpose_b=True) + bias


def gru(inputs: int, units: int) -> Any:
    """Return a step of a GRU: x, state_h -> state_h."""
    random = np.random.default_rng(inputs)
    of_x = [linear(random, units, inputs) for _ in range(3)]
    of_h = [linear(random, units, units) for _ in range(3)]

    def step(x: Any, state_h: Any) -> dict[str, Any]:
        reset = tf.sigmoid(of_x[0](x) + of_h[0](state_h))
        update = tf.sigmoid(of_x[1](x) + of_h[1](state_h))
        new = tf.tanh(of_x[2](x) + reset * of_h[2](state_h))
        return {"state_h": new + update * (state_h - new)}

    return module(step, x=inputs, state_h=units)


def lstm(inputs: int, units: int) -> Any:
    """Return a step of an LSTM: x, state_h, state_c -> state_h, state_c."""
    random = np.random.default_rng(inputs)
    of_x = [linear(random, units, inputs) for _ in range(4)]
    of_h = [linear(random, units, units) for _ in range(4)]

    def step(x: Any, state_h: Any, state_c: Any) -> dict[str, Any]:
        sums = [a(x) + b(state_h) for a, b in zip(of_x, of_h, strict=True)]
        take, keep, give = (tf.sigmoid(total) for total in sums[:3])
        state_c = keep * state_c + take * tf.tanh(sums[3])
        return {"state_h": give * tf.tanh(state_c), "state_c": state_c}

    return module(step, x=inputs, state_h=units, state_c=units)


def sequence_lstm(steps: int, inputs: int, units: int) -> Any:
    """Return an LSTM over a sequence: x -> y, which becomes one fused operator.

    TensorFlow's converter fuses a function that has the attributes and the arguments of
    the one that Keras 2 makes of its LSTM (gates i, f, g, o); Keras 3 no longer does.
    """
    random = np.random.default_rng(inputs)
    kernels = [
        tf.constant(random.normal(0, rows**-0.5, (rows, 4 * units)), tf.float32)
        for rows in (inputs, units)
    ]
    bias = tf.constant(random.normal(0, 0.1, 4 * units), tf.float32)

    def layer(x: Any, h: Any, c: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        outputs = []
        for t in range(steps):
            sums = tf.matmul(x[:, t], kernel) + tf.matmul(h, recurrent) + bias
            i, f, g, o = tf.split(sums, 4, axis=1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            h = tf.sigmoid(o) * tf.tanh(c)
            outputs.append(h)
        return h, tf.stack(outputs, axis=1), h, c, tf.constant(0.0)

    fused = tf.function(
        layer,
        experimental_attributes={
            "api_implements": "lstm_layer",
            "api_preferred_device": "CPU",
            "time_major": False,
            "go_backwards": False,
        },
    )
    zeros = tf.zeros([1, units])
    result = tf.Module()
    result.step = tf.function(
        lambda x: {"y": fused(x, zeros, zeros, *kernels, bias)[1]},
        input_signature=[tf.TensorSpec([1, steps, inputs], tf.float32, name="x")],
    )
    return result


def tone(weights: DecoderWeights) -> Any:
    """Return a step of a tone voice, as tombola.training.export.tflite has it."""
    H = weights.widths.gru

    def of(x: Any, w: Floats, b: Floats) -> Any:
        return tf.matmul(x, tf.constant(w), transpose_b=True) + tf.constant(b)

    def step(controls: Any, state_gru: Any) -> dict[str, Any]:
        x = tf.nn.relu(of(controls, weights.input_w, weights.input_b))
        gates = [slice(k * H, (k + 1) * H) for k in range(3)]
        of_x = [of(x, weights.gru_w_ih[k], weights.gru_b_ih[k]) for k in gates]
        of_h = [of(state_gru, weights.gru_w_hh[k], weights.gru_b_hh[k]) for k in gates]
        r, z = (tf.sigmoid(of_x[k] + of_h[k]) for k in range(2))
        n = tf.tanh(of_x[2] + r * of_h[2])
        state = n + z * (state_gru - n)
        y = tf.nn.relu(of(state, weights.output_w, weights.output_b))
        head = of(y, weights.head_w, weights.head_b)
        return {"amplitudes": tf.sigmoid(head), "state_gru": state}

    return module(step, controls=4, state_gru=H)


def module(step: Callable[..., dict[str, Any]], **widths: int) -> Any:
    """Return a tf.Module whose `step` takes float32 [1, width] by these names."""
    specs = [tf.TensorSpec([1, n], tf.float32, name=k) for k, n in widths.items()]
    result = tf.Module()
    result.step = tf.function(step, input_signature=specs)
    return result


def tone_weights(ticket: Path) -> DecoderWeights:
    """Return the weights of a tone voice's .tflite, as real numbers."""
    reader = Reader(model_path=str(ticket))
    reader.allocate_tensors()
    details = reader.get_tensor_details()

    def real(index: int) -> Floats:
        q = details[index]["quantization_parameters"]
        values = reader.get_tensor(index).astype(np.float64)
        scales = q["scales"].reshape(-1, *[1] * (values.ndim - 1))
        single: Floats = (values * scales).astype(np.float32)
        return single

    dense = [
        (real(op["inputs"][1]), real(op["inputs"][2]))
        for op in reader._get_ops_details()
        if op["op_name"] == "FULLY_CONNECTED"
    ]
    first, *gates, output, head = dense
    of_x, of_h = gates[:3], gates[3:]
    return DecoderWeights(
        *first,
        np.concatenate([w for w, _ in of_x]),
        np.concatenate([w for w, _ in of_h]),
        np.concatenate([b for _, b in of_x]),
        np.concatenate([b for _, b in of_h]),
        *output,
        *head,
    )


def quantise(step: Any, inputs: dict[str, Floats], dtype: Any) -> bytes:
    """Return the .tflite with int8 weights and activations of `dtype`.

    Args:
        step: What `module` returns.
        inputs: Name to [steps, ...] for the inputs that are no state.
        dtype: tf.int8 or tf.int16.
    """
    signature = step.step.get_concrete_function()

    def converter() -> Any:
        return tf.lite.TFLiteConverter.from_concrete_functions([signature], step)

    frames = calibration(converter().convert(), inputs)
    quantiser = converter()
    quantiser.optimizations = [tf.lite.Optimize.DEFAULT]
    quantiser.representative_dataset = lambda: iter(frames)
    sets = tf.lite.OpsSet
    quantiser.target_spec.supported_ops = [
        sets.TFLITE_BUILTINS_INT8
        if dtype == tf.int8
        else sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    ]
    quantiser.inference_input_type = quantiser.inference_output_type = dtype
    content: bytes = quantiser.convert()
    return content


def calibration(plain: bytes, inputs: dict[str, Floats]) -> Frames:
    """Run the float model and return each step's inputs and states.

    The steps end where every state's extremes so far have gone in as well as come out:
    the quantiser then sees one range for both, and gives them one scale.
    """
    model = tf.lite.Interpreter(
        model_content=plain,
        experimental_op_resolver_type=(
            tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        ),
    )
    run = model.get_signature_runner()
    states = {
        name: np.zeros(detail["shape"], np.float32)
        for name, detail in run.get_input_details().items()
        if name not in inputs
    }
    frames: Frames = []
    closed = 0
    lows = dict.fromkeys(states, 0.0)
    highs = dict.fromkeys(states, 0.0)
    for t in range(len(next(iter(inputs.values())))):
        frame = {name: values[t : t + 1] for name, values in inputs.items()}
        frames.append({**frame, **states})
        for name, state in states.items():
            lows[name] = min(lows[name], float(state.min()))
            highs[name] = max(highs[name], float(state.max()))
        after = run(**frames[-1])
        states = {name: after[name] for name in states}
        if all(
            lows[name] <= state.min() and state.max() <= highs[name]
            for name, state in states.items()
        ):
            closed = t + 1
    assert closed > STEPS // 2, "a state still grows"
    return frames[:closed]


def main(ticket: Path, folder: Path) -> None:
    """Write every model."""
    x16, x64 = (
        np.random.default_rng(n).uniform(-1, 1, (STEPS, n)).astype(np.float32)
        for n in (16, 64)
    )
    sequences = np.random.default_rng(8).uniform(-1, 1, (STEPS, 8, 16))
    controls = random_controls(2 * STEPS, seed=2)
    voice = tone(tone_weights(ticket))
    models = {
        "gru64_16x8": (gru(16, UNITS), {"x": x16}, tf.int16),
        "gru64_64_16x8": (gru(64, UNITS), {"x": x64}, tf.int16),
        "lstm32_int8": (lstm(16, UNITS // 2), {"x": x16}, tf.int8),
        "lstm32_16x8": (lstm(16, UNITS // 2), {"x": x16}, tf.int16),
        "lstm32_sequence_int8": (
            sequence_lstm(8, 16, UNITS // 2),
            {"x": sequences.astype(np.float32)},
            tf.int8,
        ),
        "harp_int8": (voice, {"controls": controls}, tf.int8),
    }
    for name, (step, inputs, dtype) in models.items():
        with quiet():
            content = quantise(step, inputs, dtype)
        with whole(folder / f"{name}.tflite") as temporary:
            temporary.write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
