"""How the module's load is told, and how it comes back from a fault or a hang."""

import struct

import pytest
from derail import jump, run_code

from tombola.generated.protocol import InfoAnswer
from tombola.module.link import Link
from tombola.module.words import info_rows
from tombola.virtual.image import Image
from tombola.virtual.module import HostPort, VirtualModule

WATCHDOG_MS = 2000
POWER_ON, BY_WATCHDOG = 1, 5  # of INFO's start
ENDLESS = b"\x30\xbf\xfd\xe7"  # 1: wfi; b 1b


def info_of(module: VirtualModule) -> InfoAnswer:
    port = HostPort(module)
    return Link(port, "module", port.seconds).info()


def test_info_tells_the_load(module: VirtualModule, link: Link) -> None:
    module.run(1100)
    info = link.info()
    assert (info.boots, info.start) == (1, POWER_ON)
    assert 10_000 < info.block_cycles_mean <= info.block_cycles_worst < 480_000
    assert 10_000 < info.frame_cycles_mean <= info.frame_cycles_worst < 480_000
    share = (info.block_cycles_mean + info.frame_cycles_mean / 4) / 480_000
    assert info.load_mean == pytest.approx(share, rel=0.05)
    assert info.load_mean <= info.load_worst < 0.8


def test_a_fault_is_told_after_the_watchdog_has_started_the_module_anew(
    small_image: Image,
) -> None:
    module = VirtualModule(small_image)
    module.plug_in()
    stack = 0x20003000
    frame = (0, 1, 2, 3, 12, 0x08001111, 0x08002222, 0x01000000)
    module.board.chip.write_memory(stack, struct.pack("<8I", *frame))
    jump(module, small_image.symbols["Fault"], stack)
    module.run(WATCHDOG_MS + 200)
    module.plug_in()
    info = info_of(module)
    assert (info.boots, info.start) == (2, BY_WATCHDOG)
    assert (info.fault_pc, info.fault_lr) == (0x08002222, 0x08001111)
    assert info.state == 1, "it does not play again"


def test_a_main_loop_that_hangs_is_started_anew(small_image: Image) -> None:
    """The audio interrupt goes on meanwhile; that alone feeds no watchdog."""
    module = VirtualModule(small_image)
    module.plug_in()
    chip = module.board.chip
    run_code(module, ENDLESS)
    module.run(WATCHDOG_MS - 200)
    assert module.board.chip is chip, "it was started anew too early"
    module.run(400)
    assert module.board.chip is not chip, "the watchdog did not bite"
    module.plug_in()
    info = info_of(module)
    assert (info.boots, info.start, info.fault_exception) == (2, BY_WATCHDOG, 0)
    assert ("started by", "the watchdog: it hung, or had the last fault") in info_rows(
        info
    )
