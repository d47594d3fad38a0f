"""A folder of sounds becomes a corpus."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from tombola import progress
from tombola.errors import TombolaError
from tombola.generated.sound import FRAME, FRAME_RATE, LOUDNESS_FLOOR
from tombola.training.corpus.corpus import Clip, Corpus, Floats, sound_of
from tombola.training.corpus.defaults import Sounds, sounds_for
from tombola.training.corpus.features import MARGIN, Features, fill, listen
from tombola.training.corpus.hit import from_onset, hit_pitch
from tombola.training.corpus.sound import (
    SHORTEST,
    SHORTEST_HIT,
    SUFFIXES,
    UnusableError,
    read,
    seconds,
)

# Seconds: half a gigabyte, and more than a training listens to.
LONGEST_CORPUS = 2400.0
LONGEST_CLIP = 10.0  # seconds
HELD_OUT = 0.1  # share of the sounds
PEAK = 1.0  # of the whole corpus: 0 dBFS
_PITCHED = 0.2  # share of the frames near a file's loudest that must have a pitch
_NEAR = 30.0  # dB below its loudest frame that still count as near


@dataclass(frozen=True, eq=False)
class _Piece:
    """A part of a file at the file's own level: audio [192 T] and its T frames."""

    audio: Floats
    features: Features


def read_corpus(folder: Path, name: str, licence: str, voice: str = "tone") -> Corpus:
    """Read every sound under `folder`, whatever its format, rate, depth and channels.

    Long files are cut into clips. The split is by sound, and stays when files are
    added: a file, with all others that differ from it only in a velocity at the end of
    the name, such as `kick-v40.wav` and `kick-v127.wav`. All clips get one gain.
    `voice` decides what can be used.

    Raises:
        TombolaError: There is no such voice, `folder` is not there, or nothing in it
            can be used.
    """
    if not folder.is_dir():
        raise TombolaError(f"'{folder}' is not a folder; name one that holds sounds")
    wanted = sounds_for(voice)
    chosen, skipped = _choose(folder, wanted)
    with (
        progress.bar("listen to sounds", len(chosen)) as bar,
        ThreadPoolExecutor(2) as pool,
    ):
        sounds: dict[str, list[_Piece]] = {}
        pieces = pool.map(lambda path: _hear(path, wanted), chosen.values())
        for file, heard in zip(chosen, pieces, strict=True):
            if isinstance(heard, UnusableError):
                skipped.append((file, str(heard)))
            else:
                sounds[file] = heard
            bar.advance()
    if not sounds:
        raise TombolaError(_nothing(folder, skipped, wanted))
    clips = sorted(_clips(sounds), key=lambda clip: clip.name)
    return Corpus(name, licence, clips, sorted(skipped), voice)


def _choose(
    folder: Path, wanted: Sounds
) -> tuple[dict[str, Path], list[tuple[str, str]]]:
    """Names and paths of the files to read, until the corpus is full; the rest's why.

    They are taken in the order of their hash, so that a full corpus holds a bit of
    everything.
    """
    chosen: dict[str, Path] = {}
    skipped: list[tuple[str, str]] = []
    total = 0.0
    files = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("[!.]*")
        if path.is_file()
    }
    for name in sorted(files, key=_draw):
        try:
            if files[name].suffix.lower() not in SUFFIXES:
                raise UnusableError("is not named as WAV, FLAC, AIFF, OGG or MP3")
            length = seconds(files[name], _shortest(wanted))
            if total + length > LONGEST_CORPUS:
                raise UnusableError(
                    f"is {_duration(length)} long: with it the corpus would be over "
                    f"{_duration(LONGEST_CORPUS)}; cut out the part to learn"
                )
        except UnusableError as reason:
            skipped.append((name, str(reason)))
        else:
            total += length
            chosen[name] = files[name]
    return chosen, skipped


