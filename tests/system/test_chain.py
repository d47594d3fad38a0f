"""A folder of sounds becomes a voice on the virtual module, once per input."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tombola.chain import count
from tombola.chain.count import count_on_module, lowest_octave
from tombola.chain.report import figures_of, hand_over, promises, table
from tombola.chain.voice import Chain, run_chain
from tombola.play.render import play_on_module
from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.lottery import ReduceConfig
from tombola.training.train.config import TrainConfig
from tombola.training.train.run import Run
from tombola.training.voices.tone import ToneWidths

# What issue trackers, pages and scripts may rely on in chain.json.
KEYS = {
    "params_dense",
    "params_ticket",
    "loss_dense",
    "loss_ticket",
    "loss_scratch",
    "ticket_bytes",
    "flash_bytes",
    "instr_per_second",
    "snr_tflite_db",
    "pitch_error_cents_max",
    "host_equals_module",
    "seconds_total",
}
TRAINING = TrainConfig(
    steps=40, batch=2, frames=50, rewind_step=4, widths=ToneWidths(24, 32, 24)
)
REDUCTION = ReduceConfig(keep=0.5, rounds=1, batches=2)


def pluck(note: float) -> np.ndarray:
    """One second of a plucked string, float32."""
    seconds = np.arange(48000) / 48000
    hertz = 440.0 * 2.0 ** ((note - 69.0) / 12.0)
    partials = [
        np.sin(2 * np.pi * n * hertz * seconds) * np.exp(-3 * n * seconds) / n
        for n in range(1, 9)
    ]
    return (0.2 * np.sum(partials, axis=0)).astype(np.float32)


def make(sounds: Path, work: Path) -> Chain:
    return run_chain(sounds, "pluck", "CC0-1.0", work, TRAINING, REDUCTION)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Chain]:
    sounds = tmp_path_factory.mktemp("sounds")
    for note in range(48, 84, 4):
        soundfile.write(sounds / f"pluck-{note}.wav", pluck(note), 48000)
    (sounds / "readme.wav").write_text("not a sound")
    work = tmp_path_factory.mktemp("work")
    return sounds, work, make(sounds, work)


def test_every_stage_ran_and_the_figures_are_there(
    made: tuple[Path, Path, Chain], tmp_path: Path
) -> None:
    _, _, chain = made
    stages = ["corpus", "train", "reduce", "ticket", "firmware", "play"]
    assert chain.made == stages
    figures = figures_of(chain, set_up=1.0)
    assert set(figures) >= KEYS
    assert figures["params_ticket"] <= 0.5 * figures["params_dense"]
    assert figures["seconds_total"] > 1.0
    table(figures)
    for path in hand_over(chain, figures, tmp_path):
        assert path.stat().st_size > 0, path.name
    assert (tmp_path / "pluck-tour.wav").exists()


def test_what_does_not_depend_on_a_good_training_is_kept(
    made: tuple[Path, Path, Chain],
) -> None:
    figures = figures_of(made[2], set_up=0.0)
    hold = {
        "snr_tflite_db",
        "differing_operators",
        "flash_bytes",
        "instr_share",
        "silence_dbfs",
        "dc_dbfs",
        "late_frames",
        "host_equals_module",
    }
    broken = [
        p.says for p in promises("tone") if p.figure in hold and not p.kept(figures)
    ]
    assert not broken


def test_a_study_counts_what_the_chain_counts(
    made: tuple[Path, Path, Chain], monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = made[2]
    corpus = Corpus.load(chain.corpus / "corpus")
    counted = count_on_module(Run.open(chain.reduced), corpus)
    known = play_on_module(chain.firmware / "tombola.elf", lowest_octave())
    # Their tickets have names of other lengths.
    per_second = pytest.approx(known.instructions_per_second, rel=1e-3)
    assert counted.instr_per_second == per_second
    packed = (chain.ticket / f"{chain.name}.ticket").stat().st_size
    assert counted.ticket_bytes == pytest.approx(packed, abs=64)
    assert 0 < counted.arena_bytes < 64 * 1024
    monkeypatch.setattr(count, "export_run", None)
    again = count_on_module(Run.open(chain.reduced), corpus)
    assert again == counted, "it is counted again, or read back otherwise"


def test_a_promise_is_seen_to_be_broken(made: tuple[Path, Path, Chain]) -> None:
    figures = figures_of(made[2], set_up=0.0)
    figures |= {"late_frames": 1, "silence_dbfs": -89.0, "host_equals_module": False}
    broken = {p.figure for p in promises("tone") if not p.kept(figures)}
    assert broken >= {"late_frames", "silence_dbfs", "host_equals_module"}


def test_a_voice_without_any_pitch_is_reported(made: tuple[Path, Path, Chain]) -> None:
    figures = figures_of(made[2], set_up=0.0)
    figures |= {"pitch_error_cents_max": None, "notes_without_pitch": 61}
    assert "not measurable" in list(table(figures).columns[1].cells)


def test_nothing_runs_again_until_a_sound_changes(
    made: tuple[Path, Path, Chain],
) -> None:
    sounds, work, chain = made
    again = make(sounds, work)
    assert again.made == []
    assert again.ticket == chain.ticket
    assert again.seconds == chain.seconds
