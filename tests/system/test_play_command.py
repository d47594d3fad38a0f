"""`tombola play`: from a ticket and a patch to a WAV, a picture and figures."""

import json
import shutil
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from tombola import cli
from tombola.play import wav

TICKET = Path(__file__).parents[1] / "data" / "tone_small.ticket"
PATCH = """
[patch]
seconds = 1.2
[score]
notes = [[0.05, 0.2, "C3"], [0.3, 0.2, "G4", 2]]
[[turn]]
knob = "COLOR"
points = [[0, 0.2], [0.5, 0.8]]
[[lfo]]
jack = "X"
hertz = 4
volts = 3
[[gate]]
jack = "DRAW"
times = [[0.29, 0.005]]
"""


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command line as a person would; return the exit status."""
    monkeypatch.setattr("sys.argv", ["tombola", "play", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(TICKET, tmp_path / "harp.ticket")
    (tmp_path / "short.toml").write_text(PATCH)
    return tmp_path


def test_on_the_host(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "harp.ticket", "--patch", "short.toml") == 0
    audio = wav.read(folder / "harp-short.wav")
    figures = json.loads((folder / "harp-short.json").read_text())
    assert audio.shape == (57600, 2)
    assert np.abs(audio).max() > 1000
    assert figures["frames"] >= 300
    assert figures["instr_per_second"] is None
    assert figures["silence_dbfs"] < -90
    assert matplotlib.image.imread(folder / "harp-short.png").std() > 0.05
    assert "loudness" in capsys.readouterr().out


def test_the_module_plays_the_same_samples(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("harp.ticket", "--patch", "short.toml")
    assert run(monkeypatch, *words, "-o", "host.wav") == 0
    assert run(monkeypatch, *words, "-o", "module.wav", "--on", "module") == 0
    host, module = wav.read(folder / "host.wav"), wav.read(folder / "module.wav")
    assert np.array_equal(host, module)
    figures = json.loads((folder / "module.json").read_text())
    assert 0.001 < figures["instr_share_of_480m"] < 0.5
    assert "instructions, not cycles" in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["absent.ticket"], "no such ticket"),
        (["short.toml"], "the ticket cannot be played"),
        (["empty.ticket"], "has 0 bytes"),
        (["harp.ticket", "--patch", "absent.toml"], "no such patch"),
        (["harp.ticket", "--patch", "harp.ticket"], "is no text"),
        (["harp.ticket", "--patch", "wrong.toml"], "one note at a time"),
        (["harp.ticket", "-o", "out.mp3"], "end in .wav"),
        (["harp.ticket", "--firmware", "x.elf"], "add --on module"),
        (
            ["harp.ticket", "--on", "module", "--firmware", "x.elf"],
            "no such firmware",
        ),
    ],
)
def test_mistakes_end_in_a_sentence_and_leave_nothing(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    (folder / "empty.ticket").touch()
    wrong = '[score]\nnotes = [[0, 2, "C4"], [1, 2, "C4"]]'
    (folder / "wrong.toml").write_text(wrong)
    before = sorted(folder.iterdir())
    status = run(monkeypatch, *words)
    error = capsys.readouterr().err
    assert status == 2
    assert said in error
    assert "Traceback" not in error
    assert sorted(folder.iterdir()) == before


def test_firmware_needs_a_checkout_and_a_compiler(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("harp.ticket", "--patch", "short.toml", "--on", "module")
    monkeypatch.setattr("tombola.play.render._ROOT", folder)
    assert run(monkeypatch, *words) == 2
    assert "a checkout" in capsys.readouterr().err
    (folder / "firmware").mkdir()
    (folder / "firmware" / "Makefile").touch()
    monkeypatch.setenv("PATH", str(folder))
    assert run(monkeypatch, *words) == 2
    assert "not installed" in capsys.readouterr().err
