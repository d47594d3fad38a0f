"""The default sounds: notes of a free sound font, played by FluidSynth."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
import soundfile

from tombola import progress
from tombola.errors import TombolaError
from tombola.generated.sound import SAMPLE_RATE

NAME = "notes"
LICENCE = "MIT (FluidR3 GM, Frank Wen and others)"
SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
# The font's softest notes are left out: other strings ring in them almost as loud.
VELOCITIES = (40, 60, 80, 100, 120)
PITCHES = 12  # of each instrument, evenly over its range
HELD = 1.75  # seconds until the key is let go ...
LENGTH = 2.25  # ... and until the file ends: the release is part of the sound
_TICKS = 1000  # a second, at the tempo that is set below
_SPACE = 4.0  # seconds from note to note, so that no tail runs into the next


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
    """Render the default notes as `folder`/INSTRUMENT-NOTE-VELOCITY.flac at 48 kHz.

    `folder` appears when all notes are in it.

    Raises:
        TombolaError: FluidSynth or its sound font is missing.
    """
    if shutil.which("fluidsynth") is None or not SOUND_FONT.is_file():
        raise TombolaError(
            f"the default sounds need fluidsynth and {SOUND_FONT}; "
            "run: sudo apt install fluidsynth fluid-soundfont-gm"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=folder.parent, prefix=".notes-") as scratch,
        ThreadPoolExecutor(2) as pool,
        progress.bar("render notes", len(INSTRUMENTS)) as bar,
    ):
        fresh = Path(scratch) / "new"
        fresh.mkdir()
        for name in pool.map(lambda i: _render(i, Path(scratch), fresh), INSTRUMENTS):
            bar.advance()
            bar.note(name)
        fresh.replace(folder)


def _render(instrument: Instrument, scratch: Path, folder: Path) -> str:
    """Play all of one instrument's notes in a row and cut them apart."""
    score, sound = (scratch / f"{instrument.name}.{end}" for end in ("mid", "wav"))
    _score(instrument).save(score)
    quiet_and_dry = ["-ni", "-q", "-R", "0", "-C", "0", "-g", "0.5"]
    wave = ["-r", str(SAMPLE_RATE), "-O", "s24", "-T", "wav", "-F", str(sound)]
    subprocess.run(
        ["fluidsynth", *quiet_and_dry, *wave, str(SOUND_FONT), str(score)],
        check=True,
        capture_output=True,
    )
    audio, rate = soundfile.read(sound, dtype="float32")
    sound.unlink()
    assert rate == SAMPLE_RATE
    for number, (note, velocity) in enumerate(_notes(instrument)):
        start = round(number * _SPACE * SAMPLE_RATE)
        path = folder / f"{instrument.name}-{note:03d}-{velocity:03d}.flac"
        piece = audio[start : start + round(LENGTH * SAMPLE_RATE)]
        soundfile.write(path, piece.mean(axis=1), SAMPLE_RATE, subtype="PCM_24")
    return instrument.name


def _notes(instrument: Instrument) -> Iterator[tuple[int, int]]:
    """MIDI notes and velocities, in the order in which they are played."""
    for note in np.linspace(instrument.low, instrument.high, PITCHES).round():
        for velocity in VELOCITIES:
            yield int(note), velocity


def _score(instrument: Instrument) -> mido.MidiFile:
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=1_000_000))
    track.append(mido.Message("program_change", program=instrument.programme))
    held, rest = round(HELD * _TICKS), round((_SPACE - HELD) * _TICKS)
    wait = 0
    for note, velocity in _notes(instrument):
        track.append(mido.Message("note_on", note=note, velocity=velocity, time=wait))
        track.append(mido.Message("note_off", note=note, time=held))
        wait = rest
    track.append(mido.MetaMessage("end_of_track", time=rest))
    return mido.MidiFile(ticks_per_beat=_TICKS, tracks=[track])
