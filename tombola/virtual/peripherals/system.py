"""The core's own registers: system control, MPU and caches (ARM B3.2, B3.5)."""

from collections.abc import Callable
from typing import ClassVar

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register

PENDSV = 14
PENDSVSET = 1 << 28
DATA_CACHE = 1 << 16
RESET_REQUEST = 0x05FA0004  # AIRCR: VECTKEY, SYSRESETREQ


class SystemControl(Bank):
    """SCB. `pend(exception)` is called for ICSR.PENDSVSET, `restart()` for a reset.

    The faults' registers read zero, for a fault stops the virtual module before the
    handler runs. Traps that CCR asks for are kept but not taken.
    """

    layout: ClassVar[Layout] = {
        0x00: Register("CPUID", 0x411FC271, 0),
        0x04: Register("ICSR"),
        0x08: Register("VTOR", 0, 0xFFFFFF80),
        0x0C: Register("AIRCR"),
        0x14: Register("CCR", 0x00040200, 0x30218),
        0x18: Register("SHPR1"),
        0x1C: Register("SHPR2"),
        0x20: Register("SHPR3"),
        0x24: Register("SHCSR", 0, 0x70000),
        0x28: Register("CFSR", 0, 0),
        0x2C: Register("HFSR", 0, 0),
        0x34: Register("MMFAR", 0, 0),
        0x38: Register("BFAR", 0, 0),
        0x84: Register("CSSELR", 0, 0xF),
        0x88: Register("CPACR", 0, 0xF << 20),
        0xFC: Register("DEMCR", 0, 1 << 24),
    }
    widths = frozenset({1, 4})

    def __init__(
        self, pend: Callable[[int], None], restart: Callable[[], None]
    ) -> None:
        super().__init__("SCB")
        self._pend = pend
        self._restart = restart

    def priority(self, exception: int) -> int:
        """Priority byte of exceptions 4..15 (ARM B3.2.10)."""
        return self.word[f"SHPR{exception // 4}"] >> 8 * (exception % 4) & 0xF0

    def caching(self) -> bool:
        """Tell whether the data cache is on."""
        return bool(self.word["CCR"] & DATA_CACHE)

    def write_icsr(self, value: int) -> None:
        """Pend PendSV."""
        if value & PENDSVSET:
            self._pend(PENDSV)

    def write_aircr(self, value: int) -> None:
        """Reset the system (ARM B3.2.6); nothing else of it is modelled."""
        if value != RESET_REQUEST:
            raise FirmwareError(
                f"SCB_AIRCR is written with 0x{value:08X}: not modelled"
            )
        self._restart()


class Mpu(Bank):
    """Regions, of which the virtual module asks whether an address is cached or barred.

    Protection is enforced for the window of the flash chip alone, which asks when a
    region has changed: `on_change`. Unicorn's memory map catches writes to flash and
    any access where nothing is.
    """

    layout: ClassVar[Layout] = {
        0x00: Register("TYPE", 16 << 8, 0),
        0x04: Register("CTRL", 0, 7),
        0x08: Register("RNR", 0, 0xF),
        0x0C: Register("RBAR"),
        0x10: Register("RASR"),
    }

    def __init__(self) -> None:
        super().__init__("MPU")
        self._regions: dict[int, tuple[int, int]] = {}
        self.on_change: Callable[[], None] = lambda: None

    def write_ctrl(self, value: int) -> None:
        """Enable the regions, and the default map behind them."""
        if value & ~7:
            raise FirmwareError(
                f"MPU_CTRL is written with 0x{value:08X}: bits not modelled"
            )
        self.word["CTRL"] = value
        self.on_change()

    def write_rbar(self, value: int) -> None:
        """Set the base of the region that RNR selects."""
        self.word["RBAR"] = value
        self._store()

    def write_rasr(self, value: int) -> None:
        """Set the size and attributes of the region that RNR selects."""
        self.word["RASR"] = value
        self._store()

    def cached(self, address: int) -> bool:
        """Tell whether normal memory at `address` may be in the data cache."""
        attributes = self._attributes(address)
        # TEX 1 with C and B zero is normal memory, not cached (B3.5.11).
        return attributes is None or attributes >> 16 & 0x3F not in {0x08, 0x0C}

    def readable(self, address: int) -> bool:
        """Tell whether the program may read at `address` (B3.5.9, AP)."""
        attributes = self._attributes(address)
        return attributes is None or bool(attributes >> 24 & 7)

    def _attributes(self, address: int) -> int | None:
        """RASR of the region that counts; None for the default map."""
        if self.word["CTRL"] & 1:
            for number in sorted(self._regions, reverse=True):
                base, attributes = self._regions[number]
                if _covers(base, attributes, address):
                    return attributes
        return None

    def _store(self) -> None:
        self._regions[self.word["RNR"]] = (self.word["RBAR"], self.word["RASR"])
        self.on_change()


def _covers(base: int, attributes: int, address: int) -> bool:
    """Tell whether an enabled subregion holds an address (ARM B3.5.9)."""
    size = 2 << (attributes >> 1 & 0x1F)
    offset = address - (base & ~(size - 1) & 0xFFFFFFFF)
    if not attributes & 1 or not 0 <= offset < size:
        return False
    return not attributes >> 8 + offset * 8 // size & 1


class CacheMaintenance(Bank):
    """Invalidation by set and way, or whole; there is no cache to do it to."""

    layout: ClassVar[Layout] = {0x00: Register("ICIALLU"), 0x10: Register("DCISW")}
