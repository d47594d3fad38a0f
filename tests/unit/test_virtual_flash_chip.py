"""The flash chip and QUADSPI: what they do, and what they do not forgive."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tombola.errors import TombolaError
from tombola.virtual.board import Board
from tombola.virtual.chip import Chip
from tombola.virtual.faults import FirmwareError
from tombola.virtual.flash_chip import (
    ENABLE,
    ENABLE_RESET,
    ERASE,
    QUAD,
    READ_ID,
    READ_QUAD,
    READ_STATUS,
    RESET,
    SECTOR,
    SIZE,
    WRITE_PAGE,
    WRITE_STATUS,
    Cut,
    FlashChip,
)
from tombola.virtual.image import Image

ENDLESS = b"\xfe\xe7"  # b .
ON = 1 | 1 << 22 | 5 << 24  # EN, APMS, 64 MHz / 6
ABORT = 1 << 1
MAPPED = 3 << 26 | 3 << 24 | 8 << 18 | 2 << 12 | 1 << 10 | 1 << 8 | READ_QUAD
BARRED = 1 << 28 | 31 << 1 | 1  # no access, 4 GB
WINDOW = 0x90000000


class Time:
    """Seconds that pass when they are told to."""

    def __init__(self, chip: FlashChip) -> None:
        self._now = 0.0
        self._due: list[tuple[float, Callable[[], None]]] = []
        chip.after = lambda seconds, do: self._due.append((self._now + seconds, do))

    def wait(self, seconds: float) -> None:
        self._now += seconds
        due = [do for time, do in self._due if time <= self._now]
        self._due = [entry for entry in self._due if entry[0] > self._now]
        for do in due:
            do()


@pytest.fixture
def chip() -> FlashChip:
    return FlashChip()


@pytest.fixture
def time(chip: FlashChip) -> Time:
    return Time(chip)


def write(chip: FlashChip, address: int, data: bytes) -> None:
    chip.command(ENABLE, 0, b"")
    chip.command(WRITE_PAGE, address, data)


def test_a_write_takes_its_time_and_wraps_around_in_its_page(
    chip: FlashChip, time: Time
) -> None:
    write(chip, 0x1FE, b"\x11\x22\x33")
    time.wait(0.19e-3)
    assert chip.read(READ_STATUS, 1) == b"\x03"
    time.wait(0.02e-3)
    assert chip.read(READ_STATUS, 1) == b"\x00", "writing is still enabled"
    assert chip.content[0x1FE:0x200].tobytes() == b"\x11\x22"
    assert chip.content[0x100] == 0x33


def test_an_erasure_takes_its_time_and_makes_a_sector_ones(
    chip: FlashChip, time: Time
) -> None:
    chip.content[:] = 0
    chip.command(ENABLE, 0, b"")
    chip.command(ERASE, 0x1234, b"")
    time.wait(44e-3)
    with pytest.raises(FirmwareError, match="sent 0x06 while it is busy"):
        chip.command(ENABLE, 0, b"")
    time.wait(2e-3)
    assert (chip.content[0x1000:0x2000] == 0xFF).all()
    assert not chip.content[:0x1000].any()
    assert not chip.content[0x2000:].any()


def test_what_the_driver_must_not_do_is_a_fault(chip: FlashChip, time: Time) -> None:
    with pytest.raises(FirmwareError, match="0x02 without 0x06"):
        chip.command(WRITE_PAGE, 0, b"\0")
    with pytest.raises(FirmwareError, match="0xAB, which is not modelled"):
        chip.command(0xAB, 0, b"")
    with pytest.raises(FirmwareError, match="reset without 0x66"):
        chip.command(RESET, 0, b"")
    with pytest.raises(FirmwareError, match="before its QE bit is set"):
        chip.check_mapped(READ_QUAD, 8, 4)
    with pytest.raises(FirmwareError, match="6 dummy cycles and 4 lines"):
        chip.check_mapped(READ_QUAD, 6, 4)
    write(chip, 0, b"\xf0")
    with pytest.raises(FirmwareError, match="while it is busy"):
        chip.read(READ_ID, 3)
    time.wait(1e-3)
    chip.command(ENABLE, 0, b"")
    with pytest.raises(FirmwareError, match="0x000000, which is not erased"):
        chip.command(WRITE_PAGE, 0, b"\x0f")


def test_the_quad_bit_lasts_and_a_reset_disables_writing(
    chip: FlashChip, time: Time
) -> None:
    chip.command(ENABLE, 0, b"")
    chip.command(WRITE_STATUS, 0, bytes([QUAD]))
    time.wait(3e-3)
    chip.command(ENABLE, 0, b"")
    chip.command(ENABLE_RESET, 0, b"")
    chip.command(RESET, 0, b"")
    time.wait(1e-3)
    assert chip.status == QUAD
    chip.power_on()
    chip.check_mapped(READ_QUAD, 8, 4)


@pytest.mark.parametrize(
    ("how", "erased", "written"),
    [(Cut.NOTHING, 0, 0), (Cut.HALF, 2048, 5), (Cut.ALL, 4096, 10)],
)
def test_power_goes_at_the_operation_that_was_named(
    chip: FlashChip, time: Time, how: Cut, erased: int, written: int
) -> None:
    gone = []
    chip.power_off = lambda: gone.append(chip.operations)
    chip.content[:SECTOR] = 0x55
    chip.cut(1, how)
    chip.command(ENABLE, 0, b"")
    chip.command(ERASE, 0, b"")
    assert np.count_nonzero(chip.content[:SECTOR] == 0xFF) == erased
    time.wait(1)
    chip.cut(2, how)
    for address in (SECTOR, 2 * SECTOR):
        write(chip, address, bytes(10))
        time.wait(1)
    assert np.count_nonzero(chip.content[SECTOR:][:SECTOR] == 0) == 10
    assert np.count_nonzero(chip.content[2 * SECTOR :] == 0) == written
    assert gone == [1, 2]


def test_what_a_cut_leaves_of_a_write_has_no_bit_that_was_not_to_be_cleared(
    chip: FlashChip, time: Time
) -> None:
    chip.cut(1, Cut.NOISE)
    write(chip, 0, bytes([0xF0] * 256))
    left = chip.content[:256]
    assert (left & 0xF0 == 0xF0).all()
    assert len(set(left.tolist())) > 8, "there is no noise"


def test_the_content_outlives_the_module_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "module.flash"
    chip = FlashChip.load(path)
    chip.content[:3] = 1, 2, 3
    chip.save(path)
    assert FlashChip.load(path).content.tobytes() == chip.content.tobytes()
    path.write_bytes(b"short")
    with pytest.raises(TombolaError, match=f"has 5 bytes, a chip has {SIZE}"):
        FlashChip.load(path)


@pytest.fixture
def board() -> Board:
    """A module that does nothing, its flash chip ready to be mapped."""
    code = struct.pack("<2I", 0x20010000, 0x08000009) + ENDLESS
    chip = FlashChip()
    chip.status = QUAD
    board = Board(Image(((0x08000000, code),), {}, ()), flash_chip=chip)
    for name, value in (("AHB4ENR", 0x7FF), ("AHB3ENR", 1 << 14)):
        set_register(board.chip, "rcc", name, value)
    for letter, alternate, low, high in (
        ("F", 0x002A_A000, 0x9900_0000, 0x9AA),
        ("G", 0x2000, 0x0A00_0000, 0),
    ):
        gpio = board.chip.gpio[letter]
        gpio.write(0x00, 4, alternate)
        gpio.write(0x20, 4, low)
        gpio.write(0x24, 4, high)
    set_register(board.chip, "quadspi", "CR", ON)
    set_register(board.chip, "quadspi", "DCR", 22 << 16 | 1 << 8)
    return board


def set_register(chip: Chip, bank: str, name: str, value: int) -> None:
    registers = getattr(chip, bank)
    offsets = {r.name: offset for offset, r in registers.layout.items()}
    registers.write(offsets[name], 4, value)


def bar_external_memory(chip: Chip) -> None:
    set_register(chip, "mpu", "RBAR", 0)
    set_register(chip, "mpu", "RASR", BARRED)
    set_register(chip, "mpu", "CTRL", 5)


def readable(board: Board) -> bool:
    (window,) = (
        protection
        for begin, _, protection in board.chip.core.engine.mem_regions()
        if begin == WINDOW
    )
    return bool(window & 1)


def test_the_window_is_open_while_the_chip_is_mapped_and_the_mpu_allows(
    board: Board,
) -> None:
    assert not readable(board)
    set_register(board.chip, "quadspi", "CCR", MAPPED)
    assert readable(board)
    bar_external_memory(board.chip)
    assert not readable(board)
    set_register(board.chip, "mpu", "CTRL", 0)
    assert readable(board)
    set_register(board.chip, "mpu", "CTRL", 5)
    set_register(board.chip, "quadspi", "CR", ON | ABORT)
    assert not board.chip.quadspi.mapped
    set_register(board.chip, "mpu", "CTRL", 0)
    assert not readable(board)


def test_a_window_that_closes_under_the_core_is_a_fault(board: Board) -> None:
    set_register(board.chip, "quadspi", "CCR", MAPPED)
    with pytest.raises(FirmwareError, match="while the MPU lets the core read ahead"):
        set_register(board.chip, "quadspi", "CR", ON | ABORT)


def test_a_window_under_the_data_cache_is_a_fault(board: Board) -> None:
    set_register(board.chip, "scb", "CCR", 0x00040200 | 1 << 16)
    with pytest.raises(FirmwareError, match="which the data cache covers"):
        set_register(board.chip, "quadspi", "CCR", MAPPED)


@pytest.mark.parametrize(
    ("register", "value", "message"),
    [
        ("AR", 0x103, "ends with binary 11"),
        ("DCR", 23 << 16, "not that of 8 MB"),
        ("CCR", 1 << 31, "bits not modelled"),
        ("CR", 0, "while it is busy or off"),
    ],
)
def test_a_mapping_that_would_not_work_is_a_fault(
    board: Board, register: str, value: int, message: str
) -> None:
    def map_with() -> None:
        set_register(board.chip, "quadspi", register, value)
        set_register(board.chip, "quadspi", "CCR", MAPPED)

    with pytest.raises(FirmwareError, match=message):
        map_with()


def test_a_clock_too_fast_for_the_pins_is_a_fault(board: Board) -> None:
    set_register(board.chip, "quadspi", "CR", 1)
    with pytest.raises(FirmwareError, match="runs at 64 MHz, its pins at 60"):
        set_register(board.chip, "quadspi", "CCR", 1 << 8 | ENABLE)


def test_a_pin_that_is_not_quadspis_is_a_fault(board: Board) -> None:
    board.chip.gpio["F"].write(0x24, 4, 0x9A9)
    with pytest.raises(FirmwareError, match="PF8 is not its pin"):
        set_register(board.chip, "quadspi", "CCR", 1 << 8 | ENABLE)


def test_an_instruction_takes_as_long_as_its_bits(board: Board) -> None:
    chip = board.chip
    set_register(chip, "quadspi", "CCR", 1 << 8 | ENABLE)
    offset = 0x08
    assert chip.quadspi.read(offset, 4) == 1 << 5 | 1 << 2, "BUSY, and room"
    # Eight bits at 64 / 6 MHz are 48 cycles of the core at 64 MHz.
    chip.core.run(chip.core.clock.now + 40)
    assert chip.quadspi.read(offset, 4) & 1 << 5
    chip.core.run(chip.core.clock.now + 20)
    assert chip.quadspi.read(offset, 4) & 1 << 1, "TCF"
    assert chip.flash_chip.status & 2, "the chip did not hear it"
