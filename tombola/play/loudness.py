"""Integrated loudness after ITU-R BS.1770-4, for 48 kHz."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tombola.generated.sound import SAMPLE_RATE

# Numerator and denominator of the two filters at 48 kHz: BS.1770-4, tables 1 and 2.
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_OFFSET = -0.691
_WINDOW = SAMPLE_RATE * 2 // 5  # 400 ms, three quarters of it overlapping
_HOP = _WINDOW // 4
_ABSOLUTE_GATE = -70.0
_RELATIVE_GATE = -10.0


def integrated_loudness(samples: NDArray[np.float64]) -> float | None:
    """Return LUFS of float [samples, channels], full scale 1, or None for silence.

    The weighting is applied to each window's spectrum, which differs from filtering
    by what rings over the window's ends: under 0.1 LU.
    """
    if len(samples) < _WINDOW:
        return None
    gain = _power_gain()
    windows = sliding_window_view(samples, _WINDOW, axis=0)[::_HOP]
    powers = np.array([_weighted_power(window, gain) for window in windows])
    loud = powers[_decibels(powers) > _ABSOLUTE_GATE]
    if not len(loud):
        return None
    gate = _decibels(loud.mean()) + _RELATIVE_GATE
    return float(_decibels(loud[_decibels(loud) > gate].mean()))


def _decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    level: NDArray[np.float64] = _OFFSET + 10 * np.log10(np.maximum(power, 1e-20))
    return level


def _weighted_power(
    window: NDArray[np.float64], gain: NDArray[np.float64]
) -> np.float64:
    """Return the mean square of [channels, samples] after weighting, channels added."""
    spectrum = np.abs(np.fft.rfft(window)) ** 2
    spectrum[:, 1:-1] *= 2  # Parseval: the mirrored half
    return np.float64((spectrum * gain).sum() / _WINDOW**2)


def _power_gain() -> NDArray[np.float64]:
    delay = np.exp(-2j * np.pi * np.arange(_WINDOW // 2 + 1) / _WINDOW)
    gain = np.ones(len(delay))
    for numerator, denominator in (_SHELF, _HIGH_PASS):
        over, under = (
            c[0] + c[1] * delay + c[2] * delay**2 for c in (numerator, denominator)
        )
        gain *= np.abs(over / under) ** 2
    return gain
