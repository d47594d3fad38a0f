"""One sound file, read as 48 kHz mono whatever it was."""

import re
from pathlib import Path

import numpy as np
import soundfile
import soxr

from tombola.generated.sound import SAMPLE_RATE
from tombola.training.corpus.corpus import Floats

SUFFIXES = (".wav", ".flac", ".aif", ".aiff", ".ogg", ".mp3")
SHORTEST = 0.5  # seconds
SHORTEST_HIT = 0.02
_LOWEST_RATE = 8000  # Hz
_SILENT = 1e-4  # -80 dBFS
_LOUDEST = 16.0  # +24 dBFS: a float file beyond that was not meant to be heard
_BLOCK = 65536  # samples read at a time


class UnusableError(Exception):
    """Why a file is left out of the corpus, in a few words."""


def seconds(path: Path, shortest: float = SHORTEST) -> float:
    """Length of the file at `path` by its header.

    Raises:
        UnusableError: It is no sound file, cut off, or too short.
    """
    try:
        info = soundfile.info(path, verbose=True)
    except soundfile.LibsndfileError as error:
        empty = path.stat().st_size == 0
        raise UnusableError("is empty" if empty else "is no sound inside") from error
    except OSError as error:
        raise UnusableError(f"cannot be read: {error.strerror}") from error
    if info.frames == 0:
        raise UnusableError("holds no samples: empty or cut off")
    if _is_cut_off(info.extra_info):
        raise UnusableError("is cut off: its header announces more than there is")
    if info.samplerate < _LOWEST_RATE:
        raise UnusableError(
            f"has a rate of {info.samplerate} Hz, at least {_LOWEST_RATE} Hz is needed"
        )
    length = info.frames / info.samplerate
    if length < shortest:
        raise UnusableError(f"is too short: {length:.2f} s of at least {shortest} s")
    return float(length)


def _is_cut_off(log: str) -> bool:
    """Say whether libsndfile found less sound than a WAV's or AIFF's header announces.

    Streams are written with a length of almost 2^31 or 2^32 and are whole all the same.
    """
    found = re.search(r"^ *(?:data|SSND) *: *(\d+) \(should be (\d+)\)", log, re.M)
    if found is None:
        return False
    announced, there = int(found[1]), int(found[2])
    return there < announced < 0x7FFFF000


def read(path: Path) -> Floats:
    """Read the file at `path`, channels mixed, as [N] samples at 48 kHz.

    Raises:
        UnusableError: It is damaged, silent, not finite, or far too loud.
    """
    try:
        with soundfile.SoundFile(path) as file:
            resample = soxr.ResampleStream(file.samplerate, SAMPLE_RATE, 1)
            parts, announced, there = [], file.frames, 0
            for block in file.blocks(_BLOCK, dtype="float32", always_2d=True):
                if not np.isfinite(block).all():
                    raise UnusableError("holds samples that are not numbers")
                there += len(block)
                parts.append(resample.resample_chunk(block.mean(axis=1)))
            parts.append(resample.resample_chunk(np.empty(0, np.float32), last=True))
    except soundfile.LibsndfileError as error:
        raise UnusableError("is damaged or cut off") from error
    # MP3 headers may round the length to a block or two.
    if there < 0.98 * announced:
        raise UnusableError(
            f"is cut off: {there} of the {announced} samples that its header announces"
        )
    audio = np.concatenate(parts)
    peak = float(np.abs(audio).max())
    if peak < _SILENT:
        raise UnusableError("is silent")
    if peak > _LOUDEST:
        raise UnusableError(f"peaks at {20 * np.log10(peak):+.0f} dBFS: scale it down")
    return audio
