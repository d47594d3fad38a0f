"""What the system tests share: the firmware with a small ticket in it."""

from pathlib import Path

import pytest
from firmware_build import build

from tombola.converter import convert
from tombola.module.link import Link
from tombola.virtual.image import Image, load
from tombola.virtual.module import HostPort, VirtualModule

ROOT = Path(__file__).resolve().parents[2]


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
