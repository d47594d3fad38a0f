"""How the texture voice is quantised: a frame at a time, int16 activations.

The .tflite is one frame: `controls` [1, 1, 1, 6] -> `taps` [1, 1, 12, 27], and the past
of each convolution, `state_...` [1, 1, 2, units], in and out. A causal convolution is a
CONV_2D over the past and the frame's own steps, and what gives several steps of one is
a TRANSPOSE_CONV.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tombola.errors import TombolaError
from tombola.training.corpus.corpus import SOUNDING, Clip, Corpus, Floats
from tombola.training.export import quantise
from tombola.training.export.calibration import CALIBRATION_STEPS, beginnings
from tombola.training.export.check import STEPS, Snr
from tombola.training.export.check import free_running_snr as decoders_snr
from tombola.training.export.exported import Exported, Metadata
from tombola.training.export.interpreted import Rollout
from tombola.training.export.quantise import Steps, as_the_quantiser_runs, in_float
from tombola.training.export.quiet import quiet
from tombola.training.voices.stand_in import StandIn
from tombola.training.voices.texture import (
    CONTROLS,
    KERNEL,
    PAST,
    STRIDES,
    TextureDecoder,
    TextureModel,
    hear,
    silence,
)
from tombola.training.voices.texture_synth import OUTPUTS, TAPS
from tombola.training.voices.voice import Decoder, Model

with quiet():
    import tensorflow as tf

STATES = ("state_input", "state_rise", "state_fine")
# How often the largest values of a layer may be put before another, that gets larger.
_ROUNDS = 8
# The quantiser's own run may round otherwise in a last bit.
_MARGIN = np.float32(1.0001)
_GROUPS = {"lowest band": slice(0, TAPS[0]), "others": slice(TAPS[0], None)}


def export(model: Model, corpus: Corpus, metadata: Metadata) -> Exported:
    """Quantise a texture model's decoder; its ticket's pitches are brightnesses."""
    assert isinstance(model, TextureModel)
    assert isinstance(model.decoder, TextureDecoder)
    calibration = _controls(model, corpus.training, CALIBRATION_STEPS)
    metadata = {**metadata, "pitch": brightness_range(corpus)}
    content = export_tflite(model.decoder, calibration, metadata)
    heard = _controls(model, corpus.held_out, STEPS)
    return Exported(content, free_running_snr(model.decoder, content, heard), heard)


def quantised(decoder: Decoder, content: bytes) -> Decoder:
    """A decoder that runs a .tflite of `decoder`."""
    return _Quantised(decoder, content)


class _Quantised(StandIn):
    def __init__(self, decoder: Decoder, content: bytes) -> None:
        super().__init__(decoder)
        self._rollout = Rollout(content)

    def forward(self, controls: Tensor, *past: Tensor) -> tuple[Tensor, ...]:
        """Run as the texture decoder does, out of silence; the past stays as it is."""
        heard = controls.numpy()[:, :, None, None, None]
        runs = [self._rollout.run({"controls": rows})["taps"] for rows in heard]
        taps = np.stack(runs).reshape(len(runs), -1, OUTPUTS)
        return torch.from_numpy(taps), *past


def brightness_range(corpus: Corpus) -> list[float]:
    """MIDI notes between which nine tenths of the sounding frames' centroids lie."""
    notes = [hear(clip).brightness[clip.loudness > SOUNDING] for clip in corpus.clips]
    low, high = np.percentile(np.concatenate(notes), [5, 95])
    return [round(float(low), 2), round(float(high), 2)]


def _controls(model: TextureModel, clips: list[Clip], steps: int) -> Floats:
    """[steps, 6] real controls; see `beginnings` for which."""

    @torch.no_grad()
    def of(clip: Clip) -> Floats:
        heard = hear(clip)
        parts = heard.loudness, heard.brightness, heard.flutter
        loudness, bright, flutter = (torch.tensor(part)[None] for part in parts)
        place = model.place(torch.tensor(clip.timbre))[None]
        rows: Floats = model.controls(loudness, bright, flutter, place)[0].numpy()
        return rows

    return beginnings(clips, steps, of)


def export_tflite(
    decoder: TextureDecoder, controls: Floats, metadata: Metadata
) -> bytes:
    """Quantise a decoder and return the bytes of its .tflite.

    Both ends of a state have one scale, so that a step's output is the next step's
    input as it stands.

    Args:
        decoder: Of any widths.
        controls: [N, 6] real controls in -1..1 in the order of time; the decoder is run
            over them and its activations' extremes become the scales.
        metadata: Goes into the file as JSON under the name `tombola`.

    Raises:
        TombolaError: A control or weight is not finite.
    """
    quantise.require_finite(decoder, controls)
    with quiet():
        calibration = _calibration(decoder, controls.astype(np.float32))
        return quantise.quantised(_step(decoder, PAST), calibration, metadata)


