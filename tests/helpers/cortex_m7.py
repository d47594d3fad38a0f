"""The network engine on an emulated Cortex-M7, with its instructions counted."""

import subprocess
from pathlib import Path

import numpy as np
from elftools.elf.elffile import ELFFile
from unicorn import UC_ARCH_ARM, UC_HOOK_CODE, UC_MODE_THUMB, Uc
from unicorn import arm_const as arm

from tombola.converter import Converted
from tombola.converter.program import Value
from tombola.converter.verify import random_inputs

ROOT = Path(__file__).resolve().parents[2]
COMPILER = "arm-none-eabi-g++"
# As firmware/Makefile has it.
FLAGS = [
    "-mcpu=cortex-m7",
    "-mthumb",
    "-mfpu=fpv5-d16",
    "-mfloat-abi=hard",
    "-std=c++17",
    "-O2",
    "-ffp-contract=off",
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-threadsafe-statics",
    "-ffunction-sections",
    "-fdata-sections",
    "-Wall",
    "-Wextra",
    "-Werror",
]
FLASH, IMAGE, RAM, MEMORY = 0x08000000, 0x08100000, 0x20000000, 0x20040000
STACK = 0x2003FFF0
RETURN = 0x0807FFFE
MEBIBYTE = 1 << 20


def build(folder: Path) -> Path:
    """Compile the engine and return the ELF."""
    elf = folder / "engine.elf"
    sources = sorted(ROOT.glob("firmware/core/nn/*.cc"))
    entries = ["Load", "Init", "SetWidth", "Step", "Tensor"]
    subprocess.run(
        [
            COMPILER,
            *FLAGS,
            *(str(source) for source in sources),
            str(Path(__file__).with_name("network_on_m7.cc")),
            f"-I{ROOT}",
            *["-nostartfiles", "-nodefaultlibs", "--specs=nano.specs", "-lc", "-lgcc"],
            f"-Wl,-Ttext={FLASH:#x},-Tdata={RAM:#x},--gc-sections,-e,Load",
            "-Wl,--no-warn-rwx-segments",
            *(f"-Wl,-u,{name}" for name in entries),
            "-o",
            str(elf),
        ],
        check=True,
    )
    return elf


class NetworkOnM7:
    """A ticket's network on the emulated core; the same calls as the host's Network."""

    def __init__(self, elf: Path, ticket: bytes) -> None:
        self._engine = Uc(UC_ARCH_ARM, UC_MODE_THUMB)
        self._engine.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M7)
        self._engine.mem_map(FLASH, 2 * MEBIBYTE)
        self._engine.mem_map(RAM, MEBIBYTE)
        with elf.open("rb") as file:
            content = ELFFile(file)
            for segment in content.iter_segments("PT_LOAD"):
                self._engine.mem_write(segment["p_vaddr"], segment.data())
            table = content.get_section_by_name(".symtab")
            self._symbols = {s.name: s["st_value"] for s in table.iter_symbols()}
        # CP10 and CP11: the FPU. It is on by CPACR on the chip, by these here.
        access = self._engine.reg_read(arm.UC_ARM_REG_C1_C0_2)
        self._engine.reg_write(arm.UC_ARM_REG_C1_C0_2, access | 0xF << 20)
        self._engine.reg_write(arm.UC_ARM_REG_FPEXC, 1 << 30)
        self.instructions = 0
        self._engine.hook_add(UC_HOOK_CODE, self._count)
        self._engine.mem_write(IMAGE, ticket)
        assert self.call("Load", IMAGE, len(ticket)) == 0
        assert self.call("Init", MEMORY, MEBIBYTE // 2) == 0

    def _count(self, *_: object) -> None:
        self.instructions += 1

    def call(self, name: str, *arguments: int) -> int:
        """Call a function of up to four words and count its instructions."""
        self.instructions = 0
        registers = [arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2]
        for register, value in zip(registers, arguments, strict=False):
            self._engine.reg_write(register, value)
        self._engine.reg_write(arm.UC_ARM_REG_SP, STACK)
        self._engine.reg_write(arm.UC_ARM_REG_LR, RETURN | 1)
        self._engine.emu_start(self._symbols[name] | 1, RETURN)
        return int(self._engine.reg_read(arm.UC_ARM_REG_R0))

    def write(self, tensor: int, values: np.ndarray) -> None:
        """Set an activation to [count] elements of its type."""
        self._engine.mem_write(self.call("Tensor", tensor), values.tobytes())

    def read(self, tensor: int, value: Value) -> np.ndarray:
        """Return the elements of an activation."""
        size = value.count * value.dtype.itemsize
        content = self._engine.mem_read(self.call("Tensor", tensor), size)
        return np.frombuffer(bytes(content), value.dtype)

    def set_width(self, share: float) -> None:
        """Run with a share of the units, 0..1."""
        bits = int(np.float32(share).view(np.uint32))
        self._engine.reg_write(arm.UC_ARM_REG_S0, bits)
        self.call("SetWidth")

    def step(self) -> int:
        """Run one frame and return its instructions."""
        self.call("Step")
        return self.instructions


def assert_same(engine: Path, converted: Converted, steps: int) -> int:
    """Compare outputs and states with the host's on random inputs.

    Returns:
        The instructions of the last step.
    """
    program = converted.plan.program
    module = NetworkOnM7(engine, converted.ticket)
    inputs = random_inputs(converted, steps, seed=4)
    seen = {**program.outputs, **{n: old for n, (old, _) in program.states.items()}}
    converted.network.reset()
    instructions = 0
    for step in range(steps):
        frame = {name: values[step] for name, values in inputs.items()}
        for name, values in frame.items():
            module.write(program.inputs[name], values)
        instructions = module.step()
        expected = converted.step(frame)
        for name, value in seen.items():
            actual = module.read(value, program.values[value])
            np.testing.assert_array_equal(actual, expected[name])
    return instructions
