"""General-purpose pins (RM 11.4)."""

from collections.abc import Callable
from typing import ClassVar

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register

INPUT, OUTPUT, ALTERNATE, ANALOG = range(4)  # RM 11.4.1

# After reset all pins are analog but those of the debugger (RM 11.4.1, 11.4.3, 11.4.4).
RESET_MODE = {"A": 0xABFFFFFF, "B": 0xFFFFFEBF}
RESET_SPEED = {"A": 0x0C000000, "B": 0x000000C0}
RESET_PULL = {"A": 0x64000000, "B": 0x00000100}


class Gpio(Bank):
    """One port of sixteen pins."""

    layout: ClassVar[Layout] = {
        0x00: Register("MODER"),
        0x04: Register("OTYPER", 0, 0xFFFF),
        0x08: Register("OSPEEDR"),
        0x0C: Register("PUPDR"),
        0x10: Register("IDR", 0, 0),
        0x14: Register("ODR", 0, 0xFFFF),
        0x18: Register("BSRR"),
        0x20: Register("AFRL"),
        0x24: Register("AFRH"),
    }

    def __init__(self, letter: str, clocked: Callable[[], bool]) -> None:
        super().__init__(f"GPIO{letter}", clocked)
        self.letter = letter
        self.word["MODER"] = RESET_MODE.get(letter, 0xFFFFFFFF)
        self.word["OSPEEDR"] = RESET_SPEED.get(letter, 0)
        self.word["PUPDR"] = RESET_PULL.get(letter, 0)
        self._driven = 0  # pins on which the board puts a level
        self._high = 0  # of those, the high ones
        self._configure()

    def drive(self, pin: int, level: bool) -> None:
        """Put a level on a pin from outside."""
        self._driven |= 1 << pin
        self._high = self._high & ~(1 << pin) | level << pin

    def mode(self, pin: int) -> int:
        """INPUT, OUTPUT, ALTERNATE or ANALOG."""
        return self.word["MODER"] >> 2 * pin & 3

    def function(self, pin: int) -> int:
        """Alternate function of a pin, 0..15; a fault when it is not in that mode."""
        if self.mode(pin) != ALTERNATE:
            raise FirmwareError(f"P{self.letter}{pin} is not in its alternate function")
        return self.word["AFRH" if pin > 7 else "AFRL"] >> 4 * (pin % 8) & 0xF

    def output(self, pin: int) -> bool:
        """Level that the chip drives; a fault when the pin is no output."""
        if self.mode(pin) != OUTPUT:
            raise FirmwareError(
                f"P{self.letter}{pin} is read by the board but is not an output"
            )
        return bool(self.word["ODR"] >> pin & 1)

    def write_moder(self, value: int) -> None:
        """Set the pins' modes."""
        self.word["MODER"] = value
        self._configure()

    def write_pupdr(self, value: int) -> None:
        """Set the pins' pull-up and pull-down resistors."""
        self.word["PUPDR"] = value
        self._configure()

    def read_idr(self) -> int:
        """Levels at the pins; a floating digital input is read as low."""
        inputs = self._high | self._pulled_up & ~self._driven
        return self.word["ODR"] & self._outputs | inputs & self._inputs

    def read_bsrr(self) -> int:
        """Read as zero: the register is write-only."""
        return 0

    def write_bsrr(self, value: int) -> None:
        """Set by the low half, reset by the high half; set wins."""
        self.word["ODR"] = self.word["ODR"] & ~(value >> 16) & 0xFFFF | value & 0xFFFF

    def _configure(self) -> None:
        """Sort the pins by what IDR shows of them."""
        modes = {pin: self.mode(pin) for pin in range(16)}
        self._outputs = sum(1 << pin for pin in modes if modes[pin] == OUTPUT)
        self._inputs = sum(
            1 << pin for pin in modes if modes[pin] in {INPUT, ALTERNATE}
        )
        self._pulled_up = sum(
            1 << pin for pin in modes if self.word["PUPDR"] >> 2 * pin & 3 == 1
        )
