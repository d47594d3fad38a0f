"""What the system tests share: the firmware with a small ticket in it."""

import subprocess
from pathlib import Path

import pytest

from tombola.converter import convert
from tombola.module.link import Link
from tombola.virtual.image import Image, load
from tombola.virtual.module import HostPort, VirtualModule

ROOT = Path(__file__).resolve().parents[2]


def build(ticket: bytes, folder: Path) -> Path:
    """Build the firmware with a ticket in it."""
    path = folder / "a.ticket"
    path.write_bytes(ticket)
    subprocess.run(
        ["make", "-s", "-C", ROOT / "firmware", f"TICKET={path}", f"OUT={folder}"],
        check=True,
        capture_output=True,
    )
    return folder / "tombola.elf"


@pytest.fixture(scope="session")
def small_ticket() -> bytes:
    return convert((ROOT / "tests/data/tone_small.tflite").read_bytes()).ticket


@pytest.fixture(scope="session")
def small_elf(small_ticket: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the firmware with the tests' small ticket."""
    return build(small_ticket, tmp_path_factory.mktemp("small"))


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
