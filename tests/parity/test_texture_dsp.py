"""The texture's synthesiser and flutter in torch against those of the module."""

import numpy as np
import pytest
import torch

from tombola._core import TextureVoice
from tombola.training.voices.texture_synth import (
    OUTPUTS,
    STEPS,
    texture_synth,
    xorshift_noise,
)

FRAMES = 50
LEAST_SNR = 100.0  # dB


def snr(want: torch.Tensor, got: torch.Tensor) -> float:
    """In dB."""
    error = (want - got).square().sum()
    return float(10.0 * torch.log10(want.square().sum() / error))


@pytest.mark.parametrize("channel", [None, 0, 7, 8, 13, OUTPUTS - 1])
def test_torch_and_the_module_make_the_same_sound(channel: int | None) -> None:
    random = np.random.default_rng(1)
    taps = random.integers(-32768, 32768, (FRAMES, STEPS, OUTPUTS)).astype(np.int16)
    if channel is not None:
        taps[..., np.arange(OUTPUTS) != channel] = 0
    loudness = random.uniform(-85.0, 0.0, FRAMES).astype(np.float32)

    exact = torch.tensor(taps.reshape(1, -1, OUTPUTS), dtype=torch.float32) / 32768.0
    noise = xorshift_noise(FRAMES)
    want = texture_synth(exact, torch.tensor(loudness)[None], noise)[0]
    got = TextureVoice().render(taps.reshape(FRAMES, -1), loudness)
    assert snr(want, torch.tensor(got)) > LEAST_SNR


def test_silence_is_silent_once_the_filters_have_rung_out() -> None:
    taps = np.full((4, STEPS * OUTPUTS), 20000, np.int16)
    loudness = np.array([-20.0, -80.0, -80.0, -80.0], np.float32)
    heard = TextureVoice().render(taps, loudness).reshape(4, -1)
    assert np.abs(heard[0]).max() > 0.01
    assert np.abs(heard[1]).max() > 0.0
    assert not heard[2:].any()


@pytest.mark.parametrize("color", [0.0, 1.0])
def test_color_tilts_the_spectrum(color: float) -> None:
    taps = np.zeros((100, STEPS, OUTPUTS), np.int16)
    taps[..., [0, 8, 12, *range(14, OUTPUTS)]] = 16000
    loudness = np.full(100, -20.0, np.float32)
    plain, tilted = (
        TextureVoice().render(taps.reshape(100, -1), loudness, c) for c in (0.5, color)
    )
    low, high = (
        np.log2(np.abs(np.fft.rfft(tilted)[part]).sum())
        - np.log2(np.abs(np.fft.rfft(plain)[part]).sum())
        for part in (slice(0, 500), slice(8000, 9600))
    )
    # Of 6 dB an octave, from the middle of the lowest band to 22 kHz.
    octaves = (high - low) * (1.0 if color else -1.0)
    assert 4.0 < octaves < 5.5
