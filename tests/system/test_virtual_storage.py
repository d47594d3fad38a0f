"""The firmware's storage on the virtual module: real drivers, a real chip's habits."""

import struct
import subprocess
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path

import pytest
from module_report import note

from tombola.virtual.board import Board
from tombola.virtual.faults import FirmwareError
from tombola.virtual.flash_chip import Cut, FlashChip
from tombola.virtual.image import Image, load

ROOT = Path(__file__).resolve().parents[2]
CPU = ["-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-d16", "-mfloat-abi=hard"]
COMPILE = [
    *["arm-none-eabi-g++", *CPU, "-std=c++17", "-O1", "-fno-exceptions", "-fno-rtti"],
    *["-fno-threadsafe-statics", "-ffunction-sections", "-fdata-sections"],
    *["-ffp-contract=off", "-iquote", str(ROOT)],
]
LINK = [
    *["arm-none-eabi-gcc", *CPU, "-nostartfiles", "--specs=nano.specs"],
    *["-T", str(ROOT / "firmware/daisy/stm32h750.ld"), "-Wl,--gc-sections"],
    "-Wl,--no-warn-rwx-segments",
]
SOURCES = ("daisy/*", "core/nn/*", "core/storage/*", "core/protocol/crc32")
TICKET = (ROOT / "tests/data/tone_small.ticket").read_bytes()
LONGEST = 480_000_000 * 5
NONE, SETTINGS, CALIBRATION, PUT, WILD_READ = range(5)
SOUND, BLANK, NO_FLASH = 0, 3, 5
KEPT = -7.5  # cents, in both records before power goes
SLOT = 2


@dataclass(frozen=True)
class Report:
    """What the module found in its flash, and how its action went."""

    done: int
    error: int
    settings_state: int
    calibration_state: int
    tuning_cents: float
    pitch_cents: float
    ticket_bytes: int
    ticket_error: int
    result: int


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("storage")
    sources = [p for s in SOURCES for p in (ROOT / "firmware").glob(f"{s}.cc")]
    sources.append(Path(__file__).with_name("virtual_storage.cc"))
    subprocess.run([*COMPILE, "-c", *map(str, sources)], cwd=folder, check=True)
    objects = sorted(map(str, folder.glob("*.o")))
    elf = folder / "storage.elf"
    subprocess.run([*LINK, *objects, "-o", str(elf)], check=True)
    return load(elf)


Run = Callable[..., Report | None]


@pytest.fixture
def run(image: Image) -> Run:
    """Switch a module on with a chip, and let it do one thing.

    Returns its report; None when power went before it was done.
    """

    def go(
        chip: FlashChip,
        action: int = NONE,
        *,
        cents: float = 0.0,
        cut: tuple[int, Cut] | None = None,
    ) -> Report | None:
        board = Board(image, flash_chip=chip)
        request = struct.pack("<IfII", action, cents, SLOT, len(TICKET))
        board.chip.write_memory(image.symbols["storage_request"], request)
        board.chip.write_memory(image.symbols["storage_ticket"], TICKET)
        if cut is not None:
            chip.cut(*cut)
        address, layout = image.symbols["storage_report"], struct.Struct("<4I2f3I")
        for _ in range(LONGEST // 1_000_000):
            core = board.chip.core
            core.run(core.clock.now + 1_000_000)
            if core.stopped:
                return None
            report = Report(*layout.unpack(board.chip.read_memory(address, 36)))
            if report.done == 1:
                return report
        raise AssertionError("the module does not get done")

    return go


def test_a_new_chip_gives_defaults_and_keeps_what_is_saved(run: Run) -> None:
    chip = FlashChip()
    assert run(chip) == Report(1, 0, BLANK, BLANK, 0.0, 0.0, 0, 2, 0)
    first = run(chip, SETTINGS, cents=12.5)
    assert first is not None
    assert (first.result, first.tuning_cents) == (0, 12.5)
    assert run(chip) == Report(1, 0, SOUND, BLANK, 12.5, 0.0, 0, 2, 0)


def test_a_ticket_is_put_into_a_slot_and_found_there(run: Run) -> None:
    chip = FlashChip()
    put = run(chip, PUT)
    assert put is not None
    assert put.result == 0
    found = run(chip)
    assert found is not None
    assert (found.ticket_bytes, found.ticket_error) == (len(TICKET), 0)
    assert TICKET in chip.content.tobytes()


def test_a_chip_that_is_not_there_is_told(run: Run) -> None:
    class NoChip(FlashChip):
        """Nobody drives the line, and its pull-up makes it ones."""

        def read(self, instruction: int, count: int) -> bytes:
            return b"\xff" * count

        def when_ready(self, action: Callable[[], None]) -> None:
            """Never: its status says that it is busy."""

        def check_mapped(self, instruction: int, dummy: int, lines: int) -> None:
            pass

    report = run(NoChip())
    assert report is not None
    storage = 10
    assert (report.error, report.settings_state) == (storage, NO_FLASH)


def test_reading_the_window_while_it_is_closed_is_a_fault(run: Run) -> None:
    with pytest.raises(
        FirmwareError, match=r"reads 1 bytes of protected .* 0x90000000"
    ):
        run(FlashChip(), WILD_READ)


def quick(chip: FlashChip) -> FlashChip:
    """Return a copy that erases in 1 ms, so that hundreds of transfers take seconds."""
    return FlashChip(chip.content.tobytes(), erase_time=1e-3)


def test_power_that_goes_at_any_operation_leaves_old_or_new(run: Run) -> None:
    """Each of three actions, each of its operations, in turn with each way to fail."""
    before = FlashChip()
    run(before, SETTINGS, cents=KEPT)
    run(before, CALIBRATION, cents=KEPT)
    found = run(before)
    assert found is not None
    old = astuple(found)[4:7]
    tried = 0
    lost: list[tuple[int, int, Cut]] = []
    for action, new in (
        (SETTINGS, (1.0, KEPT, 0)),
        (CALIBRATION, (KEPT, 1.0, 0)),
        (PUT, (KEPT, KEPT, len(TICKET))),
    ):
        whole = quick(before)
        assert run(whole, action, cents=1.0) is not None
        operations = whole.operations
        for at in range(1, operations + 1):
            chip = quick(before)
            how = list(Cut)[at % 4]
            assert run(chip, action, cents=1.0, cut=(at, how)) is None
            after = run(chip)
            assert after is not None
            if astuple(after)[4:7] not in {old, new}:
                lost.append((action, at, how))
            assert after.ticket_error == (0 if after.ticket_bytes else 2)
            tried += 1
    note(power_cuts_tried=tried, power_cuts_lost=len(lost))
    assert tried > 40, "the ticket has 42 pages"
    assert not lost, "neither the old state nor the new is there"
