"""Lead a module's program astray, as a bug would."""

from unicorn.arm_const import UC_ARM_REG_PC, UC_ARM_REG_SP

from tombola.virtual.module import VirtualModule

UNUSED = 0x38000000  # D3 SRAM
THUMB = 1


def jump(module: VirtualModule, address: int, stack: int | None = None) -> None:
    """Have whatever runs go on at an address, and with a stack if one is given."""
    engine = module.board.chip.core.engine
    if stack is not None:
        engine.reg_write(UC_ARM_REG_SP, stack)
    engine.reg_write(UC_ARM_REG_PC, address | THUMB)


def run_code(module: VirtualModule, code: bytes) -> None:
    """Have the main program go on with Thumb instructions that it does not have."""
    chip = module.board.chip
    chip.write_memory(UNUSED, code)
    while chip.core.exceptions.current:
        module.run(1)
    jump(module, UNUSED)
