"""The emulated core against programs whose behaviour the architecture defines."""

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tombola.virtual.chip import Chip
from tombola.virtual.faults import FirmwareError
from tombola.virtual.image import load

Build = Callable[[str], Chip]

# A vector table whose interrupts 0 and 1 (exceptions 16 and 17) and PendSV are the
# program's, and a reset that switches on both interrupts: 0 at 0x40, 1 at 0x20, and
# PendSV at 0xF0. `results` are words for the program to fill.
FRAME = """
    .syntax unified
    .cpu cortex-m7
    .fpu fpv5-d16
    .thumb
    .weak on_irq0, on_irq1, on_pendsv
    .equ results, 0x20000100
    .word 0x20010000, reset + 1
    .rept 12
    .word halt + 1
    .endr
    .word on_pendsv + 1, halt + 1
    .word on_irq0 + 1, on_irq1 + 1
    .thumb_func
    halt: b halt
    .thumb_func
    reset:
    ldr r0, =0xE000E400
    ldr r1, =0x2040
    str r1, [r0]
    ldr r0, =0xE000ED20
    ldr r1, =0x00F00000
    str r1, [r0]
    ldr r0, =0xE000E100
    movs r1, #3
    str r1, [r0]
    ldr r0, =0xE000ED08
    ldr r1, =0x08000000
    str r1, [r0]
    ldr r7, =results
    movs r4, #0
    movs r5, #0
    b main
"""
PEND_SV = "ldr r0, =0xE000ED04\n ldr r1, =0x10000000\n str r1, [r0]\n"


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Assemble a program behind FRAME and load it into a chip."""

    def make(program: str) -> Chip:
        source, elf = tmp_path / "image.S", tmp_path / "image.elf"
        source.write_text(FRAME + program + "\n.ltorg\n")
        command = [
            "arm-none-eabi-gcc",
            "-nostdlib",
            "-Wl,-Ttext=0x08000000,-e0x08000000",
        ]
        subprocess.run([*command, str(source), "-o", str(elf)], check=True)
        return Chip(load(elf), lambda channel: 0)

    return make


def words(chip: Chip, count: int) -> tuple[int, ...]:
    return struct.unpack(f"<{count}I", chip.read_memory(0x20000100, 4 * count))


def run(chip: Chip, until: int = 100_000) -> None:
    chip.core.run(until)


@pytest.mark.parametrize("turns", [1, 2, 1000, 123_456])
def test_instructions_are_counted_exactly(build: Build, turns: int) -> None:
    loop = "1: subs r2, #1\n add.w r3, r3, #1\n bne 1b\n"
    chip = build(f"main: ldr r2, ={turns}\n{loop} wfi\n b .")
    run(chip, 10_000_000)
    reset, load, sleep = 16, 1, 1
    assert chip.core.executed[0] == reset + load + 3 * turns + sleep


def test_the_core_stops_within_a_block_of_its_deadline(build: Build) -> None:
    chip = build("main: 1: adds r2, #1\n adds r3, #1\n b 1b")
    run(chip, 5_000)
    assert 5_000 <= chip.core.clock.now < 5_003


def test_wfi_sleeps_until_an_interrupt(build: Build) -> None:
    chip = build(
        "main: wfi\n str r5, [r7]\n b .\n.thumb_func\non_irq0: movs r5, #7\n bx lr"
    )
    # The handler's r5 is the main program's too: it is not stacked.
    chip.timeline.after(50_000, lambda: chip.core.pend(16))
    run(chip, 50_100)
    assert words(chip, 1) == (7,)
    assert sum(chip.core.executed.values()) < 200


def test_interrupts_nest_by_priority(build: Build) -> None:
    """PendSV (1, 2) is preempted by interrupt 0 (3, 4), that twice by 1 (5, 6)."""
    handler = "add r4, #4\n movs r1, #{n}\n str r1, [r7, r4]\n{body}"
    spin = "ldr r2, ={turns}\n 1: subs r2, #1\n bne 1b\n"
    end = "add r4, #4\n movs r1, #{n}\n str r1, [r7, r4]\n bx lr\n"
    program = f"main: sub r4, #4\n {PEND_SV} wfi\n b .-2\n"
    for name, n, turns in (
        ("on_pendsv", 1, 4000),
        ("on_irq0", 3, 2000),
        ("on_irq1", 5, 9),
    ):
        body = spin.format(turns=turns)
        program += f".thumb_func\n{name}: push {{r2, r3}}\n"
        program += handler.format(n=n, body=body)
        program += "pop {r2, r3}\n" + end.format(n=n + 1)
    chip = build(program)
    chip.timeline.after(1_000, lambda: chip.core.pend(16))
    chip.timeline.after(2_000, lambda: chip.core.pend(17))
    chip.timeline.after(2_010, lambda: chip.core.pend(17))
    run(chip)
    assert words(chip, 8) == (1, 3, 5, 6, 5, 6, 4, 2)


def test_a_masked_interrupt_waits_for_the_mask(build: Build) -> None:
    chip = build(
        "main: cpsid i\n ldr r2, =3000\n 1: subs r2, #1\n bne 1b\n"
        "str r5, [r7]\n cpsie i\n nop\n nop\n str r5, [r7, #4]\n b .\n"
        ".thumb_func\non_irq0: movs r5, #9\n bx lr"
    )
    chip.timeline.after(1_000, lambda: chip.core.pend(16))
    run(chip)
    assert words(chip, 2) == (0, 9)


def test_floating_point_survives_preemption(build: Build) -> None:
    """PendSV counts in S0 and D7 while an interrupt fills S0..S15 and FPSCR."""
    chip = build(
        f"main: vmov.f32 s1, #3.0\n {PEND_SV} nop\n vstr s1, [r7, #8]\n b .\n"
        ".thumb_func\non_pendsv: vmov.f32 s0, #1.0\n vmov.f32 s2, #1.0\n"
        "vmov.f64 d7, #2.0\n vmov.f32 s1, #5.0\n ldr r2, =2000\n"
        "1: vadd.f32 s0, s0, s2\n subs r2, #1\n bne 1b\n"
        "vstr s0, [r7]\n vcvt.f32.f64 s0, d7\n vstr s0, [r7, #4]\n"
        "str r4, [r7, #12]\n bx lr\n"
        ".thumb_func\non_irq0: vmov.f32 s0, #-1.0\n vmov.f32 s2, #-1.0\n"
        "vmov.f64 d7, #-4.0\n adds r4, #1\n bx lr"
    )
    for time in range(200, 4_000, 100):
        chip.timeline.after(time, lambda: chip.core.pend(16))
    run(chip)
    *floats, interrupts = struct.unpack("<3fI", chip.read_memory(0x20000100, 16))
    assert floats == [2001.0, 2.0, 3.0]
    assert interrupts == 38


def test_an_if_then_block_survives_an_interrupt(build: Build) -> None:
    """A page's end splits an IT block, and the interrupt comes there."""
    chip = build(
        "main: movs r2, #0\n movs r3, #0\n b split\n .org 0xFFA\n"
        "split: cmp r2, #1\n itete ne\n movne r2, #1\n addeq r3, #1\n addne r3, #2\n"
        "addeq r3, #4\n str r3, [r7]\n b .\n"
        ".thumb_func\non_irq0: ldr r0, [sp, #28]\n str r0, [r7, #4]\n bx lr"
    )
    # 16 instructions of reset, 3 before `split`, and one of its three.
    chip.timeline.after(20, lambda: chip.core.pend(16))
    run(chip, 1_000)
    sum_of_taken, stacked_psr = words(chip, 2)
    assert stacked_psr & 0x0600FC00, "the interrupt came outside of the IT block"
    assert sum_of_taken == 2


