"""A corpus on disk: what is saved is loaded; what is damaged is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tombola.errors import TombolaError
from tombola.generated.sound import FRAME
from tombola.training.corpus.corpus import Clip, Corpus
from tombola.training.corpus.picture import draw
from tombola.training.voices import VOICES


def clip(name: str, frames: int, held_out: bool) -> Clip:
    random = np.random.default_rng(frames)

    def noise(*shape: int) -> np.ndarray:
        return random.uniform(-1.0, 1.0, shape).astype(np.float32)

    return Clip(
        name,
        noise(frames * FRAME),
        60 + noise(frames),
        -30 + noise(frames),
        noise(frames, 40),
        held_out,
    )


@pytest.fixture
def corpus() -> Corpus:
    clips = [clip("a.wav", 5, False), clip("ü/b.wav [1]", 9, True)]
    return Corpus("test", "CC0-1.0", clips, [("c.wav", "is silent")])


def test_what_is_saved_is_loaded(corpus: Corpus, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "corpus"
    corpus.save(folder)
    corpus.save(folder)
    loaded = Corpus.load(folder)
    assert (loaded.name, loaded.licence) == (corpus.name, corpus.licence)
    assert loaded.skipped == corpus.skipped
    for before, after in zip(corpus.clips, loaded.clips, strict=True):
        for field in vars(before):
            expected, found = getattr(before, field), getattr(after, field)
            assert np.array_equal(expected, found), f"{before.name}: {field}"
    assert loaded.pitch_range == corpus.pitch_range
    assert [path.name for path in folder.parent.iterdir()] == ["corpus"]


def test_ranges_leave_out_the_silence(corpus: Corpus) -> None:
    quiet = clip("q.wav", 50, False)
    silence = Clip(
        "q", quiet.audio, 0 * quiet.pitch, quiet.loudness - 45, quiet.timbre, False
    )
    whole = Corpus("t", "", [*corpus.clips, silence], [])
    assert whole.pitch_range == corpus.pitch_range
    assert 59 <= whole.pitch_range[0] < whole.pitch_range[1] <= 61


def test_another_folder_is_never_overwritten(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(TombolaError, match="is not a corpus"):
        corpus.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_a_failed_save_leaves_the_old_corpus(corpus: Corpus, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    corpus.save(folder)
    odd = Clip("odd", *(np.zeros((2, 2, 2), np.float32),) * 4, False)
    with pytest.raises(ValueError, match="dim"):
        Corpus("bad", "", [*corpus.clips, odd], []).save(folder)
    assert Corpus.load(folder).name == "test"
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("corpus.json", b""),
        ("corpus.json", b"{}"),
        ("corpus.json", b'{"format": 2}'),
        ("pitch.npy", b""),
        ("pitch.npy", b"\x93NUMPY\x01\x00"),
        ("audio.npy", b"\x80\x04N."),
    ],
)
def test_damage_is_refused(
    corpus: Corpus, tmp_path: Path, file: str, content: bytes
) -> None:
    folder = tmp_path / "corpus"
    corpus.save(folder)
    (folder / file).write_bytes(content)
    with pytest.raises(TombolaError, match="tombola corpus"):
        Corpus.load(folder)


def test_arrays_of_another_length_are_refused(corpus: Corpus, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    corpus.save(folder)
    np.save(folder / "loudness.npy", np.zeros(3, np.float32))
    with pytest.raises(TombolaError, match=r"loudness\.npy holds 3 rows"):
        Corpus.load(folder)


@pytest.mark.parametrize("voice", VOICES)
def test_the_picture_is_drawn(corpus: Corpus, tmp_path: Path, voice: str) -> None:
    draw(replace(corpus, voice=voice), tmp_path / "corpus.png")
    assert (tmp_path / "corpus.png").read_bytes().startswith(b"\x89PNG")


def test_sounds_without_a_pitch_are_drawn_over_their_brightness(
    corpus: Corpus, tmp_path: Path
) -> None:
    def drawn(voice: str, pitch: float) -> bytes:
        clips = [replace(c, pitch=c.pitch + pitch) for c in corpus.clips]
        draw(replace(corpus, voice=voice, clips=clips), tmp_path / "corpus.png")
        return (tmp_path / "corpus.png").read_bytes()

    assert drawn("texture", 0.0) == drawn("texture", 12.0)
    assert drawn("impact", 0.0) != drawn("impact", 12.0)


@pytest.mark.parametrize("voice", VOICES)
def test_a_summary_names_the_pitch_where_there_is_one(
    corpus: Corpus, voice: str
) -> None:
    summary = replace(corpus, voice=voice).summary()
    assert ("MIDI notes 59..61" in summary) == (voice != "texture")
    assert "dB(A)" in summary
