"""I2C2 as a master that writes (RM 47.7)."""

from collections.abc import Callable
from typing import ClassVar

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register
from tombola.virtual.peripherals.rcc import Rcc
from tombola.virtual.timeline import Timeline

PE, START, AUTOEND = 1 << 0, 1 << 13, 1 << 25
TXE, TXIS, NACKF, STOPF = 1 << 0, 1 << 1, 1 << 4, 1 << 5
FASTEST_HZ = 400e3


class I2c(Bank):
    """I2C2. `device(address, message)` takes a whole message; false is a refusal."""

    layout: ClassVar[Layout] = {
        0x00: Register("CR1", 0, PE),
        0x04: Register("CR2"),
        0x10: Register("TIMINGR"),
        0x18: Register("ISR", TXE, 0),
        0x1C: Register("ICR"),
        0x28: Register("TXDR", 0, 0xFF),
    }

    def __init__(
        self, clocked: Callable[[], bool], timeline: Timeline, rcc: Rcc
    ) -> None:
        super().__init__("I2C2", clocked)
        self._timeline = timeline
        self._rcc = rcc
        self._message = bytearray()
        self._expected = 0
        self.device: Callable[[int, bytes], bool] = lambda address, message: False

    def write_cr2(self, value: int) -> None:
        """Start a message: address, length, write."""
        if value & ~(START | AUTOEND | 0xFF << 16 | 0xFE):
            raise FirmwareError(
                f"I2C2_CR2 is written with 0x{value:08X}: bits not modelled"
            )
        if not (value & START and value & AUTOEND and self.word["CR1"] & PE):
            raise FirmwareError("I2C2 is started while it is off, or without AUTOEND")
        self.word["CR2"] = value
        self._message.clear()
        self._expected = value >> 16 & 0xFF
        present = self.device(self._address(), b"")
        self._after_byte(TXIS if present else NACKF | STOPF)

    def write_txdr(self, value: int) -> None:
        """Send one byte."""
        if not self.word["ISR"] & TXIS:
            raise FirmwareError("I2C2_TXDR is written before TXIS")
        self.word["ISR"] &= ~TXIS
        self._message.append(value & 0xFF)
        if len(self._message) < self._expected:
            self._after_byte(TXIS)
        elif self.device(self._address(), bytes(self._message)):
            self._after_byte(STOPF)
        else:
            self._after_byte(NACKF | STOPF)

    def write_icr(self, value: int) -> None:
        """Clear flags by writing ones."""
        self.word["ISR"] &= ~(value & (NACKF | STOPF))

    def _address(self) -> int:
        return self.word["CR2"] >> 1 & 0x7F

    def _after_byte(self, flags: int) -> None:
        """Raise flags once nine bits have gone over the wire."""

        def done() -> None:
            self.word["ISR"] |= flags

        self._timeline.after(self._rcc.cycles(9 / self._bit_hz()), done)

    def _bit_hz(self) -> float:
        timing = self.word["TIMINGR"]
        steps = (timing & 0xFF) + 1 + (timing >> 8 & 0xFF) + 1
        step_hz = self._rcc.kernel_hz("D2CCIP2R", 12, 2) / ((timing >> 28) + 1)
        if step_hz / steps > FASTEST_HZ:
            raise FirmwareError(
                f"I2C2 runs at {step_hz / steps:.0f} Hz, above {FASTEST_HZ:.0f}"
            )
        return step_hz / steps
