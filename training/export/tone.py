"""How the tone voice is quantised: scaled by real controls, checked running freely."""

import numpy as np
import torch
from torch import Tensor

from tombola.generated.sound import TONE_PARTIALS
from tombola.training.corpus.corpus import Clip, Corpus, Floats
from tombola.training.export.calibration import CALIBRATION_STEPS, beginnings
from tombola.training.export.check import STEPS, Snr
from tombola.training.export.check import free_running_snr as decoders_snr
from tombola.training.export.decoder import DecoderWeights
from tombola.training.export.exported import Exported, Metadata
from tombola.training.export.interpreted import Rollout
from tombola.training.export.tflite import export_tflite
from tombola.training.voices.stand_in import StandIn
from tombola.training.voices.tone import ToneModel
from tombola.training.voices.voice import Decoder, Model

_GROUPS = {
    "overall amplitude": slice(0, 1),
    "partials": slice(1, 1 + TONE_PARTIALS),
    "noise bands": slice(1 + TONE_PARTIALS, None),
}


def export(model: Model, corpus: Corpus, metadata: Metadata) -> Exported:
    """Quantise a tone model's decoder; int8 weights and int16 activations."""
    assert isinstance(model, ToneModel)
    weights = DecoderWeights.from_torch(model.decoder.state_dict())
    calibration = real_controls(model, corpus.training, CALIBRATION_STEPS)
    content = export_tflite(weights, calibration, metadata)
    heard = real_controls(model, corpus.held_out, STEPS)
    return Exported(content, free_running_snr(model.decoder, content, heard), heard)


def quantised(decoder: Decoder, content: bytes) -> Decoder:
    """A decoder that runs a .tflite of `decoder`."""
    return _Quantised(decoder, content)


class _Quantised(StandIn):
    def __init__(self, decoder: Decoder, content: bytes) -> None:
        super().__init__(decoder)
        self._rollout = Rollout(content)

    def forward(self, controls: Tensor) -> tuple[Tensor, None]:
        """Run as the tone decoder does, from a state of zero; there is none after."""
        heard = controls.numpy()[:, :, None]
        runs = [self._rollout.run({"controls": rows})["amplitudes"] for rows in heard]
        return torch.from_numpy(np.stack(runs)[:, :, 0]), None


def free_running_snr(decoder: Decoder, content: bytes, controls: Floats) -> Snr:
    """Run torch's decoder and its .tflite from rest over `controls` [T, 4]."""
    heard = torch.from_numpy(controls)[None]
    return decoders_snr(decoder, quantised(decoder, content), (heard,), _GROUPS)


def real_controls(model: ToneModel, clips: list[Clip], steps: int) -> Floats:
    """[steps, 4] controls from the beginnings of clips, one after the other.

    See `beginnings` for which.
    """
    return beginnings(clips, steps, lambda clip: _controls(model, clip))


@torch.no_grad()
def _controls(model: ToneModel, clip: Clip) -> Floats:
    pitch, loudness = (torch.tensor(part)[None] for part in (clip.pitch, clip.loudness))
    place = model.place(torch.tensor(clip.timbre))[None]
    rows: Floats = model.controls(pitch, loudness, place)[0].numpy()
    return rows
