"""Which instructions a bench image executes, on a second emulator.

Unicorn tells every basic block as it begins one, which QEMU does not without a plugin
of its own. The image is the very one that QEMU ran, timer and all, so the counts have
to be the same.
"""

import re
import subprocess
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from unicorn import UC_ARCH_ARM, UC_HOOK_BLOCK, UC_HOOK_INTR, UC_MODE_THUMB, Uc
from unicorn import arm_const as arm

MEGABYTE = 1 << 20
CODE, DATA, SYSTEM, TIMER = 0, 0x20000000, 0xE000E000, 0x40000000
PAGE = 4096
TIMER_VALUE = 4  # offset of the register
# The timer's ticks by an instruction, as a fraction (board.h).
TICKS, BY = 1024, 40
EXIT = 0x18  # semihosting's number
NOWHERE = 0xFFFFFFFE

FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
LINE = re.compile(r"^\s*([0-9a-f]+):\t(.*)$")


@dataclass(frozen=True)
class Code:
    """An image's disassembly.

    Attributes:
        addresses: Of all instructions, in order.
        text: The instruction at an address.
        function: The function that an address is in.
    """

    addresses: list[int]
    text: dict[int, str]
    function: dict[int, str]

    def block(self, address: int, size: int) -> list[int]:
        """Return the addresses of the instructions of a basic block."""
        begin = bisect_left(self.addresses, address)
        return self.addresses[begin : bisect_left(self.addresses, address + size)]


def disassemble(image: Path) -> Code:
    """Return the code of an ELF."""
    listing = subprocess.run(
        ["arm-none-eabi-objdump", "-dC", "--no-show-raw-insn", str(image)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    text, function, current = {}, {}, ""
    for line in listing.splitlines():
        if found := FUNCTION.match(line):
            current = found[1]
        elif found := LINE.match(line):
            address = int(found[1], 16)
            text[address], function[address] = found[2], current
    return Code(sorted(text), text, function)


Blocks = list[list[int]]


@dataclass(frozen=True)
class Execution:
    """What was executed between two readings of the timer.

    Attributes:
        blocks: Basic blocks in order, each the addresses of its instructions.
        instructions: As the image counts them: without those that reading takes.
    """

    blocks: Blocks
    instructions: int


def executions(image: Path, code: Code, count: int) -> list[Execution]:
    """Run an image until it has counted `count` times.

    The first is of the loop with a known number, the second of loading, the others
    are of steps.
    """
    readings = _Board(image, code, 2 * count).readings
    return [
        Execution(body, sum(map(len, body)) - sum(map(len, nothing)))
        for body, nothing in zip(readings[::2], readings[1::2], strict=True)
    ]


class _Board:
    """The image's core, memories and timer; it has run when it is made.

    Attributes:
        readings: The blocks between two readings of the timer, `limit` times: those
            of what is counted, then those of nothing, and so on.
    """

    def __init__(self, image: Path, code: Code, limit: int) -> None:
        self.readings: list[Blocks] = []
        self._code = code
        self._limit = limit
        self._blocks: dict[tuple[int, int], list[int]] = {}
        self._executed = 0
        self._recorded: Blocks | None = None
        self._core = Uc(UC_ARCH_ARM, UC_MODE_THUMB)
        self._core.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M7)
        self._core.mem_map(CODE, 4 * MEGABYTE)
        self._core.mem_map(DATA, 4 * MEGABYTE)
        self._core.mem_map(SYSTEM, PAGE)
        self._core.mmio_map(TIMER, PAGE, self._read_timer, None, lambda *_: None, None)
        self._core.hook_add(UC_HOOK_BLOCK, self._begin_block)
        self._core.hook_add(UC_HOOK_INTR, self._answer_host_call)
        # The FPU, which the image switches on by a register that is not emulated.
        access = self._core.reg_read(arm.UC_ARM_REG_C1_C0_2)
        self._core.reg_write(arm.UC_ARM_REG_C1_C0_2, access | 0xF << 20)
        self._core.reg_write(arm.UC_ARM_REG_FPEXC, 1 << 30)
        symbols = self._load(image)
        self._core.reg_write(arm.UC_ARM_REG_SP, symbols["stack_end"])
        self._core.emu_start(symbols["Reset"] | 1, NOWHERE)

    def _load(self, image: Path) -> dict[str, int]:
        with image.open("rb") as file:
            elf = ELFFile(file)
            for segment in elf.iter_segments("PT_LOAD"):
                self._core.mem_write(segment["p_vaddr"], segment.data())
            table = elf.get_section_by_name(".symtab")
            assert isinstance(table, SymbolTableSection), "the image has no symbols"
            return {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}

    def _begin_block(self, _: Uc, address: int, size: int, __: object) -> None:
        key = (address, size)
        if key not in self._blocks:
            self._blocks[key] = self._code.block(address, size)
        block = self._blocks[key]
        self._executed += len(block)
        if self._recorded is not None:
            self._recorded.append(block)

    def _read_timer(self, core: Uc, offset: int, _: int, __: object) -> int:
        if offset != TIMER_VALUE:
            return 0
        if self._recorded is None:
            self._recorded = []
        else:
            self.readings.append(self._recorded)
            self._recorded = None
            if len(self.readings) == self._limit:
                core.emu_stop()
        return (0xFFFFFFFF - self._executed * TICKS // BY) & 0xFFFFFFFF

    def _answer_host_call(self, core: Uc, _: int, __: object) -> None:
        if core.reg_read(arm.UC_ARM_REG_R0) == EXIT:
            core.emu_stop()
            return
        core.reg_write(arm.UC_ARM_REG_R0, 0)
        core.reg_write(arm.UC_ARM_REG_PC, (core.reg_read(arm.UC_ARM_REG_PC) + 2) | 1)