def test_an_interrupt_aligns_the_stack_and_restores_it(build: Build) -> None:
    chip = build(
        "main: sub sp, #4\n wfi\n mov r2, sp\n str r2, [r7]\n b .\n"
        ".thumb_func\non_irq0: mov r2, sp\n str r2, [r7, #4]\n bx lr"
    )
    chip.timeline.after(1_000, lambda: chip.core.pend(16))
    run(chip)
    assert words(chip, 2) == (0x2000FFFC, 0x2000FFD8)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("ldr r0, =0x08000100\n str r0, [r0]", "writes 4 bytes of protected memory at"),
        (
            "ldr r0, =0x60000000\n ldr r0, [r0]",
            "reads 4 bytes of empty memory at 0x6000",
        ),
        ("ldr r0, =0xA0000001\n bx r0", "executes at 0xA0000000, where no code is"),
        (
            "ldr sp, =0x20000000\n push {r0}",
            "writes 4 bytes of empty memory at 0x1FFFFF",
        ),
        ("udf #0", "stops"),
        ("svc #0", "raises exception 2, not modelled"),
        ("bx lr", "main program branches to 0xFFFFFFFF"),
        ("ldr r0, =0x40010000\n ldr r0, [r0]", "read of 0x40010000, where no periph"),
        ("ldr r0, =0x58024470\n ldr r0, [r0]", "read of 0x58024470"),
        ("ldr r0, =0x58020000\n str r0, [r0]", "GPIOA is accessed before its clock"),
        ("ldr r0, =0x58024400\n ldrb r0, [r0]", "RCC_CR is accessed with 8 bits"),
        (
            "ldr r0, =0x58024418\n movs r1, #128\n str r1, [r0]",
            "RCC_D1CFGR .* bits 0x0",
        ),
    ],
)
def test_what_the_chip_forbids_is_named(
    build: Build, program: str, message: str
) -> None:
    chip = build(f"main: {program}\n b .")
    with pytest.raises(FirmwareError, match=message):
        run(chip)


def test_a_fault_names_the_instruction(build: Build) -> None:
    chip = build(
        "main: ldr r0, =0x40010000\n nop\n bl guilty\n b .\n"
        ".type guilty, %function\n.thumb_func\nguilty: nop\n ldr r1, [r0]\n bx lr"
    )
    guilty = chip.core.image.symbols["guilty"]
    with pytest.raises(FirmwareError, match=f"at 0x{guilty + 2:08X} in guilty"):
        run(chip)


def test_a_stack_that_is_used_up_is_a_fault(build: Build) -> None:
    chip = build("main: ldr sp, =0x20000010\n b .")
    chip.timeline.after(1_000, lambda: chip.core.pend(16))
    with pytest.raises(FirmwareError, match="the stack is used up"):
        run(chip)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, KeyError])
def test_what_comes_up_in_a_peripheral_is_not_lost(
    build: Build, kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C at the wrong moment, or a bug in a model."""
    chip = build(f"main: {PEND_SV} b .")

    def raise_it(_: int) -> None:
        raise kind("in the middle")

    monkeypatch.setattr(chip.scb, "_pend", raise_it)
    with pytest.raises(kind):
        chip.core.run(100_000)
