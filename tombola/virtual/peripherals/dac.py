"""The digital-to-analogue converter's first channel (RM 26.7)."""

from typing import ClassVar

from tombola.virtual.peripherals.bank import Bank, Layout, Register


class Dac(Bank):
    """DAC1 channel 1, untriggered: what is written is put out."""

    layout: ClassVar[Layout] = {
        0x00: Register("CR", 0, 1),
        0x08: Register("DHR12R1", 0, 0xFFF),
        0x3C: Register("MCR", 0, 7),
    }

    def output(self) -> int:
        """12-bit word at the pin; 0 while the channel is off."""
        return self.word["DHR12R1"] if self.word["CR"] & 1 else 0
