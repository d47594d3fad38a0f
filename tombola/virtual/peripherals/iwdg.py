"""The independent watchdog (RM chapter 45)."""

from collections.abc import Callable
from typing import ClassVar

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register
from tombola.virtual.peripherals.rcc import Rcc
from tombola.virtual.timeline import Timeline

LSI_HZ = 32e3
START, UNLOCK, FEED = 0xCCCC, 0x5555, 0xAAAA


class Iwdg(Bank):
    """Calls `expire` when it was started and is not fed in time."""

    layout: ClassVar[Layout] = {
        0x0: Register("KR"),
        0x4: Register("PR", 0, 0x7),
        0x8: Register("RLR", 0xFFF, 0xFFF),
    }

    def __init__(
        self, timeline: Timeline, rcc: Rcc, expire: Callable[[], None]
    ) -> None:
        super().__init__("IWDG1")
        self._timeline = timeline
        self._rcc = rcc
        self._expire = expire
        self._fed: int | None = None  # when; None: it does not run
        self._unlocked = False

    def write_kr(self, value: int) -> None:
        """Start, unlock or feed."""
        if value not in {START, UNLOCK, FEED}:
            raise FirmwareError(f"IWDG1_KR is written with 0x{value:X}: no key")
        self._unlocked = value == UNLOCK
        starts = value == START and self._fed is None
        if starts or (value == FEED and self._fed is not None):
            self._fed = self._timeline.now
        if starts:
            self._timeline.after(self._period(), self._check)

    def write_pr(self, value: int) -> None:
        """Set the prescaler."""
        self._set("PR", value)

    def write_rlr(self, value: int) -> None:
        """Set the reload value."""
        self._set("RLR", value)

    def _set(self, name: str, value: int) -> None:
        if not self._unlocked:
            raise FirmwareError(f"IWDG1_{name} is written without the key 0x5555")
        self.word[name] = value

    def _period(self) -> int:
        divider = 4 << min(self.word["PR"], 6)
        return self._rcc.cycles((self.word["RLR"] + 1) * divider / LSI_HZ)

    def _check(self) -> None:
        assert self._fed is not None, "a watchdog that runs was fed at its start"
        left = self._fed + self._period() - self._timeline.now
        if left > 0:
            self._timeline.after(left, self._check)
        else:
            self._expire()
