"""What a recording of a hit says of frequencies, for a voice that cannot learn them.

The spectrum's distance has no slope that leads a sine to where it should be. So each
mode is told where the strongest peak of its band is, and the bend of the pitch how the
lowest mode moves.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from tombola.generated import sound
from tombola.training.corpus.corpus import Clip, Floats
from tombola.training.corpus.hit import magnitudes
from tombola.training.voices.strike import SPACING

_MODES = sound.IMPACT_MODES
_HIGHEST = 20000.0  # Hz: of a mode that can be heard
_SLOWER = 16  # times than the sample rate: the bend's search needs the low end only
_STRETCH = 600  # samples at that rate, 0.2 s
# What is tried, as the network would say it.
_BENDS = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0])
_BEND_TIMES = np.linspace(0.2, 1.0, 5)
_BENT = 500.0  # Hz: a higher pitch hardly ever bends
_BETTER = 1.25  # than no bend must the best one fit, to be believed


@dataclass(frozen=True, eq=False)
class Peaks:
    """Of a hit, as the network should say it.

    Attributes:
        offsets: [32] of the modes, 0..1.
        weights: [32] share of the peak's magnitude in that of all; 0 for the first
            mode, which is the pitch, and for what lies too high.
        bend: [2] amount and time.
    """

    offsets: Floats
    weights: Floats
    bend: Floats


@functools.lru_cache(maxsize=8192)
def peaks_of(clip: Clip) -> Peaks:
    """Look for a hit's modes and its bend."""
    hertz = 440.0 * 2.0 ** ((float(clip.pitch[0]) - 69.0) / 12.0)
    offsets, weights = _modes(np.asarray(clip.audio), hertz)
    bend = _bend(np.asarray(clip.audio), hertz)
    return Peaks(offsets, weights, np.array(bend, np.float32))


def _modes(audio: Floats, hertz: float) -> tuple[Floats, Floats]:
    spectrum = magnitudes(audio)
    bin_hertz = 0.5 * sound.SAMPLE_RATE / (len(spectrum) - 1)
    edges = hertz * 2.0 ** (SPACING * (np.arange(_MODES + 1) - 0.5)) / bin_hertz
    offsets = np.full(_MODES, 0.5, np.float32)
    weights = np.zeros(_MODES, np.float32)
    for k in range(1, _MODES):
        low, high = int(np.ceil(edges[k])), int(np.ceil(edges[k + 1]))
        if high * bin_hertz > _HIGHEST or low == high:
            continue
        place = low + int(spectrum[low:high].argmax())
        offsets[k] = np.log2(place * bin_hertz / hertz) / SPACING - k + 0.5
        weights[k] = spectrum[place]
    return offsets.clip(0.0, 1.0), weights / max(float(weights.sum()), 1e-9)


def _bend(audio: Floats, hertz: float) -> tuple[float, float]:
    """Amount and time of the bend with which the lowest mode fits a sine best."""
    if hertz > _BENT:
        return 0.0, 0.5
    slow = resample_poly(audio[: _SLOWER * _STRETCH], 1, _SLOWER)
    waves = np.exp(-2j * np.pi * hertz * _turns()[..., : len(slow)])
    fit = np.abs(waves @ slow)
    amount, time = np.unravel_index(int(fit.argmax()), fit.shape)
    if fit[amount, time] < _BETTER * fit[0, 0]:
        return 0.0, 0.5
    return float(_BENDS[amount]), float(_BEND_TIMES[time])


@functools.cache
def _turns() -> NDArray[np.float64]:
    """[9, 5, 600] turns of a sine of 1 Hz, bent in all the ways that are tried."""
    rate = sound.SAMPLE_RATE / _SLOWER
    time = np.arange(_STRETCH) / rate
    low, high = sound.IMPACT_BEND_LOW, sound.IMPACT_BEND_HIGH
    seconds = low * (high / low) ** _BEND_TIMES
    left = np.exp(-np.log(1000.0) * time / seconds[:, None])
    octaves = sound.IMPACT_BEND_OCTAVES * _BENDS[:, None, None]
    return np.asarray(np.cumsum(2.0 ** (octaves * left), -1) / rate)
