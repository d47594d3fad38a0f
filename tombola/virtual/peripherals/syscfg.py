"""System configuration: the supply's overdrive (RM 12.3.11)."""

from collections.abc import Callable
from typing import ClassVar

from tombola.virtual.peripherals.bank import Bank, Layout, Register
from tombola.virtual.peripherals.pwr import Pwr


class Syscfg(Bank):
    """SYSCFG_PWRCR.ODEN makes VOS1 VOS0."""

    layout: ClassVar[Layout] = {0x2C: Register("PWRCR", 0, 1)}

    def __init__(self, clocked: Callable[[], bool], pwr: Pwr) -> None:
        super().__init__("SYSCFG", clocked)
        self._pwr = pwr

    def write_pwrcr(self, value: int) -> None:
        """Switch the overdrive."""
        self.word["PWRCR"] = value & 1
        self._pwr.set_overdrive(bool(value & 1))
