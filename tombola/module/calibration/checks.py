"""What a bad patch looks like, in words; each finding ends a measurement unsaved."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tombola.errors import TombolaError
from tombola.generated.panel import CVS
from tombola.generated.protocol import MeasureAnswer
from tombola.generated.settings import Calibration
from tombola.module.calibration.patches import UNPLUGGED, Patch, volts_in_words
from tombola.module.calibration.scale import ADC_MAX, CENTS, cv_volts, jack_index

# Volts that parts' tolerances may add to a jack before it is calibrated: 2 % of the
# reference over V/OCT's range are 0.15 V, the resistors' three sigma 0.1 V.
TOLERANCE = 0.35
# Share that an input's scale may be off: the reference's 2 %, resistors' three sigma.
GAIN = 0.04
# Volts, peak to peak, within a measurement: the converter's noise is 1 mV.
STEADY = 0.01
# Shares of the ADC's scale beyond which an input's amplifier is at its end.
REACH = (0.004, 0.9955)
# Cents that a measured octave may lie off the line through all; the ADC's part is 3.
BEND = 25.0


class BadPatchError(TombolaError):
    """What was measured is not what was asked for."""


def check_reading(patch: Patch, reading: MeasureAnswer) -> None:
    """Raise BadPatchError unless a reading is what the patch should give.

    A patch of CV out is only held to be steady and within reach.
    """
    if patch.jack is None:
        for jack in CVS:
            _check_jack(jack.name, UNPLUGGED, reading)
    else:
        _check_jack(patch.jack, patch.volts, reading)


def _check_jack(name: str, volts: float | None, reading: MeasureAnswer) -> None:
    jack = jack_index(name)
    low, high = CVS[jack].range
    share = reading.mean[jack] / ADC_MAX
    if not REACH[0] < share < REACH[1]:
        raise BadPatchError(
            f"{name} is beyond what it can read, {low:+g} to {high:+g} V; "
            "is the source set to the right voltage?"
        )
    nominal = np.array([cv_volts(Calibration(), i, w) for i, w in _means(reading)])
    if volts is not None and abs(nominal[jack] - volts) > TOLERANCE:
        raise BadPatchError(_wrong_volts(name, volts, nominal))
    words = reading.maximum[jack] - reading.minimum[jack]
    ends = cv_volts(Calibration(), jack, [0, words])
    unrest = abs(float(ends[1] - ends[0]))
    if unrest > STEADY:
        raise BadPatchError(
            f"{name} moves by {unrest * 1e3:.0f} mV while it is measured, and "
            f"{STEADY * 1e3:.0f} mV is the most; use a steadier source, or another "
            "cable, and let no modulation reach it"
        )


def _means(reading: MeasureAnswer) -> list[tuple[int, float]]:
    return list(enumerate(reading.mean))


def _wrong_volts(name: str, volts: float, nominal: NDArray[np.float64]) -> str:
    """Say where the volts went, or which came instead. nominal: of all jacks."""
    jack = jack_index(name)
    asked, found = volts_in_words(volts), volts_in_words(float(nominal[jack]))
    if abs(volts - UNPLUGGED) <= TOLERANCE:
        return f"{name} reads {found}, where {asked} was asked for; is a cable in it?"
    there = [
        other.name
        for other, value in zip(CVS, nominal, strict=True)
        if other.name != name and abs(value - volts) <= TOLERANCE
    ]
    if there:
        return f"the {asked} arrive at {there[0]}, not at {name}; move the cable"
    if abs(nominal[jack] - UNPLUGGED) <= TOLERANCE:
        return (
            f"{name} reads 0 V, where {asked} was asked for: nothing arrives there; "
            "is the cable in, and the source on?"
        )
    return (
        f"{name} reads {found}, where {asked} was asked for; set the source to {asked}"
    )


def check_straight(name: str, volts: ArrayLike, words: ArrayLike) -> None:
    """Raise BadPatchError unless the words fall evenly as the volts rise."""
    order = np.argsort(volts)
    asked = np.asarray(volts, np.float64)[order]
    read = np.asarray(words, np.float64)[order]
    back = np.flatnonzero(np.diff(read) >= 0)
    if len(back):
        pair = " and ".join(volts_in_words(v) for v in asked[back[0] : back[0] + 2])
        raise BadPatchError(
            f"{name} reads no more at the higher one of {pair}; measure them again"
        )
    slope, zero = np.polyfit(read, asked, 1)
    off = CENTS * (asked - (zero + slope * read))
    worst = int(np.abs(off).argmax())
    if abs(off[worst]) > BEND:
        raise BadPatchError(
            f"at {volts_in_words(asked[worst])}, {name} lies {abs(off[worst]):.0f} "
            f"cents off the line through the other points, and {BEND:.0f} is the "
            "most; check the source there with a voltmeter"
        )


def check_loop(readings: list[MeasureAnswer], name: str) -> None:
    """Raise BadPatchError unless a jack follows the jack CV, which rose step by step.

    readings: of all inputs, one for each step.
    """
    swing = np.abs(np.diff([reading.mean for reading in readings], axis=0)).min(axis=0)
    follows = swing > 0.02 * ADC_MAX
    if follows[jack_index(name)]:
        return
    others = [jack.name for jack, yes in zip(CVS, follows, strict=True) if yes]
    if others:
        raise BadPatchError(
            f"the jack CV arrives at {others[0]}, not at {name}; move the cable"
        )
    raise BadPatchError(
        f"{name} does not follow the jack CV; is the cable in both of them?"
    )


def check_limits(new: Calibration) -> None:
    """Raise BadPatchError when a calibration is not what such a board can have."""
    for i, jack in enumerate(CVS):
        low, high = jack.volts_at_word
        gain = (new.cv_full_volts[i] - new.cv_zero_volts[i]) / (high - low)
        if abs(gain - 1.0) > GAIN:
            raise BadPatchError(
                f"{jack.name}'s scale is {100 * abs(gain - 1.0):.1f} % off, and parts "
                f"make {100 * GAIN:.0f} % at most; check the source with a voltmeter"
            )
    _, wrong = new.clamped()
    if wrong:
        raise BadPatchError(
            f"the measured {', '.join(wrong)} lies beyond what parts can do; check the "
            "source with a voltmeter, then the board (docs/build/calibration.md)"
        )
