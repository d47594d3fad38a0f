"""Torch's decoder against its .tflite, both running freely."""

import numpy as np
import pytest
import torch

from tombola.training.export.check import STEPS
from tombola.training.export.decoder import DecoderWeights, Widths
from tombola.training.export.fixture import random_controls, random_decoder
from tombola.training.export.interpreted import Rollout
from tombola.training.export.tflite import export_tflite
from tombola.training.export.tone import free_running_snr
from tombola.training.voices.tone import ToneDecoder, ToneWidths


def in_torch(weights: DecoderWeights) -> ToneDecoder:
    widths = weights.widths
    decoder = ToneDecoder(ToneWidths(widths.input, widths.gru, widths.output))
    layers = decoder.input, decoder.output, decoder.head
    parts = "input", "output", "head"
    with torch.no_grad():
        for layer, part in zip(layers, parts, strict=True):
            layer.weight.copy_(torch.from_numpy(getattr(weights, f"{part}_w")))
            layer.bias.copy_(torch.from_numpy(getattr(weights, f"{part}_b")))
        for part in ("w_ih", "w_hh", "b_ih", "b_hh"):
            name = part.replace("w_", "weight_").replace("b_", "bias_") + "_l0"
            getattr(decoder.gru, name).copy_(
                torch.from_numpy(getattr(weights, f"gru_{part}"))
            )
    return decoder


@pytest.fixture(scope="module", params=[(12, 20, 24), (37, 19, 5)])
def exported(request: pytest.FixtureRequest) -> tuple[ToneDecoder, bytes]:
    weights = random_decoder(Widths(*request.param), seed=3)
    content = export_tflite(weights, random_controls(3000, seed=4), {"format": 1})
    return in_torch(weights), content


def test_free_running_snr_over_unseen_controls(
    exported: tuple[ToneDecoder, bytes],
) -> None:
    snr = free_running_snr(*exported, random_controls(STEPS, seed=5))
    assert snr.outputs >= 40.0, snr


def test_a_swapped_gate_is_seen(exported: tuple[ToneDecoder, bytes]) -> None:
    decoder, content = exported
    broken = ToneDecoder(decoder.widths)
    broken.load_state_dict(decoder.state_dict())
    hidden = decoder.widths.hidden
    with torch.no_grad():
        for part in (broken.gru.weight_ih_l0, broken.gru.weight_hh_l0):
            part.copy_(torch.roll(part, hidden, 0))
    snr = free_running_snr(broken, content, random_controls(STEPS, seed=5))
    assert snr.outputs < 20.0, snr


def test_a_held_note_does_not_drift(exported: tuple[ToneDecoder, bytes]) -> None:
    """Weights are rounded once and for all; the state's rounding must not add up."""
    decoder, content = exported
    held = np.tile(np.float32([0.1, 0.4, -0.2, 0.3]), (2000, 1))
    with torch.no_grad():
        exact = decoder(torch.from_numpy(held)[None])[0][0].numpy()
    played = Rollout(content).run({"controls": held[:, None]})["amplitudes"][:, 0]
    error = np.abs(played - exact).max(axis=1)
    late, early = error[1900:].max(), error[50:150].max()
    assert late < 1.1 * early + 0.001, f"error grew from {early:.4f} to {late:.4f}"
