"""What the module keeps in its flash chip, asked over USB, on the real image."""

import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import Pipe, get_context
from typing import TypeVar

import pytest
from derail import run_code
from module_report import note

from tombola.converter.pack import checksum
from tombola.generated.protocol import Command, Result, SlotState, TicketBeginRequest
from tombola.generated.settings import Calibration, Settings
from tombola.module import tickets
from tombola.module.link import Link, LostError, RefusedError
from tombola.module.remote import RemoteModule
from tombola.virtual import usb_host
from tombola.virtual.faults import FirmwareError
from tombola.virtual.flash_chip import BUSY, PAGE, QUAD, SECTOR, Cut, FlashChip
from tombola.virtual.image import Image
from tombola.virtual.module import HostPort, VirtualModule

KEPT, CHANGED = -7.5, 1.0  # cents, in settings and calibration
SLOT = 3
PAGES = 16  # of a journal's bank
STORAGE = 10  # of firmware/daisy/error.h
WAIT_MS = 1100  # for the chip to have done what it did before, two cycles a turn
ERASING_MS = 20  # enough for two sectors of 1 ms and their pages
READ_WINDOW = b"\x4f\xf0\x10\x40\x00\x78"  # mov.w r0, #0x90000000; ldrb r0, [r0]


def silent(_: object) -> None:
    pass


@dataclass(frozen=True)
class Kept:
    """What has to outlive power.

    ticket: checksum of SLOT's, over which the module has gone; None when it is empty or
    broken.
    """

    tuning_cents: float
    pitch_cents: float
    ticket: int | None


class Desk:
    """A module with a chip, switched on and plugged in, and the tools at its link.

    start_ms: milliseconds after which it looks for a host, if more than some.
    """

    def __init__(self, image: Image, chip: FlashChip, start_ms: int = 0) -> None:
        self.module = VirtualModule(image, flash_chip=chip)
        self.module.run(start_ms)
        self.module.plug_in()
        port = HostPort(self.module)
        self.link = Link(port, "the module", port.seconds)
        self.remote = RemoteModule(self.link)

    def tune(self, cents: float) -> None:
        """Change the settings, and wait until the main loop has saved them."""
        self.remote.set(replace(self.remote.settings(), tuning_cents=cents))
        self.module.run(ERASING_MS)

    def calibrate(self, cents: float) -> None:
        self.remote.calibrate(replace(Calibration(), pitch_cents=(cents,) * 11))

    def put(self, ticket: bytes) -> None:
        tickets.put(self.link, tickets.check(ticket, "it"), SLOT, silent)

    def kept(self) -> Kept:
        slot = tickets.slots(self.link).slots[SLOT - 1]
        ticket = slot.checksum if slot.state == SlotState.VALID else None
        (cents,) = set(self.remote.calibration().pitch_cents)
        return Kept(self.remote.settings().tuning_cents, cents, ticket)


T = TypeVar("T")
Act = Callable[[Desk], None]
SwitchOn = Callable[..., Desk]


@pytest.fixture
def switch_on(small_image: Image, monkeypatch: pytest.MonkeyPatch) -> SwitchOn:
    """Return what switches a module on, at a host that is in a hurry."""
    monkeypatch.setattr(usb_host, "DEBOUNCE", 1e-3)
    return partial(Desk, small_image)


def test_a_new_chip_gives_defaults_and_keeps_what_is_saved(
    switch_on: SwitchOn, small_ticket: bytes
) -> None:
    chip = FlashChip()
    desk = switch_on(chip)
    assert desk.remote.settings() == Settings()
    assert desk.kept() == Kept(0.0, 0.0, None)
    desk.tune(12.5)  # is saved before the next is answered
    desk.calibrate(KEPT)
    desk.put(small_ticket)
    desk = switch_on(chip)
    assert desk.kept() == Kept(12.5, KEPT, own_checksum(small_ticket))
    content = tickets.get(desk.link, SLOT, len(small_ticket), silent)
    assert content == small_ticket


def test_a_chip_that_is_not_there_is_told(
    switch_on: SwitchOn, small_ticket: bytes
) -> None:
    class NoChip(FlashChip):
        """Nobody drives the line, and its pull-up makes it ones."""

        def read(self, instruction: int, count: int) -> bytes:
            return b"\xff" * count

        def when_ready(self, action: Callable[[], None]) -> None:
            """Never: its status says that it is busy."""

    desk = switch_on(NoChip(), WAIT_MS)
    info = desk.link.info()
    assert (info.state, info.error) == (1, STORAGE), "it does not play and say so"
    for action in (lambda: desk.calibrate(1.0), lambda: desk.put(small_ticket)):
        with pytest.raises(RefusedError) as refused:
            action()
        assert refused.value.result == Result.FLASH


