"""Hits of percussion become a corpus for the voice impact, and for no other."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tombola.errors import TombolaError
from tombola.training.corpus import hits
from tombola.training.corpus.corpus import Corpus
from tombola.training.corpus.reading import read_corpus
from tombola.training.corpus.soundfont import Source
from tombola.training.train.config import TrainConfig
from tombola.training.train.run import Run


def burst(folder: Path, name: str, seconds: float, before: int = 0) -> None:
    """Noise that dies away, after some silence."""
    random = np.random.default_rng(len(name))
    time = np.arange(int(48000 * seconds)) / 48000
    noise = 0.3 * random.uniform(-1, 1, len(time)) * np.exp(-20 * time)
    soundfile.write(folder / f"{name}.wav", np.pad(noise, (before, 0)), 48000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    burst(sounds, "hat", 0.05)
    burst(sounds, "snare", 0.3, before=9600)
    burst(sounds, "cymbal", 3.0)
    burst(sounds, "tick", 0.01)
    return sounds


def test_hits_need_no_pitch_and_begin_at_once(folder: Path) -> None:
    corpus = read_corpus(folder, "kit", "CC0-1.0", "impact")
    assert [clip.name for clip in corpus.clips] == [
        "cymbal.wav",
        "hat.wav",
        "snare.wav",
    ]
    ((name, why),) = corpus.skipped
    assert name == "tick.wav"
    assert "too short" in why
    for clip in corpus.clips:
        assert len(clip.audio) <= 72000
        assert np.abs(clip.audio[:192]).max() > 0.1 * np.abs(clip.audio).max()
        assert np.ptp(clip.pitch) == 0.0


def test_a_corpus_says_for_which_voice_it_is(folder: Path, tmp_path: Path) -> None:
    read_corpus(folder, "kit", "CC0-1.0", "impact").save(tmp_path / "corpus")
    corpus = Corpus.load(tmp_path / "corpus")
    assert corpus.voice == "impact"
    with pytest.raises(TombolaError, match="was read for the voice 'impact'"):
        Run.create(tmp_path / "run", corpus, TrainConfig())


def test_a_voice_that_is_not_there_is_said(folder: Path) -> None:
    with pytest.raises(TombolaError, match="no voice is called 'drum'"):
        read_corpus(folder, "kit", "CC0-1.0", "drum")


def test_the_default_hits_are_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hits, "_KITS", (("808", 25, (36, 42)),))
    monkeypatch.setattr(hits, "_PROGRAMMES", (("woodblock", 115, 0),))
    monkeypatch.setattr(hits, "_STEPS", (60,))
    hits.render_hits(tmp_path / "hits")
    corpus = read_corpus(tmp_path / "hits", hits.NAME, "MIT", "impact")
    assert len(corpus.clips) == 2 * 3 + 2
    kick = next(c for c in corpus.clips if c.name.startswith("808-036-v120"))
    assert 25.0 < kick.pitch[0] < 45.0
    assert not corpus.skipped


def test_every_source_has_a_name_of_its_own() -> None:
    names = [name for name, *_ in (*hits._KITS, *hits._PROGRAMMES)]
    assert len(set(names)) == len(names)
    source = Source("a", 0, (1, 2), (3, 4))
    assert list(source.strokes()) == [(1, 3), (1, 4), (2, 3), (2, 4)]
