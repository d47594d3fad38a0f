"""A run becomes a .tflite that is checked, through the command itself."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tombola.cli.export import command
from tombola.errors import TombolaError
from tombola.generated.sound import FRAME
from tombola.training.corpus.corpus import Clip, Corpus
from tombola.training.export import check
from tombola.training.export.tone import real_controls
from tombola.training.train.run import Run, TrainConfig
from tombola.training.voices.tone import ToneWidths


def clip(name: str, held_out: bool) -> Clip:
    frames = 300
    audio = np.sin(np.arange(frames * FRAME) / 20).astype(np.float32)
    pitch = np.full(frames, 60 + len(name), np.float32)
    loudness = np.linspace(-15, -70, frames, dtype=np.float32)
    timbre = np.tile(np.linspace(0, -60, 40, dtype=np.float32), (frames, 1))
    return Clip(name, audio, pitch, loudness, timbre, held_out)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """An untrained run: its network is real all the same."""
    corpus = Corpus("c", "CC0-1.0", [clip("a", False), clip("bb", True)], [])
    corpus.save(tmp_path / "corpus")
    config = TrainConfig(widths=ToneWidths(6, 9, 8))
    run = Run.create(tmp_path / "run", corpus, config, tmp_path / "corpus")
    shutil.copy(run.folder / "initial.safetensors", run.folder / "final.safetensors")
    return run


def test_the_command_writes_a_model_and_says_how_good_it_is(
    run: Run, tmp_path: Path
) -> None:
    output = tmp_path / "deep" / "harp.tflite"
    result = CliRunner().invoke(command, [str(run.folder), "-o", str(output)])
    assert result.exit_code == 0, result.output
    assert b'"name": "harp"' in output.read_bytes()
    assert b'"licence": "CC0-1.0"' in output.read_bytes()
    assert "layers of 6-9-8" in result.output
    snr = float(result.output.split("free-running: ")[1].split()[0])
    assert snr >= check.LEAST


def test_a_model_that_lost_too_much_is_not_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "LEAST", 200.0)
    output = tmp_path / "harp.tflite"
    result = CliRunner().invoke(command, [str(run.folder), "-o", str(output)])
    assert isinstance(result.exception, TombolaError)
    assert "at least 200 dB are needed" in str(result.exception)
    assert not output.exists()


def test_controls_come_from_all_over_the_corpus(run: Run) -> None:
    clips = [clip("x" * n, False) for n in range(1, 41)]
    controls = real_controls(run.load_model(), clips, 3000)
    assert controls.shape == (3000, 4)
    assert np.abs(controls).max() <= 1.0
    notes = controls[:, 0]
    assert np.ptp(notes) > 0.8 * 39 * 2 / 84, "the highest clips were left out"
