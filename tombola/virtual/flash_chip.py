"""The flash chip on the Daisy Seed: an IS25LP064A of 8 MB (ISSI's data sheet, "DS").

What it does not forgive is a fault: an instruction while it is busy or that is not
modelled, writing that was not enabled, a byte that is written twice.
"""

from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path

import numpy as np

from tombola.errors import TombolaError
from tombola.files import whole
from tombola.virtual.faults import FirmwareError

SIZE = 8 << 20
SECTOR, PAGE = 4096, 256
ID = bytes((0x9D, 0x60, 0x17))  # DS, product identification
BUSY, ENABLED, QUAD = 1 << 0, 1 << 1, 1 << 6  # of the status register

WRITE_STATUS, WRITE_PAGE, READ_STATUS = 0x01, 0x02, 0x05
ENABLE, ERASE, READ_QUAD = 0x06, 0x20, 0x6B
ENABLE_RESET, RESET, READ_ID = 0x66, 0x99, 0x9F
QUAD_DUMMY_CYCLES = 8  # DS, read dummy cycles: as delivered

# Seconds (DS, AC characteristics, typical; those of a reset the longest).
STATUS_TIME, PAGE_TIME, ERASE_TIME, RESET_TIME = 2e-3, 0.2e-3, 45e-3, 100e-6


class Cut(Enum):
    """What is left of the operation at which power goes."""

    NOTHING = auto()
    HALF = auto()
    NOISE = auto()
    ALL = auto()


