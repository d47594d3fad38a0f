"""No click where blocks and frames meet, neither of the voice nor of the instrument."""

import functools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tombola._core import Instrument, ToneVoice
from tombola.converter import convert
from tombola.generated import sound
from tombola.generated.panel import CVS, KNOBS
from tombola.performance import GATE_BIT
from tombola.play.words import CV_INDEX, cv_words

DATA = Path(__file__).parents[1] / "data"
Samples = NDArray[np.float64]

# How much sharper the sharpest bend at an edge may be than the sharpest elsewhere. The
# two samples next to an edge are 3 of 48, so chance puts the sharpest there rarely.
MARGIN = 1.15


def sharpest_bends(samples: Samples) -> tuple[float, float]:
    """The largest second difference at the edges of blocks, and elsewhere."""
    bend = np.abs(np.diff(samples, 2))
    place = (np.arange(len(bend)) + 1) % sound.BLOCK  # of the sample in the middle
    edge = (place <= 1) | (place == sound.BLOCK - 1)
    return float(bend[edge].max()), float(bend[~edge].max())


def clicks(samples: Samples) -> bool:
    edge, elsewhere = sharpest_bends(samples)
    return edge > MARGIN * elsewhere


def with_step(samples: Samples, block: int) -> Samples:
    """Plant a step at a block's edge, twice the sharpest bend there is."""
    planted = samples.copy()
    planted[block * sound.BLOCK :] += 2.0 * max(sharpest_bends(samples))
    return planted


def swelling(partials: int, bands: int) -> NDArray[np.int16]:
    """[500, 130] amplitudes that swell at 1 Hz, each at another time.

    Faster ones bend audibly where a linear ramp ends: that is the voice's definition,
    and no click.
    """
    frames, outputs = 500, 1 + sound.TONE_PARTIALS + sound.TONE_BANDS
    turns = np.arange(frames)[:, None] / sound.FRAME_RATE + np.arange(outputs) / 7.0
    amplitudes = 16000.0 + 8000.0 * np.sin(2.0 * np.pi * turns)
    amplitudes[:, 1 + partials : 1 + sound.TONE_PARTIALS] = 0.0
    amplitudes[:, 1 + sound.TONE_PARTIALS + bands :] = 0.0
    return amplitudes.astype(np.int16)


@pytest.mark.parametrize("partials", [1, 4])
@pytest.mark.parametrize("pitch", ["held", "glide"])
def test_the_voice_does_not_click(partials: int, pitch: str) -> None:
    amplitudes = swelling(partials, bands=0)
    blocks = len(amplitudes) * sound.FRAME_BLOCKS
    notes = np.full(blocks, 48.0) if pitch == "held" else np.linspace(36, 60, blocks)
    loudness = np.full(len(amplitudes), -20.0, np.float32)
    sounding = ToneVoice().render(amplitudes, notes.astype(np.float32), loudness)
    samples = sounding[2 * sound.FRAME :].astype(float)  # after the attack of 4 ms
    assert not clicks(samples)
    assert clicks(with_step(samples, 4 * 250))
    assert clicks(with_step(samples, 1001))


def test_the_noise_does_not_click() -> None:
    amplitudes = swelling(0, sound.TONE_BANDS)
    notes = np.full(len(amplitudes) * sound.FRAME_BLOCKS, 60.0, np.float32)
    loudness = np.full(len(amplitudes), -20.0, np.float32)
    samples = ToneVoice().render(amplitudes, notes, loudness).astype(float)
    assert np.abs(samples).max() > 0.01
    assert not clicks(samples)
    assert clicks(with_step(samples, 4 * 250))


@functools.cache
def ticket() -> bytes:
    return convert((DATA / "tone_small.tflite").read_bytes()).ticket


@pytest.mark.parametrize("shape", [0, 26000])
def test_the_instrument_does_not_click(shape: int) -> None:
    blocks = 3000
    time = np.arange(blocks) / 1000.0
    volts = {
        "V/OCT": 0.5 * time,
        "X": 4.0 + 2.0 * np.sin(9.0 * time),
        "Y": 4.0 * np.sign(np.sin(31.0 * time)),
        "COLOR": np.full(blocks, -5.0),
    }
    cv = np.tile([cv_words(jack, 0.0) for jack in CVS], (blocks, 1))
    for jack, values in volts.items():
        cv[:, CV_INDEX[jack]] = cv_words(CVS[CV_INDEX[jack]], values)
    knobs = np.full((blocks, len(KNOBS)), 32768, np.uint16)
    knobs[:, [knob.name for knob in KNOBS].index("SHAPE")] = shape
    gates = np.where(np.arange(blocks) % 331 < 200, GATE_BIT, 0).astype(np.uint8)
    silence = np.zeros((blocks * sound.BLOCK, 2), np.int32)
    audio = Instrument(ticket()).render(cv, knobs, gates, silence)["audio"]
    samples = audio[:, 0] / sound.FULL_SCALE
    assert np.abs(samples).max() > 0.01
    assert not clicks(samples)
    assert clicks(with_step(samples, 4 * 250))
