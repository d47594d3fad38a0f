"""Several of the core's registers at once, in one call to Unicorn."""

import ctypes
from collections.abc import Sequence

from unicorn import Uc
from unicorn.unicorn_py3.unicorn import uclib


class Registers:
    """A fixed set of registers, read and written together.

    Unicorn's Python interface builds its arrays anew for each call; every exception
    needs two, and there are thousands a second.
    """

    def __init__(self, engine: Uc, registers: Sequence[int]) -> None:
        count = len(registers)
        self._engine = engine._uch
        self._count = count
        self._registers = (ctypes.c_int32 * count)(*registers)
        self._values = (ctypes.c_uint64 * count)()
        base = ctypes.addressof(self._values)
        self._pointers = (ctypes.c_void_p * count)(
            *(base + 8 * i for i in range(count))
        )

    def read(self) -> list[int]:
        """Values, in the order of the registers."""
        uclib.uc_reg_read_batch(
            self._engine, self._registers, self._pointers, self._count
        )
        return self._values[:]

    def write(self, values: Sequence[int]) -> None:
        """Set all of them, in order."""
        self._values[:] = list(values)
        uclib.uc_reg_write_batch(
            self._engine, self._registers, self._pointers, self._count
        )
