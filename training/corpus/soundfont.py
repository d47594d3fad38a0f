"""Sounds of a free sound font, played by FluidSynth: one file a stroke of a key."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import mido
import soundfile

from tombola import progress
from tombola.errors import TombolaError
from tombola.generated.sound import SAMPLE_RATE

LICENCE = "MIT (FluidR3 GM, Frank Wen and others)"
SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
DRUMS = 9  # the MIDI channel of the drum kits, counted from 0
_TICKS = 1000  # a second, at the tempo that is set below


@dataclass(frozen=True)
class Source:
    """A programme of the font, and the keys that are struck.

    Attributes:
        name: That its files begin with.
        programme: Of General MIDI, counted from 0; on the drums' channel the kit.
        keys: MIDI notes.
        velocities: Each key's.
        bank: Of the programme.
        channel: MIDI channel, counted from 0.
    """

    name: str
    programme: int
    keys: tuple[int, ...]
    velocities: tuple[int, ...]
    bank: int = 0
    channel: int = 0

    def strokes(self) -> Iterator[tuple[int, int]]:
        """Keys and velocities, in the order in which they are played."""
        for key in self.keys:
            for velocity in self.velocities:
                yield key, velocity


@dataclass(frozen=True)
class Timing:
    """Of a stroke, in seconds.

    Attributes:
        held: Until the key is let go.
        length: Until the file ends.
        space: From stroke to stroke, so that no tail runs into the next.
    """

    held: float
    length: float
    space: float


def render(folder: Path, sources: Sequence[Source], timing: Timing) -> None:
    """Render `folder`/NAME-KEY-vVELOCITY.flac at 48 kHz.

    `folder` appears when all of them are in it.

    Raises:
        TombolaError: FluidSynth or its sound font is missing.
    """
    if shutil.which("fluidsynth") is None or not SOUND_FONT.is_file():
        raise TombolaError(
            f"the default sounds need fluidsynth and {SOUND_FONT}; "
            "run: sudo apt install fluidsynth fluid-soundfont-gm"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}-"
    with (
        tempfile.TemporaryDirectory(dir=folder.parent, prefix=prefix) as scratch,
        ThreadPoolExecutor(2) as pool,
        progress.bar(f"render {folder.name}", len(sources)) as bar,
    ):
        fresh = Path(scratch) / "new"
        fresh.mkdir()

        def play(source: Source) -> str:
            return _render(source, timing, Path(scratch), fresh)

        for name in pool.map(play, sources):
            bar.advance()
            bar.note(name)
        fresh.replace(folder)


def _render(source: Source, timing: Timing, scratch: Path, folder: Path) -> str:
    """Play all of one source's strokes in a row and cut them apart."""
    score, sound = (scratch / f"{source.name}.{end}" for end in ("mid", "wav"))
    _score(source, timing).save(score)
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
    for number, (key, velocity) in enumerate(source.strokes()):
        start = round(number * timing.space * SAMPLE_RATE)
        path = folder / f"{source.name}-{key:03d}-v{velocity:03d}.flac"
        piece = audio[start : start + round(timing.length * SAMPLE_RATE)]
        soundfile.write(path, piece.mean(axis=1), SAMPLE_RATE, subtype="PCM_24")
    return source.name


def _score(source: Source, timing: Timing) -> mido.MidiFile:
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=1_000_000))
    where = {"channel": source.channel}
    if source.bank:
        bank = {"control": 0, "value": source.bank}
        track.append(mido.Message("control_change", **bank, **where))
    track.append(mido.Message("program_change", program=source.programme, **where))
    held, rest = (
        round(timing.held * _TICKS),
        round((timing.space - timing.held) * _TICKS),
    )
    wait = 0
    for key, velocity in source.strokes():
        struck = {"note": key, "velocity": velocity, **where}
        track.append(mido.Message("note_on", time=wait, **struck))
        track.append(mido.Message("note_off", time=held, **struck))
        wait = rest
    track.append(mido.MetaMessage("end_of_track", time=rest))
    return mido.MidiFile(ticks_per_beat=_TICKS, tracks=[track])
