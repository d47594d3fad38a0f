"""Files are written whole or not at all, and nothing but a file is replaced."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from tombola.cli import cli
from tombola.errors import TombolaError
from tombola.files import require_place, whole

TFLITE = Path(__file__).parents[1] / "data" / "tone_small.tflite"


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a b.txt"
    path.write_text("old")

    def write() -> None:
        with whole(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "x.json").mkdir()
    with pytest.raises(TombolaError, match="folder or device"):
        require_place(tmp_path / "x.json")


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # stands for /dev/null, which root could replace
    with pytest.raises(TombolaError, match="folder or device"), whole(pipe):
        pass
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", ["file/out.wav", "n" * 300])
def test_a_place_that_cannot_be_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TombolaError, match="cannot be written"), whole(tmp_path / name):
        pass


def test_a_model_is_not_overwritten_by_its_ticket(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(TFLITE.read_bytes())
    done = CliRunner().invoke(cli, ["convert", str(model), "-o", str(model)])
    assert isinstance(done.exception, TombolaError)
    assert model.read_bytes() == TFLITE.read_bytes()
