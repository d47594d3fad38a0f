"""The tools on the virtual module, through a serial port of this computer."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tombola import __version__
from tombola.errors import TombolaError
from tombola.generated.panel import CVS
from tombola.module import ports
from tombola.module.link import Link, LostError, open_link
from tombola.virtual.image import Image
from tombola.virtual.live import BackgroundModule
from tombola.virtual.module import VirtualModule

TOMBOLA = Path(sys.executable).with_name("tombola")


@pytest.fixture(scope="module")
def port(small_image: Image) -> Iterator[str]:
    """Return the port of a module that runs, with 1.5 V at V/OCT."""
    module = VirtualModule(small_image)
    module.patch_cv("V/OCT", 1.5)
    module.patch_gate("GATE", 5.0)
    with BackgroundModule(module) as running:
        yield running.port


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TOMBOLA, *words], capture_output=True, text=True, check=False, timeout=30
    )


def ask_for_ever(link: Link) -> None:
    while True:
        link.status()


def test_info_tells_who_it_is(port: str) -> None:
    done = run("module", "info", "--port", port)
    assert done.returncode == 0, done.stderr
    assert __version__ in done.stdout
    assert "Daisy Seed (AK4556)" in done.stdout
    assert "playing" in done.stdout


def test_monitor_shows_the_panel_once(port: str) -> None:
    done = run("module", "monitor", "--once", "--port", port)
    assert done.returncode == 0, done.stderr
    rows = {tuple(line.split()[:2]): line for line in done.stdout.splitlines()}
    volts = float(rows["CV", "V/OCT"].split()[3])
    assert volts == pytest.approx(1.5, abs=0.005)
    assert "●" in rows["gate", "GATE"]
    assert "○" in rows["gate", "DRAW"]


def test_monitor_gives_json(port: str) -> None:
    done = run("module", "monitor", "--once", "--json", "--port", port)
    status = json.loads(done.stdout)
    assert len(status["cv_volts"]) == len(CVS)
    assert status["gates"] & 1


def test_a_busy_port_is_told(port: str) -> None:
    with open_link(port) as link:
        link.info()
        done = run("module", "info", "--port", port)
    assert done.returncode == 2
    assert "is busy: another program has it open" in done.stderr
    with open_link(port) as link:
        assert link.info().state == 1


def test_a_program_that_died_in_a_request_leaves_the_next_one_alone(port: str) -> None:
    with ports.connect(port) as line:
        line.write(b"\0\x08\1\7")  # the beginning of a frame
    with ports.connect(port) as line:
        line.write(b"\0\x08\1\7\3\x58\x74\xcb\x28\0")  # STATUS, nobody reads its answer
    with open_link(port) as link:
        assert link.info().state == 1


def test_a_hang_up_in_the_middle_is_told(small_image: Image) -> None:
    with BackgroundModule(VirtualModule(small_image)) as running:
        threading.Timer(0.3, running.stop).start()
        with open_link(running.port) as link, pytest.raises(LostError, match="hung up"):
            ask_for_ever(link)


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("/dev/ttyNOWHERE", "is not there; `tombola module list` shows"),
        ("/dev/null", "is no serial port"),
    ],
)
def test_what_is_no_port_is_told(device: str, message: str) -> None:
    with pytest.raises(TombolaError, match=message), open_link(device):
        pass


def test_a_device_that_echoes_is_no_module() -> None:
    here, there = pty.openpty()
    stop = threading.Event()

    def echo() -> None:
        while not stop.is_set():
            os.write(here, os.read(here, 4096))

    threading.Thread(target=echo, daemon=True).start()
    with open_link(os.ttyname(there)) as link:
        with pytest.raises(LostError, match="not what a module does"):
            link.info()
        stop.set()


def test_the_command_runs_until_it_is_told_to_end(
    small_elf: Path, tmp_path: Path
) -> None:
    path, flash = tmp_path / "module", tmp_path / "flash"
    command = [TOMBOLA, "virtual", "--elf", small_elf, "--link", path]
    with subprocess.Popen(
        [*command, "--flash", flash, "--speed", "max"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline().strip() == str(path)
        process.stdin.write("cv X -2\nnonsense\n")
        process.stdin.flush()
        with open_link(str(path)) as link:
            until = time.monotonic() + 5
            while abs(link.status().cv_volts[1] + 2) > 0.01:
                assert time.monotonic() < until, "what was typed has no effect"
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)
    assert process.returncode == 0, said
    assert "'nonsense' is none of: knob NAME" in said
    assert not path.is_symlink(), "the link is left behind"
    assert flash.stat().st_size == 8 << 20


def test_a_firmware_that_is_not_there_is_told_with_how_to_make_it() -> None:
    done = run("virtual", "--elf", "nothing.elf")
    assert done.returncode == 2
    assert "nothing.elf: there is no such firmware; build it with `make" in done.stderr
