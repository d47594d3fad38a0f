"""The address space of peripherals: from an address to a bank of registers."""

from unicorn import Uc
from unicorn.unicorn_py3.unicorn import MMIO_READ_CFUNC, MMIO_WRITE_CFUNC, uclib

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank

GRAIN = 4  # banks begin and end at multiples of 16 bytes


class Bus:
    """Windows of Unicorn's memory whose every access goes to a bank.

    fault: the first thing that went wrong, or Ctrl-C; it is kept here because nothing
    can be raised through Unicorn. The core is stopped and raises it.
    """

    def __init__(self, engine: Uc) -> None:
        self._engine = engine
        self._banks: dict[int, tuple[Bank, int]] = {}
        self.fault: BaseException | None = None
        # Unicorn's own Python callbacks take twice as long. They must not be collected.
        self._callbacks = MMIO_READ_CFUNC(self._read), MMIO_WRITE_CFUNC(self._write)

    def open(self, base: int, size: int) -> None:
        """Make `size` bytes at `base` peripheral space."""
        read, write = self._callbacks
        error = uclib.uc_mmio_map(
            self._engine._uch, base, size, read, base, write, base
        )
        if error:
            raise RuntimeError(f"Unicorn maps no peripherals: error {error}")

    def attach(self, bank: Bank, base: int) -> None:
        """Put a bank's registers at `base`."""
        for offset in bank.layout:
            self._banks[base + offset >> GRAIN] = (bank, base)

    def _read(self, _: object, offset: int, width: int, window: int) -> int:
        address = window + offset
        found = self._banks.get(address >> GRAIN)
        try:
            if found is None:
                raise _nothing_at(address, "read")
            return found[0].read(address - found[1], width)
        except BaseException as fault:
            self._stop(fault)
            return 0

    def _write(
        self, _: object, offset: int, width: int, value: int, window: int
    ) -> None:
        address = window + offset
        found = self._banks.get(address >> GRAIN)
        try:
            if found is None:
                raise _nothing_at(address, "write")
            found[0].write(address - found[1], width, value)
        except BaseException as fault:
            self._stop(fault)

    def _stop(self, fault: BaseException) -> None:
        self.fault = self.fault or fault
        self._engine.emu_stop()


def _nothing_at(address: int, verb: str) -> FirmwareError:
    return FirmwareError(f"{verb} of 0x{address:08X}, where no peripheral is modelled")
