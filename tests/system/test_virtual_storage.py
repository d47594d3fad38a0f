"""The firmware's storage on the virtual module: real drivers, a real chip's habits."""

import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from module_report import note

from tombola.converter.pack import checksum
from tombola.virtual.board import Board
from tombola.virtual.faults import FirmwareError
from tombola.virtual.flash_chip import QUAD, Cut, FlashChip
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
PAGES = 16  # of a bank


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
    ticket_checksum: int
    ticket_error: int
    result: int

    @property
    def kept(self) -> tuple[float, float, int]:
        """What has to outlive power: settings, calibration, ticket."""
        return self.tuning_cents, self.pitch_cents, self.ticket_checksum


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
        ticket: bytes = TICKET,
        cut: tuple[int, Cut] | None = None,
    ) -> Report | None:
        board = Board(image, flash_chip=chip)
        request = struct.pack("<IfII", action, cents, SLOT, len(ticket))
        board.chip.write_memory(image.symbols["storage_request"], request)
        board.chip.write_memory(image.symbols["storage_ticket"], ticket)
        if cut is not None:
            chip.cut(*cut)
        address, layout = image.symbols["storage_report"], struct.Struct("<4I2f4I")
        for _ in range(LONGEST // 1_000_000):
            core = board.chip.core
            core.run(core.clock.now + 1_000_000)
            if core.stopped:
                return None
            report = Report(*layout.unpack(board.chip.read_memory(address, 40)))
            if report.done == 1:
                return report
        raise AssertionError("the module does not get done")

    return go


def test_a_new_chip_gives_defaults_and_keeps_what_is_saved(run: Run) -> None:
    chip = FlashChip()
    assert run(chip) == Report(1, 0, BLANK, BLANK, 0.0, 0.0, 0, 0, 2, 0)
    first = run(chip, SETTINGS, cents=12.5)
    assert first is not None
    assert (first.result, first.tuning_cents) == (0, 12.5)
    assert run(chip) == Report(1, 0, SOUND, BLANK, 12.5, 0.0, 0, 0, 2, 0)


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


def test_a_chip_that_never_gets_done_refuses_and_is_read_again(run: Run) -> None:
    class Stuck(FlashChip):
        """Works for ever; when it is read meanwhile, it says something."""

        def check_mapped(self, instruction: int, dummy: int, lines: int) -> None:
            pass

    chip = Stuck(erase_time=3600.0)
    chip.status = QUAD
    report = run(chip, SETTINGS, cents=3.0)
    assert report is not None
    refused = 1
    assert (report.error, report.result, report.tuning_cents) == (0, refused, 3.0)


def test_reading_the_window_while_it_is_closed_is_a_fault(run: Run) -> None:
    with pytest.raises(
        FirmwareError, match=r"reads 1 bytes of protected .* 0x90000000"
    ):
        run(FlashChip(), WILD_READ)


def quick(chip: FlashChip) -> FlashChip:
    """Return a copy that erases in 1 ms, so that hundreds of transfers take seconds."""
    return FlashChip(chip.content.tobytes(), erase_time=1e-3)


def renamed(ticket: bytes) -> bytes:
    """Return the same ticket under another name."""
    (voice_at,) = struct.unpack_from("<I", ticket, 24)
    body = bytearray(ticket[16:])
    body[voice_at - 16 : voice_at - 12] = b"next"
    return ticket[:8] + struct.pack("<Q", checksum(bytes(body))) + bytes(body)


def low_checksum(ticket: bytes) -> int:
    return int(struct.unpack_from("<I", ticket, 8)[0])


def test_power_that_goes_at_any_operation_leaves_old_or_new(run: Run) -> None:
    """Each operation of each action, in turn with each way to fail.

    A journal's bank is full after 16 saves: the next one erases the other.
    """
    before = quick(FlashChip())
    for _ in range(PAGES):
        run(before, SETTINGS, cents=KEPT + 1)
        run(before, SETTINGS, cents=KEPT)
        run(before, CALIBRATION, cents=KEPT)
    run(before, PUT)
    new_ticket = renamed(TICKET)
    old, new = low_checksum(TICKET), low_checksum(new_ticket)
    tried = 0
    lost: list[tuple[int, int, Cut]] = []
    for action, wanted in (
        (SETTINGS, (1.0, KEPT, old)),
        (CALIBRATION, (KEPT, 1.0, old)),
        (PUT, (KEPT, KEPT, new)),
    ):
        do = partial(run, action=action, cents=1.0, ticket=new_ticket)
        whole = quick(before)
        finished = do(whole)
        assert finished is not None
        assert finished.kept == wanted
        for at in range(1, whole.operations + 1):
            for how in Cut if action != PUT else [list(Cut)[at % 4]]:
                chip = quick(before)
                assert do(chip, cut=(at, how)) is None
                after = run(chip)
                assert after is not None
                sound = after.ticket_error == 0
                if after.kept not in {(KEPT, KEPT, old), wanted} or not sound:
                    lost.append((action, at, how))
                tried += 1
    note(power_cuts_tried=tried, power_cuts_lost=len(lost))
    assert tried >= 2 * 2 * 4 + 42, "two saves that erase; the ticket has 42 pages"
    assert not lost, "neither the old state nor the new is there"
