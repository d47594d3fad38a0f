"""A tone decoder becomes a .tflite: int8 weights per channel, int16 activations.

The decoder is written out as one step with its state as input and output, because a
recurrent layer of Keras does not convert and a concatenated gate would let the scales
of the state drift apart.
"""

import json
from typing import Any

import numpy as np

from tombola.errors import TombolaError
from tombola.training.export.decoder import DecoderWeights, Floats
from tombola.training.export.quiet import quiet
from tombola.training.voices.tone import CONTROLS

with quiet():
    import tensorflow as tf
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

_QUANTISERS_KERNELS = (
    tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
)
Steps = list[dict[str, Floats]]

METADATA_NAME = "tombola"
_FLOAT_TYPES = (0, 1, 10)  # FLOAT32, FLOAT16, FLOAT64 of schema.fbs's TensorType


def export_tflite(
    weights: DecoderWeights, controls: Floats, metadata: dict[str, Any]
) -> bytes:
    """Quantise a decoder and return the bytes of its .tflite.

    Signature: `controls` [1, 4], `state_gru` [1, H] -> `amplitudes` [1, 130],
    `state_gru` [1, H], all int16. Both ends of the state have one scale, so a step's
    output is the next step's input as it stands.

    Args:
        weights: The decoder, of any widths.
        controls: [N, 4] real controls in -1..1 in the order of time; the decoder is
            run over them and its activations' extremes become the scales.
        metadata: Goes into the file as JSON under the name `tombola`.

    Raises:
        TombolaError: The controls are too few or not finite.
    """
    if controls.ndim != 2 or controls.shape[1] != CONTROLS or len(controls) < 2:
        raise TombolaError(
            f"export: controls have shape {controls.shape}, at least [2, {CONTROLS}] "
            "is needed; give more sounds"
        )
    if not np.isfinite(controls).all():
        raise TombolaError("export: the controls are not finite; make the corpus again")
    with quiet():
        steps = _calibration(_convert(weights, None), weights, controls)
        model = flatbuffer_utils.convert_bytearray_to_object(
            bytearray(_convert(weights, steps))
        )
        _check(model)
        _add_metadata(model, metadata)
        return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _convert(weights: DecoderWeights, calibration: Steps | None) -> bytes:
    """Convert in float, or quantised by running over `calibration`."""
    step = _step_module(weights)
    signature = step.step.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([signature], step)
    if calibration is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: iter(calibration)
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        ]
        converter.inference_input_type = tf.int16
        converter.inference_output_type = tf.int16
    content: bytes = converter.convert()
    return content


def _step_module(weights: DecoderWeights) -> Any:
    H = weights.widths.gru

    def linear(x: Any, w: Floats, b: Floats) -> Any:
        return tf.matmul(x, tf.constant(w), transpose_b=True) + tf.constant(b)

    class Step(tf.Module):  # type: ignore[misc]
        @tf.function(  # type: ignore[untyped-decorator]
            input_signature=[
                tf.TensorSpec([1, CONTROLS], tf.float32, name="controls"),
                tf.TensorSpec([1, H], tf.float32, name="state_gru"),
            ]
        )
        def step(self, controls: Any, state_gru: Any) -> dict[str, Any]:
            x = tf.nn.relu(linear(controls, weights.input_w, weights.input_b))

            def gate(k: int) -> tuple[Any, Any]:
                rows = slice(k * H, (k + 1) * H)
                return (
                    linear(x, weights.gru_w_ih[rows], weights.gru_b_ih[rows]),
                    linear(state_gru, weights.gru_w_hh[rows], weights.gru_b_hh[rows]),
                )

            (r_x, r_h), (z_x, z_h), (n_x, n_h) = gate(0), gate(1), gate(2)
            r, z = tf.sigmoid(r_x + r_h), tf.sigmoid(z_x + z_h)
            n = tf.tanh(n_x + r * n_h)
            # torch's (1 - z) n + z h with one product less, and exact where z is 1.
            state = n + z * (state_gru - n)
            y = tf.nn.relu(linear(state, weights.output_w, weights.output_b))
            amplitudes = tf.sigmoid(linear(y, weights.head_w, weights.head_b))
            return {"amplitudes": amplitudes, "state_gru": state}

    return Step()


def _calibration(plain: bytes, weights: DecoderWeights, controls: Floats) -> Steps:
    """Run the float model over `controls`, and note each step's controls and state.

    The corners of the controls' range come first, so that their scale is 1 / 32767.
    The steps end where the state's largest value so far has been an input as well as
    an output: the quantiser then sees one range for both, and gives them one scale.
    """
    # These kernels, and not the reference's, are what the quantiser's own run uses: its
    # outputs must be our inputs to the last bit.
    model = tf.lite.Interpreter(
        model_content=plain,
        experimental_op_resolver_type=_QUANTISERS_KERNELS,
    )
    run = model.get_signature_runner()
    corners = np.array([[1.0] * CONTROLS, [-1.0] * CONTROLS], np.float32)
    rows = np.concatenate([corners, controls.astype(np.float32)])
    states = np.zeros((len(rows) + 1, weights.widths.gru), np.float32)
    for t, row in enumerate(rows):
        states[t + 1] = run(controls=row[None], state_gru=states[t : t + 1])[
            "state_gru"
        ]
    going_in = np.maximum.accumulate(np.abs(states).max(axis=1))
    closed = np.flatnonzero(going_in[1:] == going_in[:-1])
    steps = int(closed[-1]) + 1 if len(closed) else 0
    if steps < len(rows) // 2:
        raise TombolaError(
            f"export: the decoder's state still grows after {len(rows)} steps of the "
            "corpus's controls, so its range is not known; give more or longer sounds"
        )
    return [
        {"controls": rows[t : t + 1], "state_gru": states[t : t + 1]}
        for t in range(steps)
    ]


def _check(model: Any) -> None:
    """Assert what the converter promises and does not always keep.

    `model` is schema.fbs's ModelT. Float islands stay where TensorFlow knows no
    quantised form of an operator; state scales differ where a range was cut off.
    """
    (graph,) = model.subgraphs
    floats = [t.name.decode() for t in graph.tensors if t.type in _FLOAT_TYPES]
    assert not floats, f"tensors that are still float: {floats}"
    (signature,) = model.signatureDefs
    inputs = {m.name.decode(): m.tensorIndex for m in signature.inputs}
    outputs = {m.name.decode(): m.tensorIndex for m in signature.outputs}
    before, after = (
        graph.tensors[ends["state_gru"]].quantization for ends in (inputs, outputs)
    )
    assert list(before.scale) == list(after.scale), (
        f"state_gru goes in at scale {before.scale} and comes out at {after.scale}"
    )
    assert list(before.zeroPoint) == list(after.zeroPoint) == [0]


def _add_metadata(model: Any, metadata: dict[str, Any]) -> None:
    text = json.dumps(metadata, ensure_ascii=False, allow_nan=False)
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = list(text.encode("utf-8"))
    entry.name, entry.buffer = METADATA_NAME, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
