"""QUADSPI: indirect and memory-mapped access to one flash chip (RM 23.5)."""

from collections import deque
from collections.abc import Callable
from typing import ClassVar

from tombola.virtual.faults import FirmwareError
from tombola.virtual.flash_chip import BUSY, READ_STATUS, FlashChip
from tombola.virtual.peripherals.bank import Bank, Layout, Register
from tombola.virtual.peripherals.rcc import Rcc
from tombola.virtual.timeline import Timeline

EN, ABORT, TCEN, APMS = 1 << 0, 1 << 1, 1 << 3, 1 << 22
TCF, FTF, SMF, SR_BUSY = 1 << 1, 1 << 2, 1 << 3, 1 << 5
CLEARABLE = 0x1B
WRITE, READ, POLL, MAPPED = range(4)  # CCR.FMODE
FASTEST_HZ = 60e6  # pins of medium speed (DS12556, OSPEEDR 1)
ADDRESS_BITS = 24
DATA = 0x20


class Quadspi(Bank):
    """Bank 1, single rate.

    on_map(): the window at 0x90000000 has opened or closed, see `mapped`. A transfer
    asks check_pins(quad), four lines or one, for what would keep it from the chip.
    """

    layout: ClassVar[Layout] = {
        0x00: Register("CR", 0, 0xFF << 24 | APMS | TCEN | EN),
        0x04: Register("DCR", 0, 0x1F0701),
        0x08: Register("SR", 0, 0),
        0x0C: Register("FCR"),
        0x10: Register("DLR"),
        0x14: Register("CCR"),
        0x18: Register("AR"),
        DATA: Register("DR"),
        0x24: Register("PSMKR"),
        0x28: Register("PSMAR"),
        0x2C: Register("PIR", 0, 0xFFFF),
        0x30: Register("LPTR", 0, 0xFFFF),
    }
    widths = frozenset({1, 4})

    def __init__(
        self,
        clocked: Callable[[], bool],
        *,
        timeline: Timeline,
        rcc: Rcc,
        chip: FlashChip,
        on_map: Callable[[], None],
    ) -> None:
        super().__init__("QUADSPI", clocked)
        self._timeline = timeline
        self._rcc = rcc
        self._chip = chip
        self._on_map = on_map
        self.check_pins: Callable[[bool], None] = lambda quad: None
        self._outgoing = bytearray()
        self._incoming: deque[int] = deque()
        self._running = False  # an indirect transfer or polling
        self.mapped = False
        self._generation = 0  # of transfers; an abort makes a new one

    def read(self, offset: int, width: int) -> int:
        """Read a register; QUADSPI_DR gives as many bytes as are read."""
        if offset != DATA:
            return super().read(offset, width)
        self._find(offset, width)
        if len(self._incoming) < width:
            raise FirmwareError("QUADSPI_DR is read though nothing was received")
        taken = bytes(self._incoming.popleft() for _ in range(width))
        return int.from_bytes(taken, "little")

    def write(self, offset: int, width: int, value: int) -> None:
        """Write a register; QUADSPI_DR takes as many bytes as are written."""
        if offset != DATA:
            super().write(offset, width, value)
            return
        self._find(offset, width)
        if self._mode != WRITE or not self._lines:
            raise FirmwareError("QUADSPI_DR is written though nothing is to be sent")
        self._running = True
        self.word["SR"] &= ~TCF
        self._outgoing += value.to_bytes(width, "little")
        if len(self._outgoing) == self._length:
            self._begin()

    def write_cr(self, value: int) -> None:
        """Enable, set the clock, or abort."""
        if value & ~(0xFF << 24 | APMS | TCEN | ABORT | EN):
            raise FirmwareError(
                f"QUADSPI_CR is written with 0x{value:08X}: bits not modelled"
            )
        changed = (value ^ self.word["CR"]) & ~ABORT
        if (self._running or self.mapped) and changed:
            raise FirmwareError("QUADSPI_CR is changed while it is busy")
        self.word["CR"] = value & ~ABORT
        if value & ABORT:
            self._stop()

    def read_sr(self) -> int:
        """Flags, and whether something goes on."""
        flags = self.word["SR"] & (TCF | SMF)
        if self._room_or_data():
            flags |= FTF
        return flags | (SR_BUSY if self._running or self.mapped else 0)

    def write_fcr(self, value: int) -> None:
        """Clear flags by writing ones."""
        self.word["SR"] &= ~(value & CLEARABLE)

    def write_ccr(self, value: int) -> None:
        """Describe the next transfer; one that needs no more than that begins."""
        if self._running or not self.word["CR"] & EN:
            raise FirmwareError("QUADSPI_CCR is written while it is busy or off")
        if value & 0xF003_C000:  # double rate, SIOO, alternate bytes
            raise FirmwareError(
                f"QUADSPI_CCR is written with 0x{value:08X}: bits not modelled"
            )
        if self.mapped:
            self._map(False)
        self.word["CCR"] = value
        if self._mode == MAPPED:
            self._begin_mapping()
        elif not self._has_address and (self._mode in {READ, POLL} or not self._lines):
            self._begin()

    def write_ar(self, value: int) -> None:
        """Set the address; a transfer that needs no more begins."""
        if self._running or self.mapped:
            raise FirmwareError("QUADSPI_AR is written while it is busy")
        self.word["AR"] = value
        if self._has_address and (self._mode == READ or not self._lines):
            self._begin()

    @property
    def _mode(self) -> int:
        return self.word["CCR"] >> 26 & 3

    @property
    def _lines(self) -> int:
        """Lines that carry data."""
        return (0, 1, 2, 4)[self.word["CCR"] >> 24 & 3]

    @property
    def _has_address(self) -> bool:
        return bool(self.word["CCR"] >> 10 & 3)

    @property
    def _length(self) -> int:
        return self.word["DLR"] + 1

    def _room_or_data(self) -> bool:
        if self._mode == READ:
            return bool(self._incoming)
        return self._mode == WRITE and len(self._outgoing) < self._length

    def _begin(self) -> None:
        """Everything that the transfer needs is there."""
        self._check_phases()
        self.check_pins(self._lines == 4)
        self._running = True
        self.word["SR"] &= ~(TCF | SMF)
        instruction = self.word["CCR"] & 0xFF
        if self._mode == POLL:
            self._poll()
            return
        if self._mode == READ:
            received = self._chip.read(instruction, self._length)
            self._after(lambda: self._received(received), self._bits())
            return
        # The chip begins to work when NCS goes high, at the end.
        data = bytes(self._outgoing)
        self._outgoing.clear()
        self._after(lambda: self._sent(instruction, data), self._bits(len(data)))

    def _sent(self, instruction: int, data: bytes) -> None:
        self._end(TCF)
        self._chip.command(instruction, self.word["AR"], data)

    def _received(self, content: bytes) -> None:
        self._incoming.extend(content)
        self._end(TCF)

    def _poll(self) -> None:
        """Look at the status until the chip is not busy (RM 23.3.8).

        Looks that find it busy change nothing and are left out.
        """
        asked = self.word["CCR"] & 0xFF, self.word["PSMKR"], self.word["PSMAR"]
        if asked != (READ_STATUS, BUSY, 0) or not self.word["CR"] & APMS:
            raise FirmwareError("QUADSPI polls for something else than a ready chip")
        found = self._within_this_transfer(
            lambda: self._after(lambda: self._end(SMF), self._bits())
        )
        self._chip.when_ready(found)

    def _end(self, flag: int) -> None:
        self._running = False
        self.word["SR"] |= flag

    def _stop(self) -> None:
        """Abort: what was on its way does not arrive."""
        self._generation += 1
        self._running = False
        self._outgoing.clear()
        self._incoming.clear()
        self.word["SR"] |= TCF
        if self.mapped:
            self._map(False)

    def _begin_mapping(self) -> None:
        ccr = self.word["CCR"]
        self._check_phases()
        self.check_pins(True)
        self._chip.check_mapped(ccr & 0xFF, ccr >> 18 & 0x1F, self._lines)
        if self.word["AR"] & 3 == 3:
            raise FirmwareError(
                "QUADSPI is mapped while QUADSPI_AR ends with binary 11, after which "
                "the first read is wrong (ES0392)"
            )
        self._map(True)

    def _map(self, mapped: bool) -> None:
        self.mapped = mapped
        self._on_map()

    def _check_phases(self) -> None:
        ccr = self.word["CCR"]
        if ccr >> 8 & 3 != 1 or (self._has_address and ccr >> 10 & 0xF != 0x9):
            raise FirmwareError(
                f"QUADSPI_CCR is 0x{ccr:08X}: instruction and 24 bits of address go "
                "over one line, all else is not modelled"
            )
        if self.word["DCR"] >> 16 & 0x1F != ADDRESS_BITS - 2:
            raise FirmwareError("QUADSPI_DCR.FSIZE is not that of 8 MB")

    def _bits(self, sent: int = 0) -> int:
        """Clocks of a transfer."""
        count = sent or (self._length if self._mode != WRITE and self._lines else 0)
        data = 8 * count // self._lines if self._lines else 0
        dummies = self.word["CCR"] >> 18 & 0x1F
        return 8 + ADDRESS_BITS * self._has_address + dummies + data

    def _after(self, action: Callable[[], None], clocks: int) -> None:
        hertz = self._rcc.kernel_hz("D1CCIPR", 4, 2) / ((self.word["CR"] >> 24) + 1)
        if hertz > FASTEST_HZ:
            raise FirmwareError(
                f"QUADSPI runs at {hertz / 1e6:.0f} MHz, its pins at 60"
            )
        cycles = self._rcc.cycles(clocks / hertz)
        self._timeline.after(cycles, self._within_this_transfer(action))

    def _within_this_transfer(self, action: Callable[[], None]) -> Callable[[], None]:
        """Make it come to nothing if the transfer is aborted before."""
        generation = self._generation

        def act() -> None:
            if generation == self._generation:
                action()

        return act
