"""A network whose first units play alone too."""

from dataclasses import astuple

import pytest
import torch
from small_corpus import CONFIG, small_corpus

from tombola.training.reduction.nesting import (
    Narrowed,
    at_width,
    nested_objective,
)
from tombola.training.train.loop import fresh_model, passage


def model_at_random():
    model = fresh_model(small_corpus(), CONFIG)
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in model.decoder.parameters():
            weight.copy_(0.4 * torch.randn_like(weight))
    return model


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_masked_units_play_as_if_they_were_gone(share) -> None:
    decoder = model_at_random().decoder
    controls = torch.rand(2, 9, 4)
    narrow = at_width(decoder, share)
    assert narrow.widths != decoder.widths
    masked = Narrowed(decoder, share)(controls)[0]
    torch.testing.assert_close(masked, narrow(controls)[0])
    # As WidthAt in network.cc: whole fours, at least one.
    widths = {0.25: (4, 4, 4), 0.5: (8, 8, 8), 0.75: (8, 12, 12)}
    assert astuple(narrow.widths) == widths[share]


def test_both_widths_are_lowered_and_the_decoder_stays() -> None:
    model = model_at_random()
    decoder = model.decoder
    segments = model.segments(small_corpus().training, CONFIG.frames)
    loss = nested_objective(model, segments, CONFIG, 1)
    assert model.decoder is decoder
    loss.backward()
    assert all(weight.grad.any() for weight in decoder.parameters())
    whole = passage(model, segments, CONFIG, 1).loss
    model.decoder = at_width(decoder, 0.5)
    narrow = passage(model, segments, CONFIG, 1).loss
    torch.testing.assert_close(loss, whole + narrow)
