"""The `impact` voice's synthesiser in torch against the one that runs on the module."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tombola._core import ImpactVoice
from tombola.generated import sound
from tombola.training.voices import synth
from tombola.training.voices.strike import (
    BAND_DECAYS,
    BAND_GAINS,
    BEND,
    DECAYS,
    GAINS,
    LEVEL,
    OUTPUTS,
    impact_synth,
)

# Half a second. The module's increments are whole steps of phase, and torch's sines
# float32: phases part with time.
FRAMES = 125
LEAST_SNR = 60.0  # dB

NOTES = [24.0, 45.5, 60.37, 84.0, 108.0]


@pytest.fixture
def output() -> NDArray[np.float32]:
    random = np.random.default_rng(3)
    output = random.random(OUTPUTS).astype(np.float32)
    output[:2] = 0.8, 0.5
    output[BEND] = 0.0
    # Whatever else it is, half of it still sounds in the end.
    output[DECAYS] = random.uniform(0.3, 1.0, sound.IMPACT_MODES)
    output[BAND_DECAYS] = random.uniform(0.3, 1.0, sound.IMPACT_BANDS)
    return output


def in_torch(output: NDArray[np.float32], note: float) -> NDArray[np.float64]:
    spectrum = torch.tensor(synth.xorshift_spectrum(FRAMES + 1))
    hit = torch.tensor(output)[None]
    return impact_synth(hit, torch.tensor([note]), spectrum)[0].double().numpy()


def on_the_module(output: NDArray[np.float32], note: float) -> NDArray[np.float32]:
    voice = ImpactVoice()
    voice.hit(output)
    return voice.render(np.full(FRAMES * sound.FRAME_BLOCKS, note, np.float32))


def snr(want: NDArray[np.float64], got: NDArray[np.float32]) -> float:
    """In dB."""
    return float(10.0 * np.log10(np.sum(want**2) / np.sum((got - want) ** 2)))


@pytest.mark.parametrize("what", ["modes", "noise", "both"])
@pytest.mark.parametrize("note", NOTES)
def test_torch_and_the_module_make_the_same_hit(
    what: str, note: float, output: NDArray[np.float32]
) -> None:
    if what == "modes":
        output[LEVEL] = 0.0
    elif what == "noise":
        output[0] = 0.0
    want = in_torch(output, note)
    assert snr(want, on_the_module(output, note)) >= LEAST_SNR


@pytest.mark.parametrize("note", [24.0, 45.5])
def test_the_pitch_bends_alike(note: float, output: NDArray[np.float32]) -> None:
    """Low enough that no mode comes down from where it is left out."""
    output[BEND] = 0.8
    assert snr(in_torch(output, note), on_the_module(output, note)) >= LEAST_SNR


@pytest.mark.parametrize(
    ("part", "loudest_of"),
    [
        (GAINS, GAINS),
        (DECAYS, GAINS),
        (BAND_GAINS, BAND_GAINS),
        (BAND_DECAYS, BAND_GAINS),
    ],
)
def test_a_wrong_output_would_be_seen(
    part: slice, loudest_of: slice, output: NDArray[np.float32]
) -> None:
    want = in_torch(output, 45.5)
    output[part.start + int(np.argmax(output[loudest_of]))] -= 0.02
    assert snr(want, on_the_module(output, 45.5)) < LEAST_SNR
