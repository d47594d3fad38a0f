"""A voice's name names files, a folder and a field of the ticket."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tombola.chain.names import LONGEST, voice_name
from tombola.cli import cli
from tombola.errors import TombolaError


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("My Sounds (1)", "My-Sounds-1"),
        ("_" * 5, "harp"),
        ("x" * 60, "x" * LONGEST),
    ],
)
def test_a_folder_names_its_voice(tmp_path: Path, folder: str, name: str) -> None:
    assert voice_name(None, tmp_path / folder, "harp") == name


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "x" * 32])
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(TombolaError, match="cannot be used"):
        voice_name(name, None, "harp")


def test_a_folder_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    command = ["make", str(tmp_path / "sounds"), "--work", str(tmp_path / "work")]
    done = CliRunner().invoke(cli, command)
    assert "is not a folder" in str(done.exception)
    assert not (tmp_path / "work").exists()