def _step(decoder: TextureDecoder, kept: int | None) -> Any:
    """One frame; a state's output is its last `kept` steps, or all if None."""
    w = decoder.widths
    shapes = {
        "controls": (1, CONTROLS),
        "state_input": (PAST, w.input),
        "state_rise": (PAST, w.rise),
        "state_fine": (PAST, w.fine),
    }

    def convolve(x: Any, layer: nn.Linear, kernel: int) -> Any:
        weight = layer.weight.detach().numpy()
        taps = weight.reshape(len(weight), kernel, -1).transpose(1, 2, 0)[None]
        return tf.nn.conv2d(x, taps, 1, "VALID") + layer.bias.detach().numpy()

    def rise(x: Any, layer: nn.Linear, stride: int, steps: int) -> Any:
        weight = layer.weight.detach().numpy()
        taps = weight.reshape(1, stride, -1, weight.shape[1])
        shape = [1, 1, steps * stride, taps.shape[2]]
        return tf.nn.conv2d_transpose(x, taps, shape, [1, 1, stride, 1], "VALID")

    def step(controls: Any, **states: Any) -> dict[str, Any]:
        outputs = {}

        def after(state: str, x: Any) -> Any:
            whole = tf.concat([states[state], x], 2)
            outputs[state] = whole if kept is None else whole[:, :, -kept:]
            return whole

        first, second = STRIDES
        x = tf.nn.relu(convolve(controls, decoder.input, 1))
        x = tf.nn.relu(convolve(after("state_input", x), decoder.frame, KERNEL))
        x = tf.nn.relu(rise(x, decoder.rise, first, 1))
        x = tf.nn.relu(convolve(after("state_rise", x), decoder.middle, KERNEL))
        x = tf.nn.relu(rise(x, decoder.fine, second, first))
        x = tf.tanh(convolve(after("state_fine", x), decoder.head, KERNEL))
        return {"taps": x, **outputs}

    specs = [
        tf.TensorSpec([1, 1, *shape], tf.float32, name=name)
        for name, shape in shapes.items()
    ]
    result = tf.Module()
    result.step = tf.function(
        lambda controls, state_input, state_rise, state_fine: step(
            controls,
            state_input=state_input,
            state_rise=state_rise,
            state_fine=state_fine,
        ),
        input_signature=specs,
    )
    return result


def _calibration(decoder: TextureDecoder, controls: Floats) -> Steps:
    """Run the float decoder over `controls`, and note each step's inputs.

    The corners of the controls' range come first, so that their scale is 1 / 32767.
    Of a frame's twelve steps a state keeps the last two, which seldom have the largest
    value: so in one more step each state holds that of its layer, and the quantiser
    sees one range for the layer, the state before and the state after.
    """
    run = as_the_quantiser_runs(in_float(_step(decoder, None)))
    runner = run.get_signature_runner()
    corners = np.array([[1.0] * CONTROLS, [-1.0] * CONTROLS], np.float32)
    w = decoder.widths
    widths = dict(zip(STATES, (w.input, w.rise, w.fine), strict=True))
    silence = {s: np.zeros((1, 1, PAST, n), np.float32) for s, n in widths.items()}
    largest = {state: silence[state].copy() for state in STATES}

    def step(row: Floats, states: dict[str, Floats]) -> dict[str, Floats]:
        """Run one frame; gives the states after it."""
        steps.append({"controls": row[None, None, None], **states})
        after = runner(**steps[-1])
        for state in STATES:
            new = after[state][:, :, PAST:]
            if new.max() > largest[state].max():
                largest[state][...] = 0.0
                unit = np.unravel_index(new.argmax(), new.shape)[-1]
                largest[state][..., 0, unit] = new.max()
        return {state: after[state][:, :, -PAST:] for state in STATES}

    steps: Steps = []
    states = silence
    for row in np.concatenate([corners, controls]):
        states = step(row, states)
    for _ in range(_ROUNDS):
        before = {state: _MARGIN * values for state, values in largest.items()}
        step(controls[0], before)
        if all(largest[state].max() <= before[state].max() for state in STATES):
            return steps
    raise TombolaError(
        "export: the range of the decoder's layers is not known, because it grows with "
        "what they keep of the past; train it longer"
    )


def free_running_snr(decoder: Decoder, content: bytes, controls: Floats) -> Snr:
    """Run torch's decoder and its .tflite out of silence over `controls` [T, 6]."""
    heard = torch.from_numpy(controls)[None], *silence(decoder.widths, 1)
    return decoders_snr(decoder, quantised(decoder, content), heard, _GROUPS)
