"""Torch's texture decoder against its .tflite, both running freely."""

from pathlib import Path

import torch
from small_texture import DATA, random_controls, random_decoder

from tombola.training.export.texture import export_tflite, free_running_snr

CONTENT = Path(DATA / "texture_small.tflite").read_bytes()


def test_the_committed_model_plays_what_its_decoder_does() -> None:
    snr = free_running_snr(random_decoder(), CONTENT, random_controls(500, seed=5))
    assert snr.outputs >= 40.0, snr


def test_a_past_in_the_wrong_order_is_seen() -> None:
    broken = random_decoder()
    with torch.no_grad():
        steps = broken.head.weight.unflatten(1, (3, -1))
        broken.head.weight.copy_(steps.flip(1).flatten(1))
    snr = free_running_snr(broken, CONTENT, random_controls(500, seed=5))
    assert snr.outputs < 20.0, snr


def test_a_state_goes_in_as_it_came_out_whatever_the_widths() -> None:
    """The export refuses a model whose states have two scales."""
    decoder = random_decoder(type(random_decoder().widths)(5, 3, 4, 2, 3), seed=2)
    content = export_tflite(decoder, random_controls(300, seed=3), {"format": 1})
    snr = free_running_snr(decoder, content, random_controls(300, seed=3))
    assert snr.outputs >= 20.0, snr
