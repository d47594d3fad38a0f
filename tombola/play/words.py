"""Volts and positions to ADC words and back, by the panel's ideal front end.

The scale of each jack and knob is `firmware/schema/panel.toml`'s; a real module's
calibration corrects what its resistors add to it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tombola.generated.panel import CVS, KNOBS, PITCH_AT_ZERO_VOLTS, Part
from tombola.performance import PanelTrack

WORD_MAX = 65535

CV_INDEX = {part.name: index for index, part in enumerate(CVS)}
KNOB_INDEX = {part.name: index for index, part in enumerate(KNOBS)}


def cv_words(jack: Part, volts: ArrayLike) -> NDArray[np.uint16]:
    """Return the ADC words that `volts` at a CV jack make, limited to the ADC's."""
    low, high = jack.volts_at_word
    return _words((np.asarray(volts, np.float64) - low) / (high - low))


def cv_volts(jack: Part, words: ArrayLike) -> NDArray[np.float64]:
    """Return the volts at a CV jack that make these ADC words."""
    low, high = jack.volts_at_word
    return low + (high - low) * np.asarray(words, np.float64) / WORD_MAX


def knob_words(knob: Part, positions: ArrayLike) -> NDArray[np.uint16]:
    """Return the ADC words of a knob at `positions`, in the units of its range."""
    low, high = knob.range
    return _words((np.asarray(positions, np.float64) - low) / (high - low))


def knob_positions(knob: Part, words: ArrayLike) -> NDArray[np.float64]:
    """Return where a knob stands, in the units of its range, from its ADC words."""
    low, high = knob.range
    return low + (high - low) * np.asarray(words, np.float64) / WORD_MAX


def volts_of_pitch(pitch: ArrayLike) -> NDArray[np.float64]:
    """Return the volts at V/OCT that play a MIDI note (69 is A4, 440 Hz)."""
    return (np.asarray(pitch, np.float64) - PITCH_AT_ZERO_VOLTS) / 12.0


def patched_pitch(track: PanelTrack) -> NDArray[np.float64]:
    """Return the pitch that each block asks for, as MIDI notes.

    V/OCT, and the PITCH knob in its whole semitones.
    """
    jack, knob = CV_INDEX["V/OCT"], KNOB_INDEX["PITCH"]
    volts = cv_volts(CVS[jack], track.cv[:, jack])
    semitones = np.round(knob_positions(KNOBS[knob], track.knobs[:, knob]))
    pitch: NDArray[np.float64] = PITCH_AT_ZERO_VOLTS + 12.0 * volts + semitones
    return pitch


def _words(share: NDArray[np.float64]) -> NDArray[np.uint16]:
    return np.rint(np.clip(share, 0.0, 1.0) * WORD_MAX).astype(np.uint16)
