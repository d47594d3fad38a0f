"""A tone decoder becomes a .tflite: int8 weights per channel, int16 activations.

The decoder is written out as one step with its state as input and output, because a
recurrent layer of Keras does not convert and a concatenated gate would let the scales
of the state drift apart.
"""

from typing import Any

import numpy as np

from tombola.errors import TombolaError
from tombola.training.export.decoder import DecoderWeights, Floats
from tombola.training.export.quantise import (
    Steps,
    as_the_quantiser_runs,
    in_float,
    quantised,
)
from tombola.training.export.quiet import quiet
from tombola.training.voices.tone import CONTROLS

with quiet():
    import tensorflow as tf


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
        step = _step_module(weights)
        steps = _calibration(in_float(step), weights, controls)
        return quantised(step, steps, metadata)


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
    model = as_the_quantiser_runs(plain)
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
