"""Power control: the core's voltage scale (RM 6.8)."""

from collections.abc import Callable
from typing import ClassVar

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register
from tombola.virtual.timeline import Timeline

READY = 1 << 13  # ACTVOSRDY, VOSRDY
USB_DETECTOR, USB_READY = 1 << 24, 1 << 26  # CR3: USB33DEN, USB33RDY
BACKUP_WRITABLE = 1 << 8  # CR1: DBP
SETTLING = 3000  # core cycles that the regulator takes: some 50 us at 64 MHz


class Pwr(Bank):
    """The regulator. `scale()` is the voltage scale: 0 (480 MHz) to 3 (200 MHz)."""

    layout: ClassVar[Layout] = {
        0x00: Register("CR1", 0xF000C000, BACKUP_WRITABLE),
        0x04: Register("CSR1", 1 << 14, 0),
        0x0C: Register("CR3", 0x6),
        0x18: Register("D3CR", 1 << 14),
    }

    def __init__(self, timeline: Timeline, open_backup: Callable[[], None]) -> None:
        super().__init__("PWR")
        self._timeline = timeline
        self._open_backup = open_backup
        self._settled = SETTLING
        self._supply_chosen = False
        self._overdrive = False

    def scale(self) -> int:
        """Voltage scale that holds now (RM 6.6.2)."""
        if self._timeline.now < self._settled:
            raise FirmwareError("the core's clock rises before PWR_D3CR.VOSRDY")
        scale = 4 - (self.word["D3CR"] >> 14)
        return 0 if self._overdrive and scale == 1 else scale

    def set_overdrive(self, on: bool) -> None:
        """Raise VOS1 to VOS0; called by SYSCFG."""
        self._overdrive = on
        self._settled = self._timeline.now + SETTLING

    def write_cr1(self, value: int) -> None:
        """Allow writes to the backup domain."""
        if value & ~BACKUP_WRITABLE != 0xF000C000:
            raise FirmwareError(f"PWR_CR1 is written with 0x{value:X}: not modelled")
        self.word["CR1"] = value
        if value & BACKUP_WRITABLE:
            self._open_backup()

    def read_csr1(self) -> int:
        """Actual voltage scale and whether it is reached."""
        return self.word["D3CR"] & 0xC000 | self._ready()

    def read_d3cr(self) -> int:
        """Wanted voltage scale and whether it is reached."""
        return self.word["D3CR"] | self._ready()

    def read_cr3(self) -> int:
        """Supply, and whether USB's was seen; the Seed always feeds it."""
        detects = bool(self.word["CR3"] & USB_DETECTOR)
        return self.word["CR3"] | detects * USB_READY

    def write_cr3(self, value: int) -> None:
        """Choose the core's supply, once after power-on (RM 6.8.4), and USB's."""
        value &= ~USB_READY
        if self._supply_chosen and (value ^ self.word["CR3"]) & 7:
            raise FirmwareError("PWR_CR3 is changed a second time after power-on")
        if value & ~(0x6 | USB_DETECTOR) or not value & 0x2:
            raise FirmwareError(
                f"PWR_CR3 is written with 0x{value:X}; the Seed runs on its LDO"
            )
        self._supply_chosen = True
        self.word["CR3"] = value & ~0x4  # SCUEN falls with the first write

    def write_d3cr(self, value: int) -> None:
        """Ask for a voltage scale."""
        if value & ~(0xC000 | READY):
            raise FirmwareError(
                f"PWR_D3CR is written with 0x{value:X}: bits not modelled"
            )
        self.word["D3CR"] = value & 0xC000
        self._settled = self._timeline.now + SETTLING

    def _ready(self) -> int:
        return READY if self._timeline.now >= self._settled else 0
