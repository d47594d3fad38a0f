"""The nested vectored interrupt controller (ARM B3.4)."""

from collections.abc import Callable
from typing import ClassVar

from tombola.virtual.peripherals.bank import Bank, Layout, Register

IRQS = 150
WORDS = (IRQS + 31) // 32
FIRST = 16  # exception number of interrupt 0


class Nvic(Bank):
    """Lines, enables and priorities; four bits of priority are implemented."""

    layout: ClassVar[Layout] = {
        **{0x000 + 4 * n: Register(f"ISER{n}") for n in range(WORDS)},
        **{0x080 + 4 * n: Register(f"ICER{n}") for n in range(WORDS)},
        **{0x100 + 4 * n: Register(f"ISPR{n}") for n in range(WORDS)},
        **{0x300 + 4 * n: Register(f"IPR{n}") for n in range((IRQS + 3) // 4)},
    }
    widths = frozenset({1, 4})

    def __init__(
        self, pend: Callable[[int], None], enabled: Callable[[], None]
    ) -> None:
        super().__init__("NVIC")
        self._pend = pend
        self._on_enable = enabled
        self._enabled = 0
        self._lines = 0

    def set_line(self, irq: int, level: bool) -> None:
        """Set a peripheral's request; its rise pends the interrupt."""
        rises = level and not self._lines >> irq & 1
        self._lines = self._lines & ~(1 << irq) | level << irq
        if rises:
            self._pend(FIRST + irq)

    def asserted(self, exception: int) -> bool:
        """Tell whether the line of an exception is high, so that it pends anew."""
        return exception >= FIRST and bool(self._lines >> exception - FIRST & 1)

    def enabled(self, exception: int) -> bool:
        """Tell whether an interrupt may be taken."""
        return bool(self._enabled >> exception - FIRST & 1)

    def priority(self, exception: int) -> int:
        """Priority byte of an interrupt."""
        word, byte = divmod(exception - FIRST, 4)
        return self.word[f"IPR{word}"] >> 8 * byte & 0xF0

    def read(self, offset: int, width: int) -> int:
        """Read a register; ISER and ICER both give what is enabled."""
        if offset < 0x100:
            return self._enabled >> 8 * (offset & 0x7F) & (1 << 8 * width) - 1
        return super().read(offset, width)

    def write(self, offset: int, width: int, value: int) -> None:
        """Write a register; ones enable (ISER), disable (ICER) or pend (ISPR)."""
        if offset >= 0x180:
            super().write(offset, width, value)
            return
        self._find(offset & ~3, width)
        bits = value << 8 * (offset & 0x7F)
        if offset < 0x80:
            self._enabled |= bits
            self._on_enable()
        elif offset < 0x100:
            self._enabled &= ~bits
        else:
            for irq in range(IRQS):
                if bits >> irq & 1:
                    self._pend(FIRST + irq)