class FlashChip:
    """The chip with its content, which outlives the module that it is in.

    erase_time: seconds that a sector takes, for tests that cannot wait.
    operations: sectors erased and pages written since `cut` or power on. A module that
    is switched on with the chip sets what goes by time: `after(seconds, action)` and
    `power_off()`.
    """

    def __init__(self, content: bytes = b"", erase_time: float = ERASE_TIME) -> None:
        # Mapped into the module's memory as it lies: it is changed in place only.
        self.content = np.full(SIZE, 0xFF, np.uint8)
        self.content[: len(content)] = np.frombuffer(content, np.uint8)
        self.erase_time = erase_time
        self.status = 0
        self.operations = 0
        self.after: Callable[[float, Callable[[], None]], None] = _no_time
        self.power_off: Callable[[], None] = lambda: None
        self._cut_at = 0
        self._cut = Cut.NOTHING
        self._reset_enabled = False
        self._waiting: list[Callable[[], None]] = []
        self._noise = np.random.default_rng(64)
        self._instructions: dict[int, Callable[[int, bytes], None]] = {
            ENABLE: self._enable,
            ERASE: self._erase,
            WRITE_PAGE: self._write_page,
            WRITE_STATUS: self._write_status,
            ENABLE_RESET: lambda address, data: None,
            RESET: self._reset,
        }

    @classmethod
    def load(cls, path: Path) -> "FlashChip":
        """Return the chip that `save` wrote; a new one if there is no such file.

        Raises:
            TombolaError: The file cannot be read or is not a chip's.
        """
        if not path.exists():
            return cls()
        try:
            content = path.read_bytes()
        except OSError as error:
            raise TombolaError(
                f"flash {path} cannot be read ({error.strerror}); choose another file"
            ) from error
        if len(content) != SIZE:
            raise TombolaError(
                f"flash {path} has {len(content)} bytes, a chip has {SIZE}; choose "
                "another file, or remove it for a new chip"
            )
        return cls(content)

    def save(self, path: Path) -> None:
        """Write the content to a file."""
        with whole(path) as temporary:
            temporary.write_bytes(self.content.tobytes())

    def power_on(self) -> None:
        """Forget what does not last without power."""
        self.status &= QUAD
        self.operations = 0
        self._cut_at = 0
        self._reset_enabled = False
        self._waiting.clear()

    def cut(self, at: int, how: Cut) -> None:
        """Have power go at an operation: the `at`-th from now on, 1 the first."""
        self.operations = 0
        self._cut_at = at
        self._cut = how

    def command(self, instruction: int, address: int, data: bytes) -> None:
        """Take an instruction that reads nothing."""
        self._refuse_if_busy(instruction)
        does = self._instructions.get(instruction)
        if does is None:
            raise FirmwareError(
                f"the flash chip is sent 0x{instruction:02X}, which is not modelled"
            )
        does(address, data)
        self._reset_enabled = instruction == ENABLE_RESET

    def read(self, instruction: int, count: int) -> bytes:
        """Answer an instruction that reads a register."""
        if instruction == READ_STATUS:
            return bytes([self.status]) * count
        self._refuse_if_busy(instruction)
        if instruction == READ_ID and count <= len(ID):
            return ID[:count]
        raise FirmwareError(
            f"{count} bytes are read from the flash chip with 0x{instruction:02X}, "
            "which is not modelled"
        )

    def check_mapped(self, instruction: int, dummy_cycles: int, lines: int) -> None:
        """Raise what would make memory-mapped reading give something else."""
        self._refuse_if_busy(instruction)
        if (instruction, dummy_cycles, lines) != (READ_QUAD, QUAD_DUMMY_CYCLES, 4):
            raise FirmwareError(
                f"the flash chip is mapped with 0x{instruction:02X}, {dummy_cycles} "
                f"dummy cycles and {lines} lines, which is not modelled"
            )
        if not self.status & QUAD:
            raise FirmwareError(
                "the flash chip is read by four lines before its QE bit is set"
            )

    def when_ready(self, action: Callable[[], None]) -> None:
        """Do `action` once the chip is not busy."""
        if self.status & BUSY:
            self._waiting.append(action)
        else:
            action()

    def _refuse_if_busy(self, instruction: int) -> None:
        if self.status & BUSY:
            raise FirmwareError(
                f"the flash chip is sent 0x{instruction:02X} while it is busy"
            )

    def _enable(self, address: int, data: bytes) -> None:
        self.status |= ENABLED

    def _reset(self, address: int, data: bytes) -> None:
        if not self._reset_enabled:
            raise FirmwareError("the flash chip is reset without 0x66 before")
        self._work(RESET_TIME)

    def _erase(self, address: int, data: bytes) -> None:
        sector = self.content[address & ~(SECTOR - 1) :][:SECTOR]
        self._begin(ERASE)
        left = self._what_is_left()
        if left is Cut.NOISE:
            sector[:] = self._noise.integers(0, 256, SECTOR, np.uint8)
        else:
            sector[: _share(left, SECTOR)] = 0xFF
        self._work(self.erase_time)

    def _write_page(self, address: int, data: bytes) -> None:
        """DS, page program: bits become 0; the address wraps around in the page."""
        self._begin(WRITE_PAGE)
        page = self.content[address & ~(PAGE - 1) :][:PAGE]
        places = (address + np.arange(len(data))) % PAGE
        if len(data) > PAGE or np.any(page[places] != 0xFF):
            raise FirmwareError(
                f"{len(data)} bytes are written to flash at 0x{address:06X}, which is "
                "not erased or is more than a page"
            )
        left = self._what_is_left()
        bits = np.frombuffer(data, np.uint8).copy()
        if left is Cut.NOISE:
            bits |= self._noise.integers(0, 256, len(bits), np.uint8)
        else:
            bits[_share(left, len(bits)) :] = 0xFF
        page[places] &= bits
        self._work(PAGE_TIME)

    def _write_status(self, address: int, data: bytes) -> None:
        self._begin(WRITE_STATUS)
        if len(data) != 1 or data[0] & ~QUAD:
            raise FirmwareError(
                f"the flash chip's status is written with {data.hex()}; only QE is "
                "modelled"
            )
        self.status = self.status & ~QUAD | data[0]
        self._work(STATUS_TIME)

    def _begin(self, instruction: int) -> None:
        if not self.status & ENABLED:
            raise FirmwareError(
                f"the flash chip is sent 0x{instruction:02X} without 0x06 before"
            )

    def _what_is_left(self) -> Cut:
        """Count an operation; tell what comes of it."""
        self.operations += 1
        if self.operations != self._cut_at:
            return Cut.ALL
        self.power_off()
        return self._cut

    def _work(self, seconds: float) -> None:
        self.status |= BUSY

        def done() -> None:
            self.status &= ~(BUSY | ENABLED)
            waiting, self._waiting = self._waiting, []
            for action in waiting:
                action()

        self.after(seconds, done)


def _share(left: Cut, count: int) -> int:
    return {Cut.NOTHING: 0, Cut.HALF: count // 2}.get(left, count)


def _no_time(seconds: float, action: Callable[[], None]) -> None:
    raise FirmwareError("the flash chip is used before it is in a module")
