"""`tombola module ...` as people type it, at the terminal of a virtual module."""

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from doc_pages import ROOT, commands

from tombola.cli import cli
from tombola.virtual.front_end import FrontEnd
from tombola.virtual.image import Image
from tombola.virtual.live import BackgroundModule
from tombola.virtual.module import VirtualModule

HARP = ROOT / "firmware/tickets/harp.ticket"
TOMBOLA = str(Path(sys.executable).with_name("tombola"))
ASKED = re.compile(r"patch ([+-]?\d+) V into (\S+), and press Enter")


class Bench:
    """A module that runs by itself, and who types."""

    def __init__(self, module: VirtualModule, background: BackgroundModule) -> None:
        self.module, self.background = module, background

    def words(self, *words: str) -> list[str]:
        return ["module", *words, "--port", self.background.port]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command in a program of its own."""
        return subprocess.run(
            [TOMBOLA, *self.words(*words)], capture_output=True, text=True, check=False
        )

    def says(self, *words: str) -> str:
        """What a command says that does what was asked, in this program: sooner."""
        done = CliRunner().invoke(cli, self.words(*words), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output


@pytest.fixture
def bench(small_image: Image) -> Iterator[Bench]:
    module = VirtualModule(small_image, FrontEnd.drawn(3))
    with BackgroundModule(module) as background:
        yield Bench(module, background)


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """What a command says that cannot do what was asked: one line, and status 2."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_tickets_go_in_and_out(bench: Bench, tmp_path: Path) -> None:
    done = bench.run("tickets", "put", str(HARP), "--play")
    assert done.returncode == 0, done.stderr
    assert "harp.ticket is in slot 1 and plays" in done.stdout
    listed = bench.says("tickets", "list")
    assert re.search(rf"1 +harp +tone +{HARP.stat().st_size:,} +plays", listed), listed
    copy = tmp_path / "copy.ticket"
    bench.says("tickets", "get", "1", "-o", str(copy))
    assert copy.read_bytes() == HARP.read_bytes()
    assert "3 1 2 4 5 6 7 8" in bench.says("tickets", "order", "3", "1")
    assert "slot 4 is empty" in refused(bench.run("tickets", "get", "4"))
    bench.says("tickets", "remove", "1")
    assert re.search(
        r"1 +empty +what was there plays on", bench.says("tickets", "list")
    )
    (tmp_path / "cut.ticket").write_bytes(HARP.read_bytes()[:5000])
    cut = refused(bench.run("tickets", "put", str(tmp_path / "cut.ticket")))
    assert cut.count("cannot be played") == 1, cut


