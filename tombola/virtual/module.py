"""A module to be played with: its panel, its USB, its time.

Runs in steps of whole milliseconds. Between them the panel may be turned and patched,
lights and jacks looked at, and bytes moved to and from the USB host; so a run repeats,
to the instruction, whatever the computer does meanwhile.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tombola.errors import TombolaError
from tombola.generated import panel
from tombola.virtual.board import Board, Revision
from tombola.virtual.flash_chip import FlashChip
from tombola.virtual.front_end import FrontEnd
from tombola.virtual.image import Image
from tombola.virtual.usb_host import UsbHost

MILLISECOND = 480_000  # core cycles
GATE_HIGH_V = 5.0
KNOB_MAX = 65535
ENUMERATION_MS = 1000

Listener = Callable[[NDArray[np.int32]], None]


class VirtualModule:
    """A board with an image in its flash, switched on, its USB plugged into a host.

    front_end: of the board; its noise is drawn anew each millisecond.
    flash_chip: with what it holds, which outlives the module; a new one if not given.
    on_audio: called with each block as it is sent, int32 [48, 2], 24 bits.
    """

    def __init__(
        self,
        image: Image,
        front_end: FrontEnd | None = None,
        revision: Revision = Revision.AK4556,
        flash_chip: FlashChip | None = None,
    ) -> None:
        self._image = image
        self._revision = revision
        self.flash_chip = flash_chip or FlashChip()
        self.front_end = front_end or FrontEnd.exact()
        self._cv = np.zeros(len(panel.CVS))
        self._cable: int | None = None  # the CV jack that CV out is patched to
        self._knobs = np.full(len(panel.KNOBS), KNOB_MAX // 2, np.uint16)
        self._gate_volts = np.zeros(len(panel.GATES))
        self._gates = 0
        self._button = False
        self.on_audio: Listener = lambda block: None
        self.milliseconds = 0
        self._switch_on()

    def run(self, milliseconds: int) -> None:
        """Let time pass. Raises FirmwareError for what the chip forbids."""
        core = self.board.chip.core
        for _ in range(milliseconds):
            self._present()
            core.run(core.clock.now + MILLISECOND)
            self.milliseconds += 1
            if self.board.chip.restarts:
                self._restart()
                core = self.board.chip.core

    def plug_in(self) -> None:
        """Run until the USB host has opened the serial port.

        Raises TombolaError when the firmware does not enumerate within a second.
        """
        for _ in range(ENUMERATION_MS):
            if self.host.ready:
                return
            self.run(1)
        raise TombolaError(
            f"the firmware does not enumerate on USB within {ENUMERATION_MS} ms"
        )

    @property
    def powered(self) -> bool:
        """Whether power has not gone, as `FlashChip.cut` has it."""
        return not self.board.chip.core.stopped

    @property
    def in_loader(self) -> bool:
        """Whether the chip runs the USB loader in its ROM."""
        return self.board.chip.in_loader

    def turn(self, knob: str, position: float) -> None:
        """Turn a knob to 0..1 of its way."""
        self._knobs[_place(panel.KNOBS, knob)] = round(position * KNOB_MAX)

    def patch_cv(self, jack: str, volts: float) -> None:
        """Put volts on a CV jack; 0 is as unplugged."""
        self._cv[_place(panel.CVS, jack)] = volts

    def patch_cable(self, jack: str | None) -> None:
        """Patch a cable from CV out to a CV jack; None takes it out."""
        self._cable = None if jack is None else _place(panel.CVS, jack)

    def patch_gate(self, jack: str, volts: float) -> None:
        """Put volts on a gate jack."""
        self._gate_volts[_place(panel.GATES, jack)] = volts

    def press(self, down: bool) -> None:
        """Press or let go the button."""
        self._button = down

    def lights(self) -> int:
        """Lights that are on; bit i is light i."""
        return self.board.lights()

    def cv_out(self) -> float:
        """Volts at the jack CV out."""
        return self.front_end.cv_out_volts(self.board.cv())

    def gate_out(self) -> bool:
        """Level of the jack GATE out."""
        return bool(self.board.gate())

    def _switch_on(self) -> None:
        self.board = Board(self._image, self._revision, self.flash_chip)
        chip = self.board.chip
        chip.sai.exchange = self._exchange
        self.host = UsbHost(chip.otg, chip.timeline, chip.rcc)

    def _restart(self) -> None:
        """Reset the chip: what memory held stays, all else begins anew."""
        before = self.board.chip
        self._switch_on()
        self.board.chip.take_over(before)

    def _present(self) -> None:
        volts = self._cv.copy()
        if self._cable is not None:
            volts[self._cable] = self.cv_out()
        words = self.front_end.cv_words(volts)
        self.board.set_words(words, self._knobs)
        self._gates = self.front_end.gates(self._gate_volts, self._gates)
        self.board.set_gates(self._gates | self._button << len(panel.GATES))

    def _exchange(self, sent: NDArray[np.int32]) -> NDArray[np.int32]:
        self.on_audio(sent)
        return np.zeros_like(sent)


def _place(parts: tuple[panel.Part, ...], name: str) -> int:
    for place, part in enumerate(parts):
        if part.name == name:
            return place
    names = ", ".join(part.name for part in parts)
    raise TombolaError(f"the panel has no '{name}' there; it has {names}")


class HostPort:
    """The serial port of a virtual module's USB host, in the module's own time.

    It stands for a port of pyserial: to read is to let the module run until something
    comes, for 50 ms at most. Nothing depends on the computer's clock.
    """

    def __init__(self, module: VirtualModule, patience_ms: int = 50) -> None:
        self._module = module
        self._patience_ms = patience_ms

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes that the module has sent.

        Raises OSError when its power has gone.
        """
        waiting = self._module.host.from_device
        for _ in range(self._patience_ms):
            if waiting:
                break
            if not self._module.powered:
                raise OSError("the module has no power")
            self._module.run(1)
            waiting = self._module.host.from_device
        content = bytes(waiting[:size])
        del waiting[: len(content)]
        return content

    def write(self, data: bytes) -> int:
        """Send bytes to the module."""
        self._module.host.to_device += data
        return len(data)

    def seconds(self) -> float:
        """Time on the module's clock."""
        return self._module.milliseconds / 1000
