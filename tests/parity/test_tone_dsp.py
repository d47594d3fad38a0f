"""The voice's synthesiser in torch against the one that runs on the module."""

import functools

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tombola._core import ToneVoice
from tombola.generated import sound
from tombola.training.voices import synth

# A fifth of a second. The module's increments are float32 Hz: rounded by up to 1e-7,
# which is 0.0002 cent, so that with time the phases of the highest partials part.
FRAMES = 50
BLOCKS = FRAMES * sound.FRAME_BLOCKS
LEAST_SNR = 60.0  # dB

PITCHES = {
    "24": np.full(BLOCKS, 24.0),
    "36": np.full(BLOCKS, 36.0),
    "60.37": np.full(BLOCKS, 60.37),
    "84": np.full(BLOCKS, 84.0),
    "108": np.full(BLOCKS, 108.0),
    "130": np.full(BLOCKS, 130.0),
    "glide": np.linspace(20.0, 120.0, BLOCKS),
    "fall": np.linspace(90.0, 30.0, BLOCKS),
    "vibrato": 60.0 + 0.5 * np.sin(np.arange(BLOCKS) * 0.04),
    # No leap puts a partial beyond 24 kHz, which only the module leaves out.
    "steps": np.random.default_rng(5).integers(24, 62, BLOCKS).astype(float),
}


@pytest.fixture
def amplitudes() -> NDArray[np.int16]:
    return np.random.default_rng(1).integers(0, 32768, (FRAMES, 130)).astype(np.int16)


@pytest.fixture
def loudness() -> NDArray[np.float32]:
    return np.random.default_rng(2).uniform(-85.0, 0.0, FRAMES).astype(np.float32)


@functools.cache
def spectrum() -> torch.Tensor:
    return torch.tensor(synth.xorshift_spectrum(FRAMES)).to(torch.complex128)


def in_torch(
    amplitudes: NDArray[np.int16],
    notes: NDArray[np.float32],
    loudness: NDArray[np.float32],
) -> NDArray[np.float64]:
    """`tone_synth` in double, but with a pitch for each block, as the module has it."""
    output = torch.tensor(amplitudes, dtype=torch.float64)[None] / 32768.0
    frequency = synth.midi_to_hz(torch.tensor(notes, dtype=torch.float64))[None]
    fade = synth.loudness_fade(torch.tensor(loudness, dtype=torch.float64))[None]
    at_frame_ends = frequency[:, sound.FRAME_BLOCKS - 1 :: sound.FRAME_BLOCKS]
    partials = synth.partial_amplitudes(output, at_frame_ends, fade)
    tone = synth.oscillate(partials, synth.phases(frequency, sound.BLOCK))
    bands = fade[..., None] * output[..., 1 + sound.TONE_PARTIALS :] ** 3
    noise = synth.filtered_noise(bands, spectrum()[None])
    return (tone + noise)[0].numpy()


def snr(want: NDArray[np.float64], got: NDArray[np.float32]) -> float:
    """In dB."""
    return float(10.0 * np.log10(np.sum(want**2) / np.sum((got - want) ** 2)))


@pytest.mark.parametrize("what", ["partials", "noise", "both"])
@pytest.mark.parametrize("pitch", PITCHES)
def test_torch_and_the_module_make_the_same_sound(
    what: str,
    pitch: str,
    amplitudes: NDArray[np.int16],
    loudness: NDArray[np.float32],
) -> None:
    if what == "partials":
        amplitudes[:, 1 + sound.TONE_PARTIALS :] = 0
    elif what == "noise":
        amplitudes[:, 0] = 0
    notes = PITCHES[pitch].astype(np.float32)
    want = in_torch(amplitudes, notes, loudness)
    got = ToneVoice().render(amplitudes, notes, loudness)
    assert snr(want, got) >= LEAST_SNR


def test_the_whole_synthesiser_with_a_pitch_per_frame(
    amplitudes: NDArray[np.int16], loudness: NDArray[np.float32]
) -> None:
    pitch = torch.linspace(40.0, 70.0, FRAMES, dtype=torch.float64)[None]
    want = synth.tone_synth(
        torch.tensor(amplitudes, dtype=torch.float64)[None] / 32768.0,
        pitch,
        torch.tensor(loudness, dtype=torch.float64)[None],
        spectrum(),
    )
    # The increment ramps over the whole frame: reached in four steps of a block.
    frequency = synth.midi_to_hz(pitch)[0].numpy()
    before = np.concatenate([frequency[:1], frequency[:-1]])
    parts = np.arange(1, sound.FRAME_BLOCKS + 1) / sound.FRAME_BLOCKS
    blocks = before[:, None] + (frequency - before)[:, None] * parts
    notes = (69.0 + 12.0 * np.log2(blocks / 440.0)).ravel().astype(np.float32)
    got = ToneVoice().render(amplitudes, notes, loudness)
    assert snr(want[0].numpy(), got) >= LEAST_SNR


def test_a_wrong_partial_would_be_seen(
    amplitudes: NDArray[np.int16], loudness: NDArray[np.float32]
) -> None:
    notes = PITCHES["36"].astype(np.float32)
    want = in_torch(amplitudes, notes, loudness)
    amplitudes[:, 40] += np.where(amplitudes[:, 40] > 16384, -500, 500).astype(np.int16)
    assert snr(want, ToneVoice().render(amplitudes, notes, loudness)) < LEAST_SNR


def test_color_at_noon_is_the_identity_and_else_tilts(
    amplitudes: NDArray[np.int16], loudness: NDArray[np.float32]
) -> None:
    notes = PITCHES["36"].astype(np.float32)
    amplitudes[:, 1 + sound.TONE_PARTIALS :] = 0
    sounds = {
        color: ToneVoice().render(amplitudes, notes, loudness, color=color)
        for color in (0.1, 0.495, 0.5, 0.505, 0.9)
    }
    assert np.array_equal(sounds[0.495], sounds[0.5])
    assert np.array_equal(sounds[0.505], sounds[0.5])
    dark, learned, bright = (_centroid(sounds[color]) for color in (0.1, 0.5, 0.9))
    assert dark < 0.7 * learned < learned < 0.7 * bright


def _centroid(samples: NDArray[np.float32]) -> float:
    """Centre of the power spectrum, as a share of half the sample rate."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float(np.average(np.linspace(0.0, 1.0, len(power)), weights=power))


def test_the_voice_refuses_what_it_cannot_read(
    amplitudes: NDArray[np.int16], loudness: NDArray[np.float32]
) -> None:
    voice = ToneVoice()
    notes = PITCHES["60.37"].astype(np.float32)
    with pytest.raises(ValueError, match=r"amplitudes has the shape \[50, 129\]"):
        voice.render(np.ascontiguousarray(amplitudes[:, 1:]), notes, loudness)
    with pytest.raises(ValueError, match=r"notes has the shape \[199\], not \[200\]"):
        voice.render(amplitudes, notes[1:], loudness)
    with pytest.raises(ValueError, match="array of float32, not float64"):
        voice.render(amplitudes, notes.astype(float), loudness)
    with pytest.raises(ValueError, match=r"note outside 0\.\.135"):
        voice.render(amplitudes, notes * np.float32(np.nan), loudness)