def test_what_the_manual_says_can_be_typed(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page in order; what needs hands or another chip has tests of its own."""
    (tmp_path / "harp.ticket").write_bytes(HARP.read_bytes())
    monkeypatch.chdir(tmp_path)
    lines = [line for _, line in commands() if line.startswith("tombola module ")]
    words = [shlex.split(line.partition("--port")[0])[2:] for line in lines]
    typed = [line for line in words if line[0] in {"tickets", "settings", "info"}]
    assert len(typed) > 10
    for line in typed:
        bench.says(*line)
    assert {path.name for path in tmp_path.iterdir()} == {
        "harp.ticket",
        "copy.ticket",
        "my-module.toml",
    }


def test_settings_are_backed_up_and_restored(bench: Bench, tmp_path: Path) -> None:
    bench.says("settings", "set", "cv_out=pitch", "tuning_cents=-4")
    backup = tmp_path / "module.toml"
    bench.says("settings", "backup", str(backup))
    bench.says("settings", "reset")
    assert re.search(r"cv_out +loudness", bench.says("settings", "show"))
    bench.says("settings", "restore", str(backup))
    assert re.search(r"cv_out +pitch", bench.says("settings", "show"))
    backup.write_text("[settings]\ncv_out = 'loudness'\nvolume = 11\n")
    assert "'volume', which does not exist" in refused(
        bench.run("settings", "restore", str(backup))
    )
    assert re.search(r"cv_out +pitch", bench.says("settings", "show")), "half restored"


class Person:
    """Calibrates at a terminal, and patches what the text asks for."""

    def __init__(self, bench: Bench, folder: Path, *words: str) -> None:
        self._bench = bench
        report = str(folder / "report.json")
        self.process = subprocess.Popen(
            [TOMBOLA, *bench.words("calibrate", *words, "-o", report)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.heard = ""

    def reads(self) -> tuple[float, str] | None:
        """Read on to the next wish, volts and jack; None at the end."""
        assert self.process.stdout is not None
        begin = len(self.heard)
        while letter := self.process.stdout.read(1):
            self.heard += letter
            if asked := ASKED.search(self.heard, begin):
                return float(asked[1]), asked[2]
        return None

    def patches(self, volts: float, jack: str) -> None:
        assert self.process.stdin is not None
        for name in ("V/OCT", "X"):
            self._bench.module.patch_cv(name, volts if name == jack else 0.0)
        self.process.stdin.write("\n")

    def ends(self) -> int:
        said, complained = self.process.communicate(timeout=30)
        self.heard += said + complained
        return self.process.returncode


def calibration(bench: Bench, folder: Path) -> str:
    """The module's calibration as a backup has it."""
    backup = folder / "calibration.toml"
    bench.says("settings", "backup", str(backup))
    return backup.read_text().partition("[calibration]")[2]


def test_a_person_calibrates_and_makes_a_mistake(bench: Bench, tmp_path: Path) -> None:
    before = calibration(bench, tmp_path)
    person = Person(bench, tmp_path, "pitch", "--octaves", "0", "2")
    wrong = True
    while asked := person.reads():
        volts, jack = asked
        person.patches(volts, "X" if wrong and volts == 1.0 else jack)
        wrong = wrong and volts != 1.0
    assert person.ends() == 0, person.heard
    assert "the +1 V arrive at X, not at V/OCT; move the cable" in person.heard
    report = json.loads((tmp_path / "report.json").read_text())
    (stage,) = report["stages"]
    assert stage["after"] < 2.0 < stage["before"]
    assert len(stage["points"]) == 3
    for suffix in (".txt", ".png"):
        assert (tmp_path / f"report{suffix}").stat().st_size > 100
    assert calibration(bench, tmp_path) != before


def test_ctrl_c_leaves_the_old_calibration(bench: Bench, tmp_path: Path) -> None:
    before = calibration(bench, tmp_path)
    person = Person(bench, tmp_path, "pitch", "--octaves", "0", "2")
    for _ in range(4):  # in the middle of the way back
        asked = person.reads()
        assert asked is not None
        person.patches(*asked)
    person.process.send_signal(signal.SIGINT)
    assert person.ends() == 1
    assert person.heard.endswith("The calibration from before is in force.\n")
    assert "Traceback" not in person.heard
    assert calibration(bench, tmp_path) == before
    assert not (tmp_path / "report.json").exists()


def test_a_hang_up_in_a_calibration_is_told(bench: Bench, tmp_path: Path) -> None:
    person = Person(bench, tmp_path, "pitch", "--octaves", "0", "2")
    asked = person.reads()
    assert asked is not None
    bench.background.stop()
    person.patches(*asked)
    assert person.ends() == 2
    assert "hung up" in person.heard.splitlines()[-1]
    assert "Traceback" not in person.heard


def test_a_robot_calibrates_a_virtual_module(small_elf: Path, tmp_path: Path) -> None:
    words = ["--module", "virtual", "--board", "7", "--elf", str(small_elf)]
    report = tmp_path / "report.json"
    words += ["pitch", "--octaves", "-1", "1", "-o", str(report)]
    done = CliRunner().invoke(
        cli, ["module", "calibrate", *words], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    assert "(robot) patch -1 V into V/OCT" in done.output
    (stage,) = json.loads(report.read_text())["stages"]
    assert stage["after"] < 2.0 < stage["before"]
