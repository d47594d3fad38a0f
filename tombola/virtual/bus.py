"""The address space of peripherals: from an address to a bank of registers."""

from unicorn import Uc

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank

GRAIN = 4  # banks begin and end at multiples of 16 bytes


class Bus:
    """Windows of Unicorn's memory whose every access goes to a bank."""

    def __init__(self, engine: Uc) -> None:
        self._engine = engine
        self._banks: dict[int, tuple[Bank, int]] = {}
        self.fault: FirmwareError | None = None

    def open(self, base: int, size: int) -> None:
        """Make `size` bytes at `base` peripheral space."""
        self._engine.mmio_map(base, size, self._read, base, self._write, base)

    def attach(self, bank: Bank, base: int) -> None:
        """Put a bank's registers at `base`."""
        for offset in bank.layout:
            self._banks[base + offset >> GRAIN] = (bank, base)

    def _read(self, _: Uc, offset: int, width: int, window: int) -> int:
        try:
            bank, base = self._find(window + offset, "read")
            return bank.read(window + offset - base, width)
        except FirmwareError as fault:
            self._stop(fault)
            return 0

    def _write(self, _: Uc, offset: int, width: int, value: int, window: int) -> None:
        try:
            bank, base = self._find(window + offset, "write")
            bank.write(window + offset - base, width, value)
        except FirmwareError as fault:
            self._stop(fault)

    def _stop(self, fault: FirmwareError) -> None:
        """Keep a fault for the core: nothing may be raised through Unicorn."""
        self.fault = self.fault or fault
        self._engine.emu_stop()

    def _find(self, address: int, verb: str) -> tuple[Bank, int]:
        found = self._banks.get(address >> GRAIN)
        if found is None:
            raise FirmwareError(
                f"{verb} of 0x{address:08X}, where no peripheral is modelled"
            )
        return found
