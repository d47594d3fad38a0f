"""`tombola train`, from a corpus on disk to pictures and sounds."""

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from tombola.cli.train import command
from tombola.errors import TombolaError
from tombola.training.corpus.corpus import Clip, Corpus
from tombola.training.train.run import TrainConfig

FRAMES = 60


@pytest.fixture
def folder(tmp_path):
    seconds = np.arange(FRAMES * 192) / 48000.0
    clips = [
        Clip(
            name=f"sub/{number}.wav",
            audio=(0.1 * np.sin(2 * np.pi * 440.0 * seconds)).astype(np.float32),
            pitch=np.full(FRAMES, 69.0, np.float32),
            loudness=np.full(FRAMES, -23.0, np.float32),
            timbre=np.random.default_rng(number).random((FRAMES, 40), np.float32),
            held_out=number == 2,
        )
        for number in range(3)
    ]
    Corpus("sines", "CC0-1.0", clips, []).save(tmp_path / "corpus")
    return tmp_path


def train(*arguments):
    return CliRunner().invoke(command, map(str, arguments), catch_exceptions=False)


def test_a_run_can_be_seen_and_heard(folder):
    corpus, run = folder / "corpus", folder / "run"
    options = ("--steps", 8, "--batch", 1, "--units", "8-8-8")
    answer = train(corpus, "-o", run, *options)
    assert answer.exit_code == 0
    assert "held-out loss" in answer.output
    assert (run / "loss.png").read_bytes().startswith(b"\x89PNG")
    audio, rate = soundfile.read(run / "examples" / "1-2.wav")
    assert rate == 48000
    assert len(audio) == 2 * FRAMES * 192 + 12000
    assert np.abs(audio[: FRAMES * 192]).max() == pytest.approx(0.1, abs=1e-3)
    assert np.abs(audio[-FRAMES * 192 :]).max() > 1e-4
    with pytest.raises(TombolaError, match="choose another folder"):
        train(corpus, "-o", run, *options, "--seed", 1)


def test_the_help_names_the_configuration_of_tone() -> None:
    config = TrainConfig()
    helps = {option.name: option.help for option in command.params}
    for name in ("steps", "batch", "learning_rate"):
        assert f"[tone: {getattr(config, name)}]" in helps[name]
    assert f"[tone: {config.widths}]" in helps["units"]
    assert config.rewind_step == config.steps // 10


@pytest.mark.parametrize("units", ["8-8", "8-8-8-8", "8-x-8", ""])
def test_units_that_are_not_one_a_layer_are_refused(folder, units) -> None:
    with pytest.raises(TombolaError, match="3 numbers, for input, hidden, output"):
        train(folder / "corpus", "--units", units)
