"""Words of the converters to volts and back, and the lines that fit a module.

What `firmware/core/panel` does with a calibration, in the same order; pitch is in
cents, of which a volt has 1200.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tombola.generated.panel import CVS
from tombola.generated.settings import Calibration

ADC_MAX, DAC_MAX = 65535, 4095
CENTS = 1200.0  # a volt
# Where Calibration.pitch_cents stand, in volts.
OCTAVES = np.arange(-3.0, 8.0)
# A line this near to all octaves needs no correction of its own, in cents.
STRAIGHT = 0.5

Array = NDArray[np.float64]


def cv_volts(calibration: Calibration, jack: int, words: ArrayLike) -> Array:
    """Return the volts at a CV jack, by its place in the panel's order."""
    zero, full = calibration.cv_zero_volts[jack], calibration.cv_full_volts[jack]
    return zero + (full - zero) * np.asarray(words, np.float64) / ADC_MAX


def pitch_volts(calibration: Calibration, words: ArrayLike) -> Array:
    """Return the volts that V/OCT's pitch is made from: with the octaves' cents."""
    volts = cv_volts(calibration, 0, words)
    cents = np.interp(volts, OCTAVES, calibration.pitch_cents)
    return np.asarray(volts + cents / CENTS)


def out_volts(calibration: Calibration, words: ArrayLike) -> Array:
    """Return the volts at the jack CV for words of the DAC."""
    zero, full = calibration.out_zero_volts, calibration.out_full_volts
    return zero + (full - zero) * np.asarray(words, np.float64) / DAC_MAX


def line(words: ArrayLike, volts: ArrayLike, last: int) -> tuple[float, float]:
    """Return the volts at word 0 and at word `last` of the best line through points."""
    x, y = (np.asarray(values, np.float64) for values in (words, volts))
    slope, zero = np.polyfit(x, y, 1)
    return float(zero), float(zero + slope * last)


def with_input(
    old: Calibration, jack: int, words: ArrayLike, volts: ArrayLike
) -> Calibration:
    """Return `old` with another scale for one CV jack."""
    zero, full = line(words, volts, ADC_MAX)
    zeros, fulls = list(old.cv_zero_volts), list(old.cv_full_volts)
    zeros[jack], fulls[jack] = zero, full
    return replace(old, cv_zero_volts=tuple(zeros), cv_full_volts=tuple(fulls))


def with_pitch(old: Calibration, words: ArrayLike, volts: ArrayLike) -> Calibration:
    """Return `old` with another scale for V/OCT, and cents where no line fits.

    words, volts: of two whole octaves or more. An octave that was not measured gets the
    cents between its neighbours', or those of the nearest.
    """
    asked = np.asarray(volts, np.float64)
    new = with_input(old, 0, words, asked)
    read = cv_volts(new, 0, words)
    missing = CENTS * (asked - read)
    if np.abs(missing).max() <= STRAIGHT:
        cents = np.zeros(len(OCTAVES))
    else:
        order = np.argsort(read)
        cents = np.interp(OCTAVES, read[order], missing[order])
    return replace(new, pitch_cents=tuple(map(float, cents)))


def with_output(old: Calibration, words: ArrayLike, volts: ArrayLike) -> Calibration:
    """Return `old` with another scale for the jack CV."""
    zero, full = line(words, volts, DAC_MAX)
    return replace(old, out_zero_volts=zero, out_full_volts=full)


def jack_index(name: str) -> int:
    """Return a CV jack's place in the panel's order."""
    return [jack.name for jack in CVS].index(name)
