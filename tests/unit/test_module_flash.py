"""Flashing: which files are firmware, and what dfu-util says when it went how.

The programs that stand in for dfu-util print what the real one prints (dfu-util 0.11);
they show that its words are understood, not that it works with a chip.
"""

import struct
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tombola.cli.module.flash import command
from tombola.errors import TombolaError
from tombola.module import flash

FOUND = (
    'Found DFU: [0483:df11] ver=0200, devnum=9, cfg=1, intf=0, alt=0, name="@Internal '
    'Flash  /0x08000000/01*128Kg", serial="200364500000"\n'
)
PROGRESS = "".join(
    f"\rDownload\t[{'=' * (p // 4):<25}] {p:3}% {p * 1000:12} bytes"
    for p in range(0, 101, 20)
)
DONE = PROGRESS + "\nDownload done.\nFile downloaded successfully\n"
LEFT = (
    DONE + "Submitting leave request...\ndfu-util: Error during download get_status\n"
)


def dfu_util(folder: Path, listed: str, said: str, status: int = 0) -> Path:
    """A program that lists and downloads as told."""
    program = folder / "dfu-util"
    program.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"if '-l' in sys.argv: sys.stdout.write({listed!r}); sys.exit(0)\n"
        f"open({str(folder / 'asked')!r}, 'w').write(' '.join(sys.argv[1:]))\n"
        f"sys.stdout.write({said!r}); sys.exit({status})\n"
    )
    program.chmod(0o755)
    return program


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "tombola.bin"
    path.write_bytes(struct.pack("<II", 0x20020000, 0x08000299) + bytes(1016))
    return path


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no firmware"),
        (b"\x7fELF" + bytes(1000), "is no firmware"),
        (struct.pack("<II", 0x20020000, 0x08000298) + bytes(1000), "is no firmware"),
        (struct.pack("<II", 0x20020000, 0x08100001) + bytes(1000), "is no firmware"),
        (struct.pack("<II", 0x08000000, 0x08000201) + bytes(1000), "is no firmware"),
        (struct.pack("<II", 0x20020000, 0x08000201) + bytes(1 << 17), "is it tombola"),
    ],
)
def test_a_file_that_would_not_start_is_refused(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "some.bin"
    path.write_bytes(content)
    with pytest.raises(TombolaError, match=sentence):
        flash.read_image(path)


@pytest.mark.parametrize(("said", "status"), [(DONE, 0), (LEFT, 74)])
def test_what_dfu_util_prints_is_what_counts(
    tmp_path: Path, image: Path, said: str, status: int
) -> None:
    """It ends with an error when the chip leaves the loader as it was told to."""
    shown: list[int] = []
    flash.flash(str(dfu_util(tmp_path, FOUND, said, status)), image, shown.append)
    assert shown[-1] == 100
    asked = (tmp_path / "asked").read_text()
    assert asked == f"-a 0 -s 0x08000000:leave -D {image} -d ,{flash.LOADER}"


FAILURES = {
    "dfu-util: Cannot open DFU device 0483:df11 found on devnum 9 (LIBUSB_ERROR_ACCESS)"
    "\n": "may not be opened by your user; on Linux add a udev rule",
    "dfu-util: No DFU capable USB device available\n": "hold the button BOOT",
    PROGRESS[:200] + "\ndfu-util: Lost device\n": "last words were 'dfu-util: Lost dev",
    "": "its last words were 'nothing'",
}


@pytest.mark.parametrize("said", FAILURES)
def test_a_failure_says_what_to_do(tmp_path: Path, image: Path, said: str) -> None:
    """Even where dfu-util itself ends well."""
    program = dfu_util(tmp_path, FOUND, said)
    with pytest.raises(TombolaError) as caught:
        flash.flash(str(program), image, lambda _: None)
    assert FAILURES[said] in str(caught.value)


def test_a_chip_in_its_loader_is_found(tmp_path: Path) -> None:
    assert flash.loader_is_there(str(dfu_util(tmp_path, FOUND, "")))
    assert not flash.await_loader(str(dfu_util(tmp_path, "", "")), 0.1, 0.05)


def test_the_command_flashes_a_chip_that_waits(
    tmp_path: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dfu_util(tmp_path, FOUND, LEFT, 74)
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(command, [str(image)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "starts with it now" in done.output


def test_without_dfu_util_the_command_says_how_to_get_it(
    tmp_path: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TombolaError, match="sudo apt install dfu-util"):
        CliRunner().invoke(command, [str(image)], catch_exceptions=False)


def test_a_module_that_cannot_is_brought_there_by_hand(
    tmp_path: Path,
    image: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dfu_util(tmp_path, "", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tombola.cli.module.flash.PATIENCE", 0.1)
    nowhere = str(tmp_path / "nothing")
    with pytest.raises(TombolaError, match="within 0 s; try another cable"):
        command.main([str(image), "--port", nowhere], standalone_mode=False)
    told = capsys.readouterr().err
    assert "is not there" in told
    assert "hold the button BOOT" in told
