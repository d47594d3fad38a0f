"""The texture voice in torch: its filter bank, its decoder, what it hears."""

import numpy as np
import pytest
import torch

from tombola.generated import sound
from tombola.training.corpus.corpus import Clip
from tombola.training.measures.cost import cost_of
from tombola.training.reduction.graph import dependency_groups
from tombola.training.reduction.trim import trim
from tombola.training.voices.pqmf import BANDS, LENGTH, synthesis_filters, synthesise
from tombola.training.voices.texture import (
    CONTROLS,
    TextureDecoder,
    TextureModel,
    TextureWidths,
    hear,
    silence,
)
from tombola.training.voices.texture_synth import (
    OUTPUTS,
    STEPS,
    random_noise,
    texture_synth,
    xorshift_flutter,
)

SMALL = TextureWidths(6, 8, 5, 4, 3)


def clip(frames: int = 200) -> Clip:
    random = np.random.default_rng(0)
    audio = random.uniform(-0.5, 0.5, frames * sound.FRAME).astype(np.float32)
    loudness = np.full(frames, -20.0, np.float32) + random.normal(0, 2, frames)
    timbre = np.tile(np.linspace(-10, -60, 40, dtype=np.float32), (frames, 1))
    pitch = np.full(frames, 60.0, np.float32)
    return Clip("a", audio, pitch, loudness.astype(np.float32), timbre, False)


@pytest.fixture
def decoder() -> TextureDecoder:
    torch.manual_seed(0)
    return TextureDecoder(SMALL)


def test_the_bank_gives_back_what_its_filters_took_apart() -> None:
    torch.manual_seed(0)
    audio = torch.randn(1, 1, 8192)
    # Correlated with a filter, which is convolved with it reversed in time.
    filters = synthesis_filters()[:, None]
    bands = torch.nn.functional.conv1d(audio, filters, stride=BANDS)
    again = synthesise(bands.mT)[0, LENGTH:]
    error = again - audio[0, 0, LENGTH : LENGTH + len(again)]
    level = 10.0 * torch.log10(error.square().mean() / audio.square().mean())
    assert level < -60.0


def test_white_bands_are_white_noise_of_the_same_rms() -> None:
    taps = torch.zeros(1, 200 * STEPS, OUTPUTS)
    taps[..., [0, 8, 12, *range(14, OUTPUTS)]] = 1.0
    noise = random_noise(1, 200, torch.Generator().manual_seed(0))
    heard = texture_synth(taps, torch.zeros(1, 200), noise)[0, LENGTH:]
    assert heard.square().mean().sqrt() == pytest.approx(1.0, abs=0.03)


def test_a_decoder_runs_frame_by_frame_as_it_runs_at_once(
    decoder: TextureDecoder,
) -> None:
    controls = torch.rand(2, 5, CONTROLS) * 2 - 1
    whole, *_ = decoder(controls, *silence(SMALL, 2))
    past = silence(SMALL, 2)
    parts = []
    for frame in controls.unbind(1):
        taps, *past = decoder(frame[:, None], *past)
        parts.append(taps)
    torch.testing.assert_close(torch.cat(parts, 1), whole)


def test_every_layer_can_be_trimmed_and_plays_as_if_masked(
    decoder: TextureDecoder,
) -> None:
    groups = dependency_groups(decoder, *decoder.example())
    assert {g.name: g.units for g in groups} == {
        "input > frame": 6,
        "frame > rise": 8,
        "rise > middle": 5,
        "middle > fine": 4,
        "fine > head": 3,
    }
    keep = {g.name: torch.arange(g.units) % 2 == 0 for g in groups}
    trimmed = trim(decoder, groups, keep)
    assert trimmed.widths == TextureWidths(3, 4, 3, 2, 2)

    parameters = dict(decoder.named_parameters())
    with torch.no_grad():
        for group in groups:
            for part in (p for p in group.slices if p.dim == 1):
                gone = part.index[~keep[group.name]].flatten()
                parameters[part.parameter][:, gone] = 0.0
    controls = torch.rand(1, 4, CONTROLS) * 2 - 1
    masked, *_ = decoder(controls, *silence(SMALL, 1))
    played, *_ = trimmed(controls, *silence(trimmed.widths, 1))
    torch.testing.assert_close(played, masked)


def test_a_weight_costs_as_often_as_its_layer_runs(decoder: TextureDecoder) -> None:
    frame = 6 * CONTROLS + 8 * 18 + 15 * 8
    third, step = 4 * 15 + 12 * 4, OUTPUTS * 9
    assert cost_of(decoder).macs_per_second == 250 * frame + 750 * third + 3000 * step


def test_what_is_slow_and_what_flutters_add_up() -> None:
    sounds = clip()
    heard = hear(sounds)
    slow = heard.loudness[30:-30]
    assert slow.std() < 0.5
    assert heard.flutter[:, 0].std() * sound.TEXTURE_FLUTTER_SPAN == pytest.approx(
        1.0, abs=0.05
    )
    # A timbre that stands still does not flutter, however little is rounded.
    assert np.abs(heard.flutter[:, 1]).max() < 1e-3


def test_the_modules_flutter_is_as_large_as_what_the_network_heard() -> None:
    flutter = xorshift_flutter(20000) * sound.TEXTURE_FLUTTER_SPAN
    assert flutter.std(0).numpy() == pytest.approx(1.0, abs=0.02)
    assert flutter.mean(0).numpy() == pytest.approx(0.0, abs=0.1)


def test_a_step_moves_every_weight() -> None:
    model = TextureModel(SMALL)
    segments = model.segments([clip(), clip()], 30)
    model.passage(segments, 0, 0, 2).loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0.0, name
