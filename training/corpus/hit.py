"""One hit of percussion: where it begins, and what its pitch is."""

import numpy as np
from numpy.typing import NDArray

from tombola.generated.sound import FRAME, SAMPLE_RATE
from tombola.training.corpus.corpus import Floats

LONGEST = 1.5  # seconds that are kept of a hit
_BEGUN = 0.02  # of the peak: what is below is before the hit
_BEFORE = 24  # samples that are kept before it, half a millisecond
_SKIPPED = 480  # samples: the click of the stick, and the fastest bend of the pitch
_HEARD = 24000  # samples after it that tell the pitch
_SPECTRUM = 65536  # of zeros and them: 0.7 Hz a bin
_LOWEST, _HIGHEST = 30.0, 4000.0  # Hz
_WITHIN = 0.35  # of the strongest peak: as strong must a lower one be to be the pitch


def from_onset(audio: Floats) -> Floats:
    """Cut [N] samples to the first hit's 1.5 s, whole frames."""
    loud = np.flatnonzero(np.abs(audio) > _BEGUN * np.abs(audio).max())
    start = max(0, int(loud[0]) - _BEFORE)
    hit = audio[start : start + int(LONGEST * SAMPLE_RATE)]
    return np.pad(hit, (0, -len(hit) % FRAME))


def hit_pitch(audio: Floats) -> float:
    """MIDI note of the lowest strong mode of a hit, [N] samples from its onset."""
    spectrum = magnitudes(audio[_SKIPPED:] if len(audio) > 2 * _SKIPPED else audio)
    low, high = (round(hz * _SPECTRUM / SAMPLE_RATE) for hz in (_LOWEST, _HIGHEST))
    heard = spectrum[low:high]
    peak = np.r_[False, (heard[1:-1] > heard[:-2]) & (heard[1:-1] >= heard[2:]), False]
    strong = np.flatnonzero(peak & (heard > _WITHIN * heard.max()))
    place = int(strong[0]) if len(strong) else int(heard.argmax())
    hertz = (low + place) * SAMPLE_RATE / _SPECTRUM
    return float(69.0 + 12.0 * np.log2(hertz / 440.0))


def magnitudes(audio: Floats) -> NDArray[np.float64]:
    """[32769] magnitudes of the beginning of [N] samples, half a second, faded out."""
    part = audio[:_HEARD].astype(np.float64)
    window = np.cos(0.5 * np.pi * np.arange(len(part)) / _HEARD) ** 2
    spectrum: NDArray[np.float64] = np.abs(np.fft.rfft(part * window, _SPECTRUM))
    return spectrum
