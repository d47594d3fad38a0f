"""The firmware's image: vector table, sections, sizes, and how it is built."""

import json
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from unicorn.arm_const import UC_ARM_REG_PC, UC_ARM_REG_SP

from tombola.virtual.board import Board, Revision
from tombola.virtual.image import load
from tombola.virtual.status import read_status

ROOT = Path(__file__).resolve().parents[2]
FLASH = 0x08000000
PENDSV = 14
DMA1_STREAM1, OTG_FS = 16 + 12, 16 + 101
VECTORS = 16 + 150
BLOCK = 480_000  # core cycles
# The C and C++ libraries' names; new and delete are _Znwj, _ZdlPv and the like.
FORBIDDEN = re.compile(
    "^_?(malloc|free|calloc|realloc|sbrk|write|exit)(_r)?$|^_Z(nw|na|dl|da)|mutex"
    "|pthread|^__cxa_(throw|guard|allocate)|^__(gxx|aeabi_unwind)|printf"
)
ERROR_LIGHT = 0x80
TICKET_ERROR, FAULT_ERROR = 8, 9


def build(ticket: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Run the firmware's Makefile."""
    return subprocess.run(
        [
            "make",
            "-s",
            "-j2",
            "-C",
            ROOT / "firmware",
            f"TICKET={ticket}",
            f"OUT={out}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )


class Image:
    """A built firmware: its ELF's sections and symbols, and the bytes to flash."""

    def __init__(self, folder: Path, ticket: bytes) -> None:
        self.folder = folder
        self.ticket = ticket
        self.bytes = (folder / "tombola.bin").read_bytes()
        with (folder / "tombola.elf").open("rb") as file:
            elf = ELFFile(file)
            self.header = dict(elf.header)
            self.sections = {s.name: s.header for s in elf.iter_sections()}
            table = elf.get_section_by_name(".symtab")
            assert isinstance(table, SymbolTableSection), "the ELF has no symbols"
            symbols = table.iter_symbols()
            self.symbols: dict[str, int] = {s.name: s["st_value"] for s in symbols}

    def function(self, name: str) -> int:
        """Return a function's address as a vector holds it: with the Thumb bit."""
        return self.symbols[name] | 1


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    # What is in the ticket does not matter to where the linker puts it.
    folder = tmp_path_factory.mktemp("firmware")
    ticket = bytes(range(256)) * 100
    path = folder / "a ticket's file.ticket"
    path.write_bytes(ticket)
    result = build(path, folder / "out")
    assert result.returncode == 0, result.stderr
    return Image(folder / "out", ticket)


def test_vector_table_opens_the_image(image: Image) -> None:
    table = struct.unpack_from(f"<{VECTORS}I", image.bytes)
    assert table[0] == image.symbols["stack_end"], "no stack at reset"
    assert table[1] == image.function("Reset")
    assert table[PENDSV] == image.function("OnFrameDue")
    assert table[DMA1_STREAM1] == image.function("OnReceived")
    assert table[OTG_FS] == image.function("OnUsb")
    assert image.header["e_entry"] == table[1]


def test_every_other_vector_records_a_fault(image: Image) -> None:
    table = struct.unpack_from(f"<{VECTORS}I", image.bytes)
    stray = [
        i
        for i, handler in enumerate(table)
        if i not in (0, 1, PENDSV, DMA1_STREAM1, OTG_FS)
        and handler != image.function("Fault")
    ]
    assert not stray, f"vectors {stray} do not lead to the fault handler"


@pytest.mark.parametrize(
    ("section", "begin", "size"),
    [
        (".vectors", FLASH, 128 * 1024),
        (".text", FLASH, 128 * 1024),
        (".ticket", FLASH, 128 * 1024),
        (".stack", 0x20000000, 16 * 1024),
        (".bss", 0x20000000, 128 * 1024),
        (".dtcm", 0x20000000, 128 * 1024),
        (".axi", 0x24000000, 512 * 1024),
        (".dma", 0x30000000, 32 * 1024),
    ],
)
def test_sections_lie_in_their_memories(
    image: Image, section: str, begin: int, size: int
) -> None:
    header = image.sections[section]
    assert begin <= header["sh_addr"]
    assert header["sh_addr"] + header["sh_size"] <= begin + size


def test_stack_runs_into_nothing(image: Image) -> None:
    assert image.sections[".stack"]["sh_addr"] == 0x20000000


def test_ticket_is_in_the_image_as_it_is(image: Image) -> None:
    begin = image.symbols["ticket_begin"] - FLASH
    end = image.symbols["ticket_end"] - FLASH
    assert image.bytes[begin:end] == image.ticket


def test_nothing_in_the_image_allocates_locks_or_throws(image: Image) -> None:
    found = [name for name in image.symbols if FORBIDDEN.search(name)]
    assert "Reset" in image.symbols
    assert not found, f"the firmware links {found}"


def test_status_starts_with_its_magic(image: Image) -> None:
    offset = image.symbols["tombola_status"] - image.symbols["data_begin"]
    at = image.symbols["data_image"] - FLASH + offset
    assert image.bytes[at : at + 8] == b"TMBL\1\0\0\0"


def boot(image: Image, revision: Revision = Revision.PCM3060) -> Board:
    """Switch a virtual module on until some blocks have come."""
    board = Board(load(image.folder / "tombola.elf"), revision)
    # Emulated, a turn of a delay loop takes two cycles, and the WM8731 has delays.
    board.chip.core.run((250 if revision is Revision.WM8731 else 30) * BLOCK)
    return board


@pytest.mark.parametrize("revision", Revision)
def test_every_board_boots_and_shows_a_bad_ticket(
    image: Image, revision: Revision
) -> None:
    board = boot(image, revision)
    status = read_status(board)
    assert status.board == revision.value
    assert status.error == TICKET_ERROR, str(status)
    assert "ticket" in status.reason
    assert status.blocks > 0, "no audio interrupt came"
    assert board.lights() == ERROR_LIGHT | TICKET_ERROR


@pytest.mark.parametrize("stack", [0x20003000, 0x1FFFFFF0], ids=["sound", "overrun"])
def test_a_fault_is_recorded_and_shown(image: Image, stack: int) -> None:
    board = boot(image)
    core = board.chip.core
    frame = (0, 1, 2, 3, 12, 0x08001111, 0x08002222, 0x01000000)
    if stack > 0x20000000:
        board.chip.write_memory(stack, struct.pack("<8I", *frame))
    core.engine.reg_write(UC_ARM_REG_SP, stack)
    core.engine.reg_write(UC_ARM_REG_PC, image.function("Fault"))
    core.run(core.clock.now + 10 * BLOCK)
    record = board.chip.read_memory(image.symbols["tombola_status"] + 11 * 4, 16)
    lost = (0, 0, 0)
    assert struct.unpack("<4I", record)[1:] == (
        (0x08002222, 0x08001111, 0x01000000) if stack > 0x20000000 else lost
    )
    assert read_status(board).error == FAULT_ERROR
    assert board.lights() == ERROR_LIGHT | FAULT_ERROR


def test_sizes_add_up_and_leave_room(image: Image) -> None:
    sizes = json.loads((image.folder / "sizes.json").read_text())
    assert sizes["regions"]["flash"] == len(image.bytes)
    assert sum(sizes["flash_by_folder"].values()) == len(image.bytes)
    assert sizes["flash_by_folder"]["ticket"] == len(image.ticket)
    assert len(image.bytes) < 112 * 1024
    assert {"core/nn", "core/dsp", "core/voices", "daisy"} <= sizes[
        "flash_by_folder"
    ].keys()


def test_another_ticket_builds_only_its_object(image: Image, tmp_path: Path) -> None:
    out = shutil.copytree(image.folder, tmp_path / "out")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.o")}
    (tmp_path / "other.ticket").write_bytes(b"another")
    assert build(tmp_path / "other.ticket", out).returncode == 0
    changed = [p.name for p, time in before.items() if p.stat().st_mtime_ns != time]
    assert changed == ["ticket.o"]
    assert b"another" in (out / "tombola.bin").read_bytes()


def test_too_large_a_ticket_says_by_how_much(image: Image, tmp_path: Path) -> None:
    out = shutil.copytree(image.folder, tmp_path / "out")
    (tmp_path / "large.ticket").write_bytes(bytes(120_000))
    result = build(tmp_path / "large.ticket", out)
    assert result.returncode == 2
    assert "the chip has 131,072 B: the ticket takes 120,000 B" in result.stderr
    assert not (out / "tombola.elf").exists()


def test_a_missing_ticket_is_named(tmp_path: Path) -> None:
    result = build(tmp_path / "none.ticket", tmp_path / "out")
    assert result.returncode == 2
    assert "none.ticket' is not there" in result.stderr
