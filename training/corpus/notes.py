"""The default notes: nine instruments of a free sound font."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tombola.training.corpus.soundfont import Source, Timing, render

NAME = "notes"
# The font's softest notes are left out: other strings ring in them almost as loud.
VELOCITIES = (40, 60, 80, 100, 120)
PITCHES = 12  # of each instrument, evenly over its range
# The release is part of the sound.
_TIMING = Timing(held=1.75, length=2.25, space=4.0)


@dataclass(frozen=True)
class Instrument:
    """A General MIDI programme (counted from 0) and the MIDI notes it can play."""

    name: str
    programme: int
    low: int
    high: int


INSTRUMENTS = (
    Instrument("harp", 46, 28, 79),
    Instrument("guitar", 24, 40, 84),
    Instrument("marimba", 12, 45, 96),
    Instrument("flute", 73, 60, 96),
    Instrument("clarinet", 71, 50, 91),
    Instrument("trumpet", 56, 54, 86),
    Instrument("cello", 42, 36, 76),
    Instrument("violin", 40, 55, 91),
    Instrument("choir", 52, 43, 81),
)


def render_notes(folder: Path) -> None:
    """Render the default notes as `folder`/INSTRUMENT-NOTE-vVELOCITY.flac at 48 kHz.

    Raises:
        TombolaError: FluidSynth or its sound font is missing.
    """
    render(folder, [_source(instrument) for instrument in INSTRUMENTS], _TIMING)


def _source(instrument: Instrument) -> Source:
    notes = np.linspace(instrument.low, instrument.high, PITCHES).round()
    keys = tuple(int(note) for note in notes)
    return Source(instrument.name, instrument.programme, keys, VELOCITIES)
