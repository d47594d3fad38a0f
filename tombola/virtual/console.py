"""Lines that play a virtual module's panel: `cv V/OCT 1.5`, `gate GATE 5`."""

import os
import select
import sys

from tombola.errors import TombolaError
from tombola.virtual.module import VirtualModule

HELP = (
    "knob NAME 0..1, cv JACK VOLTS, gate JACK VOLTS, cable JACK (from the jack CV; "
    "cable alone takes it out), press, release, unplug, plug"
)


class TypedLines:
    """Lines from standard input, without waiting for any."""

    def __init__(self) -> None:
        self._input: int | None = sys.stdin.fileno()
        self._begun = b""

    def read(self) -> list[str]:
        """Return the lines that were ended since the last time."""
        while self._input is not None and self._may_read(self._input):
            content = os.read(self._input, 4096)
            if not content:
                self._input = None  # nothing will come any more
            self._begun += content
        *lines, self._begun = self._begun.split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    @staticmethod
    def _may_read(source: int) -> bool:
        """Whether something is there; in the background of a shell nothing is ours."""
        if os.isatty(source) and os.tcgetpgrp(source) != os.getpgrp():
            return False
        return bool(select.select([source], [], [], 0)[0])


def obey(module: VirtualModule, line: str) -> None:
    """Do what a line says to the panel.

    Raises TombolaError for one that says nothing known.
    """
    match line.split():
        case []:
            pass
        case ["knob", name, position]:
            module.turn(name, _number(position, 0.0, 1.0))
        case ["cv", name, volts]:
            module.patch_cv(name, _number(volts, -12.0, 12.0))
        case ["gate", name, volts]:
            module.patch_gate(name, _number(volts, -12.0, 12.0))
        case ["cable"]:
            module.patch_cable(None)
        case ["cable", name]:
            module.patch_cable(name)
        case ["press"]:
            module.press(True)
        case ["release"]:
            module.press(False)
        case ["unplug"]:
            module.host.unplug()
        case ["plug"]:
            module.host.plug()
        case _:
            raise TombolaError(f"'{line.strip()}' is none of: {HELP}")


def _number(text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = high + 1.0
    if not low <= value <= high:
        raise TombolaError(f"'{text}' is no number from {low:g} to {high:g}")
    return value
