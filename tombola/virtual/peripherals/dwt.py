"""The core's cycle counter (ARM C1.8), which counts the virtual module's clock."""

from typing import ClassVar

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register
from tombola.virtual.peripherals.system import SystemControl
from tombola.virtual.timeline import Timeline

TRACE_ENABLE = 1 << 24  # DEMCR.TRCENA
UNLOCK = 0xC5ACCE55
COUNT_ENABLE = 1


class Dwt(Bank):
    """DWT_CYCCNT: instructions and time slept, as all of the virtual module counts."""

    layout: ClassVar[Layout] = {
        0x000: Register("CTRL", 0x40000000, COUNT_ENABLE),
        0x004: Register("CYCCNT"),
        0xFB0: Register("LAR"),
    }

    def __init__(self, timeline: Timeline, scb: SystemControl) -> None:
        super().__init__("DWT")
        self._timeline = timeline
        self._scb = scb
        self._zero = 0
        self._locked = True

    def write_lar(self, value: int) -> None:
        """Unlock the registers, or lock them."""
        self._check_power()
        self._locked = value != UNLOCK

    def write_ctrl(self, value: int) -> None:
        """Start the counter."""
        self._check_lock()
        if (value ^ self.word["CTRL"]) & ~COUNT_ENABLE:
            raise FirmwareError(f"DWT_CTRL is written with 0x{value:08X}: not modelled")
        self.word["CTRL"] = value

    def read_cyccnt(self) -> int:
        """Cycles since it was set to zero; they stand still while it is off."""
        self._check_power()
        if not self.word["CTRL"] & COUNT_ENABLE:
            return 0
        return (self._timeline.now - self._zero) & 0xFFFFFFFF

    def write_cyccnt(self, value: int) -> None:
        """Set the count."""
        self._check_lock()
        self._zero = self._timeline.now - value

    def _check_power(self) -> None:
        if not self._scb.word["DEMCR"] & TRACE_ENABLE:
            raise FirmwareError("DWT is accessed without DEMCR.TRCENA")

    def _check_lock(self) -> None:
        self._check_power()
        if self._locked:
            raise FirmwareError("DWT is written before DWT_LAR has unlocked it")
