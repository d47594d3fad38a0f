"""The stages of a calibration: what each measures, what it makes of it, when it passes.

A stage is data and pure functions; `run` plays it on a module.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tombola.errors import TombolaError
from tombola.generated.panel import CVS
from tombola.generated.protocol import MeasureAnswer
from tombola.generated.settings import Calibration
from tombola.module.calibration import scale
from tombola.module.calibration.checks import check_loop, check_straight
from tombola.module.calibration.patches import Patch
from tombola.module.calibration.scale import CENTS, jack_index

PITCH, LOOP = CVS[0].name, CVS[1].name  # V/OCT, and the input that CV out is patched to
INPUTS = [jack.name for jack in CVS[1:]]
# Volts that the five inputs are measured at, besides 0.
INPUT_VOLTS = 5.0
# Words of the DAC, within what the input it is patched to hears.
OUTPUT_WORDS = (100, 1024, 2048, 3072, 3995)


@dataclass(frozen=True)
class Step:
    """One thing to measure. word: of the DAC, held meanwhile; None: left alone."""

    patch: Patch
    word: int | None = None


@dataclass(frozen=True)
class Point:
    """What came of a step at one jack, in the stage's unit.

    volts: at the jack, of the source, or of CV out as its input reads them. word: of
    the ADC, or of the DAC. before, after: the error of the old calibration and the new.
    """

    jack: str
    volts: float
    word: float
    before: float
    after: float


Readings = list[tuple[Step, MeasureAnswer]]


@dataclass(frozen=True)
class Stage:
    """A stage: `intro` says to people what they need.

    fit makes a calibration of the old one and the readings of all steps, or raises
    BadPatchError. points compares two calibrations on other readings of the same steps.
    limit: the largest error with which it passes, in unit.
    """

    name: str
    title: str
    intro: str
    steps: tuple[Step, ...]
    fit: Callable[[Calibration, Readings], Calibration]
    points: Callable[[Calibration, Calibration, Readings], list[Point]]
    unit: str
    limit: float


def inputs_stage() -> Stage:
    """Offset and scale of the five inputs beside V/OCT."""
    steps = [Step(Patch())] + [Step(Patch(name, INPUT_VOLTS)) for name in INPUTS]
    return Stage(
        name="inputs",
        title=f"offset and scale of {', '.join(INPUTS[:-1])} and {INPUTS[-1]}",
        intro=f"You need a source of {INPUT_VOLTS:g} V, checked with a voltmeter.",
        steps=tuple(steps),
        fit=_fit_inputs,
        points=_input_points,
        unit="mV",
        limit=10.0,
    )


def _words_at(name: str, readings: Readings) -> tuple[list[float], list[float]]:
    """Words and volts of the steps that say something of a jack."""
    jack = jack_index(name)
    told = [
        (reading.mean[jack], step.patch.volts)
        for step, reading in readings
        if step.patch.jack in {name, None} and step.patch.volts is not None
    ]
    return [word for word, _ in told], [volts for _, volts in told]


def _fit_inputs(old: Calibration, readings: Readings) -> Calibration:
    new = old
    for name in INPUTS:
        new = scale.with_input(new, jack_index(name), *_words_at(name, readings))
    return new


def _input_points(
    old: Calibration, new: Calibration, readings: Readings
) -> list[Point]:
    points = []
    for name in INPUTS:
        jack = jack_index(name)
        for word, volts in zip(*_words_at(name, readings), strict=True):
            before, after = (
                1e3 * (float(scale.cv_volts(c, jack, word)) - volts) for c in (old, new)
            )
            points.append(Point(name, volts, word, before, after))
    return points


def pitch_stage(low: int, high: int) -> Stage:
    """V/OCT from `low` to `high` volts, in whole octaves.

    Raises TombolaError for less than two octaves apart, or more than the jack hears.
    """
    bottom, top = CVS[0].range
    if not bottom <= low < high <= top or high - low < 2:
        raise TombolaError(
            f"octaves from {low:+d} to {high:+d} V cannot be measured; {PITCH} reads "
            f"{bottom:+g} to {top:+g} V, and two octaves are the least"
        )
    steps = [Step(Patch(PITCH, float(volts))) for volts in range(low, high + 1)]
    return Stage(
        name="pitch",
        title=f"{PITCH} at every octave from {low:+d} to {high:+d} V",
        intro="You need a source of whole volts that is as exact as you want to be in "
        "tune: a millivolt is 1.2 cents.",
        steps=tuple(steps),
        fit=_fit_pitch,
        points=_pitch_points,
        unit="cents",
        limit=2.0,
    )


def _fit_pitch(old: Calibration, readings: Readings) -> Calibration:
    words, volts = _words_at(PITCH, readings)
    check_straight(PITCH, volts, words)
    return scale.with_pitch(old, words, volts)


def _pitch_points(
    old: Calibration, new: Calibration, readings: Readings
) -> list[Point]:
    points = []
    for word, volts in zip(*_words_at(PITCH, readings), strict=True):
        before, after = (
            CENTS * (float(scale.pitch_volts(c, word)) - volts) for c in (old, new)
        )
        points.append(Point(PITCH, volts, word, before, after))
    return sorted(points, key=lambda point: point.volts)


def output_stage() -> Stage:
    """The jack CV, by a cable to an input that is right already."""
    steps = [Step(Patch(LOOP, None), word) for word in OUTPUT_WORDS]
    return Stage(
        name="output",
        title=f"the jack CV, through a cable to {LOOP}",
        intro=f"You need a patch cable. {LOOP} has to be calibrated: the stage "
        "`inputs` does that.",
        steps=tuple(steps),
        fit=_fit_output,
        points=_output_points,
        unit="mV",
        limit=15.0,
    )


def _looped(
    calibration: Calibration, readings: Readings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Words of the DAC, and the volts that the input reads of them."""
    jack = jack_index(LOOP)
    words = np.array([step.word for step, _ in readings], np.float64)
    read = [reading.mean[jack] for _, reading in readings]
    return words, scale.cv_volts(calibration, jack, read)


def _fit_output(old: Calibration, readings: Readings) -> Calibration:
    in_order = sorted(readings, key=lambda row: row[0].word or 0)
    check_loop([reading for _, reading in in_order], LOOP)
    return scale.with_output(old, *_looped(old, readings))


def _output_points(
    old: Calibration, new: Calibration, readings: Readings
) -> list[Point]:
    points = []
    for word, volts in zip(*_looped(old, readings), strict=True):
        before, after = (
            1e3 * float(scale.out_volts(c, word) - volts) for c in (old, new)
        )
        points.append(Point("CV", float(volts), float(word), before, after))
    return sorted(points, key=lambda point: point.volts)


def all_stages(octaves: tuple[int, int]) -> list[Stage]:
    """Return the stages in the order in which they build on one another."""
    return [inputs_stage(), pitch_stage(*octaves), output_stage()]
