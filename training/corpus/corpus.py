"""The corpus: clips of sound with what the network hears of them.

A corpus folder holds `corpus.json` (names, licence, split, what was skipped) and four
arrays in which all clips lie end to end: `audio.npy`, `pitch.npy`, `loudness.npy` and
`timbre.npy`. `tombola.training.corpus.reading` makes one from a folder of sounds.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tombola.errors import TombolaError
from tombola.files import write_json
from tombola.generated.sound import FRAME, FRAME_RATE, LOUDNESS_FLOOR
from tombola.training.corpus.defaults import sounds_for

Floats = NDArray[np.float32]

TIMBRE_BANDS = 40
TIMBRE_LOW, TIMBRE_HIGH = 30.0, 20000.0  # Hz: between which the mel bands lie
FORMAT = 1
# dB. Tails of recordings below it would stretch the ranges that the knobs span.
SOUNDING = LOUDNESS_FLOOR + 20.0
_FEATURES = ("pitch", "loudness", "timbre")
_PIECE = re.compile(r" \[\d+\]$")
_VELOCITY = re.compile(r"[-_ ]v(el)?\d+(?=\.\w+$)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Clip:
    """Up to some ten seconds of one sound; T = N // 192 frames at 250 Hz.

    Frame t is centred on sample 192 (t + 1), as docs/design.md defines.

    Attributes:
        name: The file it comes from, relative to its folder; `[2]` after it marks the
            second piece of a long one.
        audio: [N] mono at 48 kHz; the peak of the whole corpus is 0 dBFS.
        pitch: [T] MIDI notes without gaps: interpolated or held where unvoiced.
        loudness: [T] A-weighted dB relative to full scale, never below the floor.
        timbre: [T, 40] power in mel bands, in dB relative to their sum, about -97..0;
            it carries no level (`tombola.training.corpus.features`).
        held_out: Kept from training, to judge it by.
    """

    name: str
    audio: Floats
    pitch: Floats
    loudness: Floats
    timbre: Floats
    held_out: bool

    @property
    def file(self) -> str:
        """The file it comes from, whichever piece of it this is."""
        return _PIECE.sub("", self.name)

    @property
    def sound(self) -> str:
        """What it is held out with: all pieces of its file and of its velocities."""
        return sound_of(self.file)


def sound_of(file: str) -> str:
    """What a file is a velocity of: its name without it, if it has one at the end.

    `kick-v40.wav`, `kick_V127.wav` and `kick vel9.wav` are all of `kick.wav`.
    """
    return _VELOCITY.sub("", file)


@dataclass(frozen=True, eq=False)
class Corpus:
    """Clips of one instrument, or of several that share a timbre plane.

    Attributes:
        name: What a person calls it.
        licence: Of the recordings; it travels with every ticket made from them.
        clips: In the order of their names.
        skipped: File and reason, for each file that was not used.
        voice: The kind of voice that it was read for.
    """

    name: str
    licence: str
    clips: list[Clip]
    skipped: list[tuple[str, str]]
    voice: str = "tone"

    @property
    def training(self) -> list[Clip]:
        """The clips to train on."""
        return [clip for clip in self.clips if not clip.held_out]

    @property
    def held_out(self) -> list[Clip]:
        """The clips to judge by."""
        return [clip for clip in self.clips if clip.held_out]

    @property
    def files(self) -> int:
        """How many files the clips come from."""
        return len({clip.file for clip in self.clips})

    @property
    def seconds(self) -> float:
        """Length of all clips together."""
        return sum(len(clip.pitch) for clip in self.clips) / FRAME_RATE

    @property
    def pitch_range(self) -> tuple[float, float]:
        """MIDI notes between which nine tenths of the sounding frames lie."""
        return self._range(lambda clip: clip.pitch)

    @property
    def loudness_range(self) -> tuple[float, float]:
        """A-weighted dB between which nine tenths of the sounding frames lie."""
        return self._range(lambda clip: clip.loudness)

    def _range(self, feature: Callable[[Clip], Floats]) -> tuple[float, float]:
        sounding = [feature(clip)[clip.loudness > SOUNDING] for clip in self.clips]
        low, high = np.percentile(np.concatenate(sounding), [5, 95])
        return float(low), float(high)

    def summary(self) -> str:
        """Say in a few lines what is in the corpus, and what was skipped and why."""
        low, high = self.pitch_range
        soft, loud = self.loudness_range
        has_pitch = sounds_for(self.voice).have_pitch
        notes = f"MIDI notes {low:.0f}..{high:.0f} at " if has_pitch else ""
        lines = [
            f"{self.name} ({self.licence}): {self.seconds:.0f} s of {self.files} files "
            f"in {len(self.clips)} clips, {len(self.held_out)} of them held out",
            f"{notes}{soft:.0f}..{loud:.0f} dB(A)",
        ]
        if self.files == 1:
            lines.append(
                "There is one file only, so its end is held out to judge the network "
                "by; more files judge better."
            )
        lines += [f"skipped '{name}', which {why}" for name, why in self.skipped]
        return "\n".join(lines)

    def save(self, folder: Path) -> None:
        """Write the corpus to `folder`, whole or not at all, in place of an older one.

        Raises:
            TombolaError: `folder` holds something that is not a corpus.
        """
        with _whole_folder(folder) as temporary:
            for field in ("audio", *_FEATURES):
                parts = [getattr(clip, field) for clip in self.clips]
                _save_pieces(temporary / f"{field}.npy", parts)
            content = {
                "format": FORMAT,
                "name": self.name,
                "licence": self.licence,
                "voice": self.voice,
                "clips": [
                    {"name": c.name, "samples": len(c.audio), "held_out": c.held_out}
                    for c in self.clips
                ],
                "skipped": self.skipped,
            }
            write_json(temporary / "corpus.json", content)

    @classmethod
    def load(cls, folder: Path) -> "Corpus":
        """Read what `save` wrote; arrays stay on disk until their values are used.

        Raises:
            TombolaError: It is missing, of another format, or its parts disagree.
        """
        try:
            content = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise TombolaError(
                    f"corpus '{folder}' has format {content['format']}, this Tombola "
                    f"reads {FORMAT}; make it again with: tombola corpus"
                )
            lengths = [int(clip["samples"]) for clip in content["clips"]]
            audio = _pieces(folder / "audio.npy", lengths)
            frames = [length // FRAME for length in lengths]
            features = [_pieces(folder / f"{field}.npy", frames) for field in _FEATURES]
            pitch, loudness, timbre = features
            clips = [
                Clip(
                    str(entry["name"]),
                    audio[number],
                    pitch[number],
                    loudness[number],
                    timbre[number],
                    bool(entry["held_out"]),
                )
                for number, entry in enumerate(content["clips"])
            ]
            skipped = [(str(name), str(reason)) for name, reason in content["skipped"]]
            # Before there were several voices, none was named.
            voice = str(content.get("voice", "tone"))
            name, licence = str(content["name"]), str(content["licence"])
            return cls(name, licence, clips, skipped, voice)
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise TombolaError(
                f"'{folder}' is not a corpus that can be read ({error}); "
                "make one with: tombola corpus FOLDER -o OUTPUT"
            ) from error


def _save_pieces(path: Path, pieces: list[Floats]) -> None:
    """Write arrays end to end as one, without a second copy of them in memory."""
    rows = sum(len(piece) for piece in pieces)
    values = np.lib.format.open_memmap(
        path, mode="w+", dtype=np.float32, shape=(rows, *pieces[0].shape[1:])
    )
    np.concatenate(pieces, out=values)
    values.flush()


def _pieces(path: Path, lengths: list[int]) -> list[Floats]:
    """Cut the array at `path` into consecutive pieces of `lengths` rows."""
    values = np.load(path, mmap_mode="r", allow_pickle=False)
    if values.dtype != np.float32 or len(values) != sum(lengths):
        raise ValueError(
            f"{path.name} holds {len(values)} rows of {values.dtype}, "
            f"corpus.json says {sum(lengths)} of float32"
        )
    return np.split(values, np.cumsum(lengths)[:-1])


def require_place(folder: Path) -> None:
    """Raise TombolaError if `folder` holds something that is not a corpus."""
    empty = folder.is_dir() and not any(folder.iterdir())
    if folder.exists() and not empty and not (folder / "corpus.json").is_file():
        raise TombolaError(
            f"'{folder}' is there already and is not a corpus; "
            "choose another output folder"
        )


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder beside `folder` that takes its place only on success."""
    require_place(folder)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        fresh = scratch / "new"
        fresh.mkdir()
        yield fresh
        if folder.exists():
            folder.rename(scratch / "old")
        fresh.rename(folder)
    finally:
        shutil.rmtree(scratch)
