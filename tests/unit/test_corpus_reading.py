"""Folders of real files, whole and broken, become a corpus or a clear reason."""

import struct
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tombola.errors import TombolaError
from tombola.generated.sound import FRAME, LOUDNESS_FLOOR
from tombola.training.corpus.corpus import Corpus
from tombola.training.corpus.reading import (
    LONGEST_CORPUS,
    _draw,
    _held_out,
    read_corpus,
)


def tone(
    note: float = 69.0, seconds: float = 1.0, rate: int = 48000, level: float = 0.3
) -> NDArray[np.float64]:
    phase = 2 * np.pi * 440 * 2 ** ((note - 69) / 12) * np.arange(seconds * rate) / rate
    return level * (np.sin(phase) + 0.5 * np.sin(2 * phase))


def read(folder: Path) -> Corpus:
    return read_corpus(folder, "test", "CC0-1.0")


@pytest.mark.parametrize(
    ("suffix", "subtype", "rate", "channels"),
    [
        ("wav", "PCM_U8", 44100, 2),
        ("wav", "PCM_24", 96000, 1),
        ("wav", "DOUBLE", 8000, 1),
        ("wav", "FLOAT", 192000, 6),
        ("flac", "PCM_16", 44100, 2),
        ("aiff", "PCM_32", 48000, 1),
        ("aif", "PCM_16", 22050, 3),
        ("ogg", "VORBIS", 44100, 2),
        ("ogg", "OPUS", 48000, 1),
        ("mp3", "MPEG_LAYER_III", 44100, 2),
        ("WAV", "PCM_16", 11025, 1),
    ],
)
def test_formats_rates_depths_and_channels_are_all_heard_alike(
    tmp_path: Path, suffix: str, subtype: str, rate: int, channels: int
) -> None:
    audio = np.tile(tone(rate=rate)[:, None], channels)
    kind = "AIFF" if suffix == "aif" else suffix.upper()
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, audio, rate, subtype=subtype, format=kind)
    corpus = read(tmp_path)
    pitch = np.concatenate([clip.pitch for clip in corpus.clips])
    assert abs(corpus.seconds - 1.0) < 0.06, corpus.seconds
    assert np.abs(pitch[10:-10] - 69.0).max() < 0.05
    peak = max(np.abs(clip.audio).max() for clip in corpus.clips)
    assert peak == pytest.approx(1.0, abs=2e-4)


def broken_wav(path: Path) -> None:
    soundfile.write(path, tone(), 48000)
    path.write_bytes(path.read_bytes()[:40000])


def broken_flac(path: Path) -> None:
    soundfile.write(path, tone(), 48000, format="FLAC")
    path.write_bytes(path.read_bytes()[:9000])


def six_hours(path: Path) -> None:
    """A WAV of a gigabyte and more, of which the disk holds the header only."""
    size = 6 * 3600 * 48000
    form = struct.pack("<HHIIHH", 1, 1, 48000, 48000, 1, 8)
    header = (
        b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt " + struct.pack("<I", 16)
    )
    with path.open("wb") as file:
        file.write(header + form + b"data" + struct.pack("<I", size))
        file.truncate(size + 44)


def samples(audio: NDArray[np.float64]) -> Callable[[Path], None]:
    return lambda path: soundfile.write(path, audio, 48000, subtype="FLOAT")


NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 48000)
BROKEN: dict[str, tuple[str, Callable[[Path], None]]] = {
    "empty.wav": ("is empty", lambda path: path.write_bytes(b"")),
    "header.wav": ("holds no samples", samples(np.empty(0))),
    "text.wav": (
        "no sound inside",
        lambda path: path.write_text("Dear reader,\n" * 99),
    ),
    "text.mp3": (
        "no sound inside",
        lambda path: path.write_text("Dear reader,\n" * 99),
    ),
    "cut.wav": ("cut off", broken_wav),
    "cut.flac": ("cut off", broken_flac),
    "nan.wav": ("not numbers", samples(np.where(NOISE > 0.499, np.nan, NOISE))),
    "infinite.wav": ("not numbers", samples(np.where(NOISE > 0.499, np.inf, NOISE))),
    "silent.wav": ("silent", samples(np.zeros(48000))),
    "noise.wav": ("unpitched", samples(NOISE)),
    "short.wav": ("too short", samples(tone(seconds=0.2))),
    "loud.wav": ("scale it down", samples(tone(level=1e20))),
    "slow.wav": ("at least 8000", lambda p: soundfile.write(p, tone(), 4000)),
    "hours.wav": ("6.0 h long", six_hours),
    "notes.txt": ("is not named", lambda path: path.write_text("A harp.")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_used_is_skipped_with_the_reason(
    tmp_path: Path, name: str
) -> None:
    reason, make = BROKEN[name]
    make(tmp_path / name)
    samples(tone())(tmp_path / "good.wav")
    corpus = read(tmp_path)
    ((skipped, why),) = corpus.skipped
    assert skipped == name
    assert reason in why, why
    assert f"skipped '{name}'" in corpus.summary()


def test_six_hours_are_refused_without_being_read(tmp_path: Path) -> None:
    six_hours(tmp_path / "hours.wav")
    start = time.monotonic()
    with pytest.raises(TombolaError, match=r"6\.0 h long"):
        read(tmp_path)
    assert time.monotonic() - start < 1.0


def test_a_full_corpus_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LONGEST_CORPUS < 3600, "an hour and its copies would be over a gigabyte"
    monkeypatch.setattr("tombola.training.corpus.reading.LONGEST_CORPUS", 3.5)
    for number in range(5):
        samples(tone())(tmp_path / f"{number}.wav")
    corpus = read(tmp_path)
    assert (corpus.files, len(corpus.skipped)) == (3, 2)
    assert "cut out the part to learn" in corpus.skipped[0][1]


def test_nothing_usable_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(TombolaError, match=r"no files.*Give at least one WAV"):
        read(tmp_path)
    samples(np.zeros(48000))(tmp_path / "a.wav")
    with pytest.raises(TombolaError, match=r"'a.wav', which is silent"):
        read(tmp_path)
    with pytest.raises(TombolaError, match="is not a folder"):
        read(tmp_path / "a.wav")


def test_the_level_between_files_stays(tmp_path: Path) -> None:
    samples(tone(level=0.02))(tmp_path / "soft.wav")
    samples(tone(level=0.2))(tmp_path / "sub.wav")
    soft, loud = (np.median(clip.loudness) for clip in read(tmp_path).clips)
    assert loud - soft == pytest.approx(20.0, abs=0.01)


def test_long_files_are_cut_and_their_joints_are_not_heard(tmp_path: Path) -> None:
    samples(tone(seconds=25.0))(tmp_path / "C#4 [9].wav")
    samples(tone(seconds=1.0))(tmp_path / "b.wav")
    corpus = read(tmp_path)
    pieces = [clip for clip in corpus.clips if clip.name.startswith("C#4 [9].wav")]
    assert [clip.name[-4:] for clip in pieces] == [" [1]", " [2]", " [3]"]
    assert len({clip.held_out for clip in pieces}) == 1, "the split is by file"
    assert corpus.files == 2
    assert sum(len(clip.pitch) for clip in pieces) == 25 * 250
    assert np.ptp(pieces[1].loudness) < 0.1, "a joint is heard"
    for clip in pieces:
        assert len(clip.audio) == FRAME * len(clip.pitch)


@pytest.mark.parametrize("seconds", [0.6, 35.0])
def test_the_end_of_an_only_file_is_held_out(tmp_path: Path, seconds: float) -> None:
    samples(tone(seconds=seconds))(tmp_path / "a.wav")
    corpus = read(tmp_path)
    assert [clip.held_out for clip in corpus.clips][-1]
    assert len(corpus.held_out) == 1
    assert corpus.training
    assert "one file only" in corpus.summary()


@settings(deadline=None, max_examples=30)
@given(st.sets(st.text(min_size=1), min_size=2, max_size=200), st.text(min_size=1))
def test_the_split_is_stable_when_files_are_added(files: set[str], more: str) -> None:
    held = _held_out(sorted(files))
    assert 0 < len(held) < len(files)
    grown = _held_out(sorted(files | {more}))
    below = {name for name in files if _draw(name) < 0.1}
    assert below <= grown or len(below) == len(files)


@settings(deadline=None, max_examples=30)
@given(st.sets(st.from_regex(r"[a-z]{1,4}", fullmatch=True), min_size=2, max_size=60))
def test_a_sound_is_held_out_with_all_its_velocities(names: set[str]) -> None:
    ends = ("-v40.wav", "_V127.wav", " vel9.wav")
    held = _held_out([name + end for name in names for end in ends])
    sounds = {name for name in names if name + ends[0] in held}
    assert 0 < len(sounds) < len(names)
    assert held == {name + end for name in sounds for end in ends}


@pytest.mark.parametrize("kind", ["-v{}", "_vel{}"])
def test_velocities_of_an_only_sound_are_split(kind: str) -> None:
    files = [f"kick{kind.format(velocity)}.wav" for velocity in range(5)]
    assert 0 < len(_held_out(files)) < len(files)


def test_features_of_a_clip_have_the_shapes_of_the_contract(tmp_path: Path) -> None:
    half = tone(seconds=1.0) * (np.arange(48000) < 24000)
    samples(half)(tmp_path / "a.wav")
    samples(tone(seconds=0.9999))(tmp_path / "b.wav")
    for clip in read(tmp_path).clips:
        frames = len(clip.audio) // FRAME
        assert clip.pitch.shape == clip.loudness.shape == (frames,)
        assert clip.timbre.shape == (frames, 40)
        for values in (clip.audio, clip.pitch, clip.loudness, clip.timbre):
            assert values.dtype == np.float32
            assert np.isfinite(values).all()
        assert clip.loudness.min() >= LOUDNESS_FLOOR
