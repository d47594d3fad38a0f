"""The digital-to-analogue converter's first channel (RM 26.7)."""

from typing import ClassVar

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register

UNBUFFERED = 2  # MCR's mode: to the pin, without the buffer


class Dac(Bank):
    """DAC1 channel 1, untriggered: what is written is put out, from rail to rail."""

    layout: ClassVar[Layout] = {
        0x00: Register("CR", 0, 1),
        0x08: Register("DHR12R1", 0, 0xFFF),
        0x3C: Register("MCR", 0, 7),
    }

    def write_cr(self, value: int) -> None:
        """Switch channel 1 on; the panel wants it without its buffer."""
        if (value, self.word["MCR"]) != (1, UNBUFFERED):
            raise FirmwareError(
                f"{self.name}_CR is written with 0x{value:08X} in mode "
                f"{self.word['MCR']}; the jack CV needs channel 1, mode {UNBUFFERED}, "
                "without its buffer, which ends 0.2 V before both rails"
            )
        self.word["CR"] = value

    def output(self) -> int:
        """12-bit word at the pin; 0 while the channel is off."""
        return self.word["DHR12R1"] if self.word["CR"] & 1 else 0
