"""The default sounds: the pitch that was played is the pitch that is heard."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tombola.cli.corpus import command
from tombola.errors import TombolaError
from tombola.training.corpus import notes
from tombola.training.corpus.corpus import Corpus
from tombola.training.corpus.defaults import sounds_for
from tombola.training.corpus.reading import read_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Every fourth note of each instrument, at one velocity."""
    folder = tmp_path_factory.mktemp("default") / "notes"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notes, "PITCHES", 4)
        patch.setattr(notes, "VELOCITIES", (80,))
        notes.render_notes(folder)
    return read_corpus(folder, notes.NAME, sounds_for("tone").licence)


def test_every_note_of_every_instrument_is_there(corpus: Corpus) -> None:
    assert len(corpus.clips) == 4 * len(notes.INSTRUMENTS)
    assert not corpus.skipped, corpus.summary()


@pytest.mark.parametrize("instrument", [i.name for i in notes.INSTRUMENTS])
def test_pitch_is_heard_in_cents(corpus: Corpus, instrument: str) -> None:
    errors = []
    for clip in corpus.clips:
        if clip.name.startswith(instrument):
            played = int(clip.name.split("-")[1])
            near = clip.loudness > clip.loudness.max() - 30
            errors.append(100 * (clip.pitch[near] - played))
    error = np.concatenate(errors)
    off = np.mean(np.abs(error) > 60)
    assert abs(np.median(error)) < 20, f"{np.median(error):.1f} cents"
    assert off < 0.01, f"{off:.1%} of the frames are over 60 cents off"


def test_attacks_are_at_the_beginning(corpus: Corpus) -> None:
    for clip in corpus.clips:
        sounding = np.flatnonzero(clip.loudness > clip.loudness.max() - 30)
        assert sounding[0] < 25, f"{clip.name} begins after {sounding[0] * 4} ms"


def test_without_fluidsynth_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TombolaError, match="apt install fluidsynth"):
        notes.render_notes(tmp_path / "notes")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("voice", ["tone", "impact", "texture"])
def test_a_corpus_is_not_put_where_its_sounds_go(tmp_path, voice) -> None:
    place = tmp_path / sounds_for(voice).name
    words = ["--voice", voice, "-o", str(place)]
    result = CliRunner().invoke(command, words)
    assert isinstance(result.exception, TombolaError)
    assert "call the corpus otherwise" in str(result.exception)
    assert not place.exists()


def test_another_folder_is_refused_before_a_sound_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("mine")
    words = [str(tmp_path / "not-read"), "-o", str(tmp_path / "mine")]
    result = CliRunner().invoke(command, words)
    assert isinstance(result.exception, TombolaError)
    assert "is not a corpus" in str(result.exception)
