"""A bank of registers: what every peripheral is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from tombola.virtual.faults import FirmwareError

ALL = 0xFFFFFFFF


@dataclass(frozen=True)
class Register:
    """One 32-bit register.

    reset: its value after reset. writable: the bits that are modelled; a write that
    changes another is a fault.
    """

    name: str
    reset: int = 0
    writable: int = ALL


Layout = Mapping[int, Register]  # by offset


class Bank:
    """Registers at offsets from a base address.

    A subclass lists them in `layout`. A method `read_NAME(self) -> int` or
    `write_NAME(self, value)` of a subclass takes the place of plain storage in
    `self.word`. `widths`: the access widths that the bus allows, in bytes.
    """

    layout: ClassVar[Layout]
    widths: ClassVar[frozenset[int]] = frozenset({4})

    def __init__(self, name: str, clocked: Callable[[], bool] | None = None) -> None:
        self.name = name
        self.word = {r.name: r.reset for r in self.layout.values()}
        self._clocked = clocked
        self._ports = {offset: self._port(r) for offset, r in self.layout.items()}

    def read(self, offset: int, width: int) -> int:
        """Read `width` bytes at `offset`."""
        if width == 4:
            return self._find(offset, 4)[0]()
        read, _ = self._find(offset & ~3, width)
        return read() >> 8 * (offset & 3) & ((1 << 8 * width) - 1)

    def write(self, offset: int, width: int, value: int) -> None:
        """Write `width` bytes at `offset`; the rest of the word stays."""
        read, write = self._find(offset & ~3, width)
        if width < 4:
            shift = 8 * (offset & 3)
            mask = (1 << 8 * width) - 1 << shift
            value = read() & ~mask | value << shift & mask
        write(value)

    def _port(
        self, register: Register
    ) -> tuple[Callable[[], int], Callable[[int], None]]:
        name = register.name

        def load() -> int:
            return self.word[name]

        def store(value: int) -> None:
            changed = (value ^ self.word[name]) & ~register.writable
            if changed:
                raise FirmwareError(
                    f"{self.name}_{name} is written with 0x{value:08X}, which changes "
                    f"bits 0x{changed:08X} that are read-only, reserved or not modelled"
                )
            self.word[name] = value

        return (
            getattr(self, f"read_{name.lower()}", load),
            getattr(self, f"write_{name.lower()}", store),
        )

    def _find(
        self, offset: int, width: int
    ) -> tuple[Callable[[], int], Callable[[int], None]]:
        if self._clocked is not None and not self._clocked():
            raise FirmwareError(
                f"{self.name} is accessed before its clock is enabled in RCC"
            )
        port = self._ports.get(offset)
        if port is None:
            raise FirmwareError(
                f"{self.name} has no modelled register at offset 0x{offset:03X}"
            )
        if width not in self.widths:
            raise FirmwareError(
                f"{self.name}_{self.layout[offset].name} is accessed with "
                f"{8 * width} bits, which its bus or the model does not allow"
            )
        return port
