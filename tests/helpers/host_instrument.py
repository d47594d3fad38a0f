"""Panel tracks for the instrument on the host, and what is heard of them."""

import functools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tombola._core import Instrument
from tombola.converter import convert
from tombola.generated.panel import CVS, KNOBS
from tombola.generated.sound import BLOCK, FULL_SCALE, SAMPLE_RATE
from tombola.performance import GATE_BIT, PanelTrack, Performance
from tombola.play.words import CV_INDEX, KNOB_INDEX, cv_words, knob_words

DATA = Path(__file__).parents[1] / "data"
SECOND = SAMPLE_RATE // BLOCK  # blocks
WARM = 8  # blocks that read each knob once, during which gates are ignored

Audio = NDArray[np.float64]


@functools.cache
def ticket() -> bytes:
    """Random weights whose loudness is -50..-12 dB."""
    return convert((DATA / "tone_small.tflite").read_bytes()).ticket


def track(blocks: int, gate: tuple[int, int] = (0, 0)) -> PanelTrack:
    """Jacks at 0 V, knobs at noon, GATE high from..to.

    But for SHAPE, which is left, and LEVEL and TICKET, which are right.
    """
    knobs = np.full((blocks, len(KNOBS)), 32768, np.uint16)
    knobs[:, KNOB_INDEX["SHAPE"]] = 0
    knobs[:, KNOB_INDEX["LEVEL"]] = 65535
    knobs[:, KNOB_INDEX["TICKET"]] = 65535
    gates = np.zeros(blocks, np.uint8)
    gates[gate[0] : gate[1]] = GATE_BIT
    return PanelTrack(
        np.tile([cv_words(jack, 0.0) for jack in CVS], (blocks, 1)),
        knobs,
        gates,
        np.zeros((blocks * BLOCK, 2), np.int32),
    )


def set_cv(panel: PanelTrack, jack: str, volts: Any) -> None:
    panel.cv[:, CV_INDEX[jack]] = cv_words(CVS[CV_INDEX[jack]], volts)


def set_knob(panel: PanelTrack, knob: str, position: Any) -> None:
    panel.knobs[:, KNOB_INDEX[knob]] = knob_words(KNOBS[KNOB_INDEX[knob]], position)


def play(panel: PanelTrack, instrument: Instrument | None = None) -> Performance:
    instrument = instrument or Instrument(ticket())
    rendered = instrument.render(panel.cv, panel.knobs, panel.gates, panel.audio)
    return Performance(**rendered)


def set_tonal(panel: PanelTrack) -> None:
    """Go where these weights make one strong partial, and turn the noise down."""
    for jack, volts in (("X", 4.0), ("Y", 4.0), ("COLOR", -5.0)):
        set_cv(panel, jack, volts)


def left(performance: Performance) -> Audio:
    """Full scale 1."""
    return performance.audio[:, 0] / FULL_SCALE


def cents_off(samples: Audio, hertz: float) -> float:
    """How far the strongest partial is from the nearest multiple of `hertz`."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 8 * len(samples)))
    peak = int(np.argmax(spectrum))
    a, b, c = np.log(spectrum[peak - 1 : peak + 2])
    exact = (peak + 0.5 * (a - c) / (a - 2 * b + c)) * SAMPLE_RATE / (8 * len(samples))
    number = round(exact / hertz)
    assert 1 <= number <= 4, "noise is stronger than the first partials"
    return float(1200.0 * np.log2(exact / number / hertz))
