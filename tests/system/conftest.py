"""What the system tests share: the firmware with a small ticket in it."""

import subprocess
from pathlib import Path

import pytest

from tombola.converter import convert
from tombola.module.link import Link
from tombola.virtual.image import Image, load
from tombola.virtual.module import HostPort, VirtualModule

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def small_elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the firmware with the tests' small ticket."""
    folder = tmp_path_factory.mktemp("small")
    ticket = folder / "small.ticket"
    model = (ROOT / "tests/data/tone_small.tflite").read_bytes()
    ticket.write_bytes(convert(model).ticket)
    subprocess.run(
        ["make", "-s", "-C", ROOT / "firmware", f"TICKET={ticket}", f"OUT={folder}"],
        check=True,
        capture_output=True,
    )
    return folder / "tombola.elf"


@pytest.fixture(scope="session")
def small_image(small_elf: Path) -> Image:
    return load(small_elf)


@pytest.fixture
def module(small_image: Image) -> VirtualModule:
    """Return a module that is switched on and plugged in."""
    made = VirtualModule(small_image)
    made.plug_in()
    return made


@pytest.fixture
def link(module: VirtualModule) -> Link:
    """Return a link in the module's own time."""
    port = HostPort(module)
    return Link(port, "the virtual module", port.seconds)