def _draw(name: str) -> float:
    """A number in 0..1 that is random, yet always the same for `name`."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8]) / 2**64


def _duration(length: float) -> str:
    return f"{length / 3600:.1f} h" if length > 5400 else f"{length / 60:.0f} min"


def _hear(path: Path, wanted: Sounds) -> list[_Piece] | UnusableError:
    """Read one file and hear its pieces.

    Of what should have a pitch, those that have none are left out.
    """
    try:
        audio = read(path)
    except UnusableError as reason:
        return reason
    if wanted.hits:
        return [_hit(from_onset(audio))]
    pieces = list(_cut(audio))
    if not wanted.pitched:
        return pieces
    loudest = max(piece.features.loudness.max() for piece in pieces)
    near = np.concatenate([p.features.loudness > loudest - _NEAR for p in pieces])
    pitch = np.concatenate([p.features.pitch for p in pieces])
    share = np.isfinite(pitch[near]).mean()
    if share < _PITCHED:
        return UnusableError(
            f"is unpitched: {share:.0%} of it has a pitch, {_PITCHED:.0%} is needed"
        )
    return [p for p in pieces if np.isfinite(p.features.pitch).mean() > _PITCHED / 4]


def _hit(audio: Floats) -> _Piece:
    """Hear a hit as one piece, which has one pitch."""
    (piece,) = _cut(audio)
    pitch = np.full_like(piece.features.pitch, hit_pitch(audio))
    return replace(piece, features=replace(piece.features, pitch=pitch))


def _shortest(wanted: Sounds) -> float:
    return SHORTEST_HIT if wanted.hits else SHORTEST


def _cut(audio: Floats) -> Iterator[_Piece]:
    """Cut [N] samples into pieces of like length, whole frames, and hear each."""
    frames = len(audio) // FRAME
    count = -(-frames // int(LONGEST_CLIP * FRAME_RATE))
    edges = np.linspace(0, frames, count + 1).astype(int) * FRAME
    # Quiet recordings are heard as loud ones are: what counts as silence is absolute.
    gain = PEAK / np.abs(audio).max()
    for start, end in pairwise(edges):
        before, after = max(0, start - MARGIN), min(len(audio), end + MARGIN)
        missing = (before - start + MARGIN, end + MARGIN - after)
        features = listen(np.pad(gain * audio[before:after], missing))
        level = features.loudness - 20.0 * np.log10(gain)
        yield _Piece(audio[start:end], replace(features, loudness=level))


def _clips(sounds: dict[str, list[_Piece]]) -> list[Clip]:
    """Give all pieces one gain, and each to training or held out."""
    if len(sounds) == 1:
        ((file, pieces),) = sounds.items()
        pieces = pieces if len(pieces) > 1 else _halve(pieces[0])
        training = len(pieces) - max(1, round(HELD_OUT * len(pieces)))
        kept = {file: [number >= training for number in range(len(pieces))]}
        sounds = {file: pieces}
    else:
        held_out = _held_out(list(sounds))
        kept = {file: [file in held_out] * len(sounds[file]) for file in sounds}
    peak = max(np.abs(p.audio).max() for pieces in sounds.values() for p in pieces)
    return [
        _clip(file if len(pieces) == 1 else f"{file} [{number + 1}]", piece, peak, held)
        for file, pieces in sounds.items()
        for number, (piece, held) in enumerate(zip(pieces, kept[file], strict=True))
    ]


def _held_out(files: list[str]) -> set[str]:
    """About a tenth of the sounds of two files or more, at least one, and never all.

    One sound at several velocities is held out with all of them, or it would be judged
    how well the network knows what it has learned. Where there is one sound only, its
    velocities count as sounds.
    """
    sounds = {file: sound_of(file) for file in files}
    if len(set(sounds.values())) == 1:
        sounds = {file: file for file in files}
    drawn = sorted(set(sounds.values()), key=_draw)
    count = sum(_draw(sound) < HELD_OUT for sound in drawn)
    held = set(drawn[: min(max(count, 1), len(drawn) - 1)])
    return {file for file in files if sounds[file] in held}


def _halve(piece: _Piece) -> list[_Piece]:
    """Cut the only piece there is, so that its last fifth can be held out."""
    edge = len(piece.features.pitch) * 4 // 5
    first, last = slice(None, edge), slice(edge, None)
    return [
        _Piece(audio, Features(*(part[cut] for part in vars(piece.features).values())))
        for cut, audio in (
            (first, piece.audio[: edge * FRAME]),
            (last, piece.audio[edge * FRAME :]),
        )
    ]


def _clip(name: str, piece: _Piece, peak: float, held_out: bool) -> Clip:
    gain = np.float32(PEAK / peak)
    loudness = piece.features.loudness + 20.0 * np.log10(gain)
    return Clip(
        name,
        gain * piece.audio,
        fill(piece.features.pitch),
        np.maximum(loudness, LOUDNESS_FLOOR).astype(np.float32),
        piece.features.timbre,
        held_out,
    )


def _nothing(folder: Path, skipped: list[tuple[str, str]], wanted: Sounds) -> str:
    kind = "pitched sound" if wanted.pitched else "sound"
    found = "no files" if not skipped else f"{len(skipped)} files"
    example = f", such as '{skipped[0][0]}', which {skipped[0][1]}" if skipped else ""
    return (
        f"no sound in '{folder}' can be used; it holds {found}{example}. Give at least "
        f"one WAV, FLAC, AIFF, OGG or MP3 of a {kind}, {_shortest(wanted)} s or longer"
    )
