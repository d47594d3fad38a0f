"""How the impact voice is quantised: one run a hit, int8 throughout.

The .tflite is one hit: `controls` [1, 7] -> `hit` [1, 133].
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tombola.training.corpus.corpus import Clip, Corpus, Floats
from tombola.training.export.check import STEPS, Snr, free_running_snr
from tombola.training.export.exported import Exported, Metadata
from tombola.training.export.interpreted import Rollout
from tombola.training.export.quantise import quantised as quantised_step
from tombola.training.export.quantise import require_finite
from tombola.training.export.quiet import quiet
from tombola.training.voices import strike
from tombola.training.voices.impact import CONTROLS, Hits, ImpactDecoder, ImpactModel
from tombola.training.voices.stand_in import StandIn
from tombola.training.voices.voice import Decoder, Model

with quiet():
    import tensorflow as tf

_GROUPS = {
    "whole hit": slice(0, strike.GAINS.start),
    "modes": slice(strike.GAINS.start, strike.DECAYS.stop),
    "noise bands": slice(strike.BAND_GAINS.start, strike.BAND_DECAYS.stop),
}


def export(model: Model, corpus: Corpus, metadata: Metadata) -> Exported:
    """Quantise an impact model's decoder; int8 weights and activations."""
    assert isinstance(model, ImpactModel)
    loudness = [round(limit, 2) for limit in loudness_range(corpus)]
    metadata = {**metadata, "loudness": loudness}
    calibration = real_controls(model, corpus.training)
    content = export_tflite(model.decoder, calibration, metadata)
    heard = np.resize(real_controls(model, corpus.held_out), (STEPS, CONTROLS))
    return Exported(content, exported_snr(model.decoder, content, heard), heard)


def quantised(decoder: Decoder, content: bytes) -> Decoder:
    """A decoder that runs a .tflite of `decoder`."""
    return _Quantised(decoder, content)


class _Quantised(StandIn):
    def __init__(self, decoder: Decoder, content: bytes) -> None:
        super().__init__(decoder)
        self._rollout = Rollout(content)

    def forward(self, controls: Tensor) -> Tensor:
        """Run as the decoder of hits does."""
        hits = self._rollout.run({"controls": controls.numpy()[:, None]})["hit"]
        return torch.from_numpy(hits[:, 0])


def loudness_range(corpus: Corpus) -> tuple[float, float]:
    """A-weighted dB between which nine tenths of the hits' loudest moments lie."""
    loudest = [float(clip.loudness.max()) for clip in corpus.clips]
    low, high = np.percentile(loudest, [5, 95])
    return float(low), float(high)


@torch.no_grad()
def real_controls(model: ImpactModel, clips: list[Clip]) -> Floats:
    """[N, 7] what the network hears of clips."""
    places = [model.place(torch.tensor(clip.timbre)) for clip in clips]
    rows: Floats = model.controls(Hits.of(clips), torch.stack(places)).numpy()
    return rows


def export_tflite(
    decoder: Decoder, controls: Floats, metadata: dict[str, Any]
) -> bytes:
    """Quantise a decoder and return the bytes of its .tflite.

    Args:
        decoder: Of any widths.
        controls: [N, 7] real controls in -1..1; the extremes of the activations over
            them, and over the corners of their range, become the scales.
        metadata: Goes into the file as JSON under the name `tombola`.

    Raises:
        TombolaError: A control or weight is not finite.
    """
    assert isinstance(decoder, ImpactDecoder)
    require_finite(decoder, controls)
    corners = np.array([[1.0] * CONTROLS, [-1.0] * CONTROLS], np.float32)
    rows = np.concatenate([corners, controls.astype(np.float32)])
    steps = [{"controls": row[None]} for row in rows]
    with quiet():
        return quantised_step(_step(decoder), steps, metadata, "int8")


def exported_snr(decoder: Decoder, content: bytes, controls: Floats) -> Snr:
    """Run torch's decoder and its .tflite over `controls` [N, 7]."""
    heard = torch.from_numpy(controls)
    return free_running_snr(decoder, quantised(decoder, content), (heard,), _GROUPS)


def _step(decoder: ImpactDecoder) -> Any:
    def linear(x: Any, layer: nn.Linear) -> Any:
        weight = tf.constant(layer.weight.detach().numpy())
        return tf.matmul(x, weight, transpose_b=True) + layer.bias.detach().numpy()

    def step(controls: Any) -> dict[str, Any]:
        x = controls
        for layer in (decoder.first, decoder.second, decoder.third):
            x = tf.nn.relu(linear(x, layer))
        return {"hit": tf.sigmoid(linear(x, decoder.head))}

    result = tf.Module()
    controls = tf.TensorSpec([1, CONTROLS], tf.float32, name="controls")
    result.step = tf.function(step, input_signature=[controls])
    return result