def test_a_chip_that_never_gets_done_stops_neither_sound_nor_settings(
    switch_on: SwitchOn,
) -> None:
    class Stuck(FlashChip):
        """Works for ever; when it is read meanwhile, it says something."""

        def check_mapped(self, instruction: int, dummy: int, lines: int) -> None:
            pass

    chip = Stuck(erase_time=3600.0)
    chip.status = QUAD
    desk = switch_on(chip)
    desk.tune(CHANGED)
    assert chip.status & BUSY, "it was not asked to erase"
    assert desk.remote.settings().tuning_cents == CHANGED
    info = desk.link.info()
    assert (info.state, info.boots, info.late_blocks) == (1, 1, 0)


def test_reading_the_window_while_it_is_closed_is_a_fault(switch_on: SwitchOn) -> None:
    chip = FlashChip()
    desk = switch_on(chip)
    desk.remote.set(Settings(tuning_cents=CHANGED))
    desk.module.run(2)
    assert chip.status & BUSY, "it is not erasing"
    run_code(desk.module, READ_WINDOW)
    with pytest.raises(
        FirmwareError, match=r"reads 1 bytes of protected .* 0x90000000"
    ):
        desk.module.run(1)


def quick(content: bytes = b"") -> FlashChip:
    """Return a chip that erases in 1 ms, so that many transfers take seconds."""
    return FlashChip(content, erase_time=1e-3)


def own_checksum(ticket: bytes) -> int:
    """Return the checksum in a ticket's header (docs/formats/ticket.md)."""
    return int(struct.unpack_from("<Q", ticket, 8)[0])


def renamed(ticket: bytes) -> bytes:
    """Return the same ticket under another name."""
    (voice_at,) = struct.unpack_from("<I", ticket, 24)
    body = bytearray(ticket[16:])
    body[voice_at - 16 : voice_at - 12] = b"next"
    return ticket[:8] + struct.pack("<Q", checksum(bytes(body))) + bytes(body)


def filled(switch_on: SwitchOn, ticket: bytes) -> bytes:
    """Return a chip's content with full banks: the next record erases the other one.

    A module saves settings at once after it was switched on, and then every 2 s.
    """
    chip = quick()
    for page in range(PAGES):
        desk = switch_on(chip)
        desk.tune(KEPT + (PAGES - 1 - page))
        desk.calibrate(KEPT + (PAGES - 1 - page))
    desk.put(ticket)
    for page in range(PAGES - 2):  # after a record for its beginning, one for its end
        begin = TicketBeginRequest(page, len(ticket), SLOT - 1)
        desk.link.ask(Command.TICKET_BEGIN, begin.pack())
    return chip.content.tobytes()


def cuts(operations: int) -> Iterator[tuple[int, Cut]]:
    """Each operation with a way to fail, in turn.

    The first two and the last, which are a journal's, with every way.
    """
    for at in range(1, operations + 1):
        every = at <= 2 or at == operations
        for how in Cut if every else [list(Cut)[at % len(Cut)]]:
            yield at, how


def in_a_copy(work: Callable[[], T]) -> T:
    """Do something in a copy of this process, and so to copies of its modules."""
    here, there = Pipe(duplex=False)
    process = get_context("fork").Process(target=lambda: there.send(work()))
    process.start()
    there.close()
    result: T = here.recv()
    process.join()
    return result


def test_power_that_goes_at_any_operation_leaves_old_or_new(
    switch_on: SwitchOn, small_ticket: bytes
) -> None:
    before = filled(switch_on, small_ticket)
    new_ticket = renamed(small_ticket)
    old = Kept(KEPT, KEPT, own_checksum(small_ticket))
    actions: tuple[tuple[Act, Kept], ...] = (
        (lambda desk: desk.tune(CHANGED), replace(old, tuning_cents=CHANGED)),
        (lambda desk: desk.calibrate(CHANGED), replace(old, pitch_cents=CHANGED)),
        (
            lambda desk: desk.put(new_ticket),
            replace(old, ticket=own_checksum(new_ticket)),
        ),
    )
    chip = quick(before)
    desk = switch_on(chip)
    assert desk.kept() == old

    def operations(act: Act, new: Kept) -> int:
        chip.cut(0, Cut.ALL)
        act(desk)
        assert desk.kept() == new
        return chip.operations

    def power_goes(act: Act, at: int, how: Cut) -> Kept:
        chip.cut(at, how)
        with suppress(LostError):
            act(desk)
        assert not desk.module.powered, "power did not go"
        return switch_on(chip).kept()

    last = [in_a_copy(partial(operations, *action)) for action in actions]
    pages, sectors = (-(-len(small_ticket) // size) for size in (PAGE, SECTOR))
    save = 2  # to erase a bank, and to write its first page
    assert last == [save, save, save + sectors + pages + 1]
    tried, lost = 0, 0
    for (act, new), operation in zip(actions, last, strict=True):
        found = [in_a_copy(partial(power_goes, act, *cut)) for cut in cuts(operation)]
        assert old in found, "no cut was too early for the new state"
        assert new in found, "no cut was too late for the old state"
        tried += len(found)
        lost += sum(kept not in {old, new} for kept in found)
    note(power_cuts_tried=tried, power_cuts_lost=lost)
    assert lost == 0, "neither the old state nor the new is there"
