"""A spectrogram whose frequencies are spaced like notes."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tombola.generated.sound import SAMPLE_RATE

# Window in samples and the frequency above which it is too long: short windows keep
# attacks sharp where partials are wide apart, long ones tell bass notes apart.
WINDOWS = ((16384, 250.0), (8192, 700.0), (4096, 2500.0), (2048, 24000.0))
COLUMNS = 1500
ROWS = 420
CROSSFADE_OCTAVES = 0.5


def log_spectrogram(
    samples: NDArray[np.float64], lowest: float, highest: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Hz [420] and levels [420, columns] in dBFS of a sine of that level.

    samples: float, full scale 1, at 48 kHz. Columns are evenly spaced in time, at most
    1500 of them. Levels have a floor of -160 dB.
    """
    hertz = np.geomspace(lowest, highest, ROWS)
    columns = min(COLUMNS, max(2, len(samples) // 96))
    centres = np.linspace(0, len(samples) - 1, columns).astype(np.int64)
    power = np.zeros((ROWS, columns))
    low_edge = 0.0
    for size, high_edge in WINDOWS:
        weight = _weight(hertz, low_edge, high_edge)
        rows = np.flatnonzero(weight)
        if len(rows):
            magnitude = _magnitudes(samples, size, centres, hertz[rows])
            power[rows] += weight[rows, None] * magnitude**2
        low_edge = high_edge
    return hertz, 10 * np.log10(np.maximum(power, 1e-16))


def _weight(hertz: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Return a window's share at each frequency; all windows' shares add up to 1."""

    def rising(edge: float) -> NDArray[np.float64]:
        if edge == 0.0:
            return np.ones(len(hertz))
        octaves = np.log2(hertz / edge) / CROSSFADE_OCTAVES
        return np.clip(octaves + 0.5, 0.0, 1.0)

    last = high >= SAMPLE_RATE / 2
    share: NDArray[np.float64] = rising(low) - (0.0 if last else rising(high))
    return share


def _magnitudes(
    samples: NDArray[np.float64],
    size: int,
    centres: NDArray[np.int64],
    hertz: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return amplitudes [len(hertz), columns] by a Hann window of `size` samples."""
    window = np.hanning(size)
    window *= 2 / window.sum()
    frames = sliding_window_view(np.pad(samples, size // 2), size)
    bins = hertz * size / SAMPLE_RATE
    half = np.sqrt(hertz[-1] / hertz[-2])
    edges = np.rint(np.append(bins / half, bins[-1] * half)).astype(np.int64)
    wide = np.diff(edges) > 1  # rows of several bins show the strongest
    result = np.empty((len(hertz), len(centres)))
    for column, centre in enumerate(centres):
        magnitude = np.abs(np.fft.rfft(frames[centre] * window))
        strongest = np.maximum.reduceat(magnitude, edges)[:-1]
        between = np.interp(bins, np.arange(len(magnitude)), magnitude)
        result[:, column] = np.where(wide, strongest, between)
    return result
