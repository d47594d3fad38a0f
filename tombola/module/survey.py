"""Which modules are plugged in, and what each says of itself."""

from dataclasses import dataclass

from tombola.errors import TombolaError
from tombola.module import ports
from tombola.module.link import open_link


@dataclass(frozen=True)
class Found:
    """A port with a module's USB ids. says: its firmware, or why it does not answer."""

    port: str
    serial_number: str
    says: str


def survey() -> list[Found]:
    """Ask everything that has a module's USB ids who it is."""
    return [
        Found(port.device, port.serial_number, _ask(port.device))
        for port in ports.candidates()
    ]


def _ask(device: str) -> str:
    try:
        with open_link(device) as link:
            info = link.info()
    except TombolaError as error:
        return str(error)
    return f"{info.firmware} {info.build}".strip()
