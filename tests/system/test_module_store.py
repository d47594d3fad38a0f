"""Tickets and settings on the real image, in its own time."""

from pathlib import Path

import pytest
from module_report import note

from tombola.errors import TombolaError
from tombola.generated.protocol import DATA_BYTES, SlotState
from tombola.generated.settings import Settings
from tombola.module import settings_file, tickets
from tombola.module.link import Link, LostError, RefusedError
from tombola.module.remote import RemoteModule
from tombola.virtual.module import VirtualModule

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def small(small_ticket: bytes) -> tickets.Ticket:
    return tickets.check(small_ticket, "small")


@pytest.fixture(scope="module")
def harp() -> tickets.Ticket:
    path = ROOT / "firmware/tickets/harp.ticket"
    return tickets.check(path.read_bytes(), "harp")


def silent(_: object) -> None:
    pass


def test_a_ticket_goes_in_and_comes_out_and_goes(
    link: Link, small: tickets.Ticket
) -> None:
    told: list[int] = []
    tickets.put(link, small, 3, told.append)
    assert sum(told) == len(small.content)
    found = tickets.slots(link).slots
    note(slots=len(found))
    slot = found[2]
    assert (slot.state, slot.size) == (SlotState.VALID, len(small.content))
    assert tickets.get(link, 3, slot.size, silent) == small.content
    assert tickets.free_slot(small, tickets.slots(link).slots) == 3
    tickets.remove(link, 3)
    assert tickets.slots(link).slots[2].state == SlotState.EMPTY
    with pytest.raises(RefusedError, match="no ticket in that slot"):
        tickets.play(link, 3)


def test_a_transfer_goes_on_where_a_hang_up_stopped_it(
    module: VirtualModule, link: Link, harp: tickets.Ticket
) -> None:
    def pull(count: int) -> None:
        nonlocal there
        there += count
        if there > len(harp.content) // 2:
            module.host.unplug()

    there = 0
    with pytest.raises(LostError, match="does not answer"):
        tickets.put(link, harp, 1, pull)
    assert there < len(harp.content)
    module.host.plug()
    module.plug_in()
    told: list[int] = []
    tickets.put(link, harp, 1, told.append)
    assert told[0] >= there, "what was there is sent again"
    assert sum(told) == len(harp.content)
    assert tickets.get(link, 1, len(harp.content), silent) == harp.content


def test_the_button_goes_through_the_slots_in_the_order_that_was_set(
    link: Link,
) -> None:
    order = tickets.whole_order((3, 1), tuple(range(1, 9)))
    assert order == (3, 1, 2, 4, 5, 6, 7, 8)
    tickets.set_order(link, order)
    assert tickets.slots(link).order == (2, 0, 1, 3, 4, 5, 6, 7)
    with pytest.raises(TombolaError, match="slot 3 is named twice"):
        tickets.whole_order((3, 3), order)


def test_a_ticket_that_is_too_large_is_refused(link: Link) -> None:
    large = tickets.Ticket(bytes(200 * DATA_BYTES), 1)
    with pytest.raises(RefusedError, match="too large for a slot"):
        tickets.put(link, large, 1, silent)


def test_the_module_checks_a_ticket_itself(link: Link, small: tickets.Ticket) -> None:
    """Harmed on its way, where the tools' check does not see it."""
    content = bytearray(small.content)
    content[-1] ^= 1
    harmed = tickets.Ticket(bytes(content), small.checksum)
    with pytest.raises(RefusedError, match="refuses the ticket"):
        tickets.put(link, harmed, 2, silent)
    assert tickets.slots(link).slots[1].state == SlotState.EMPTY


def test_settings_are_kept_and_reset_without_the_calibration(
    link: Link, tmp_path: Path
) -> None:
    module = RemoteModule(link)
    calibration = module.calibration()
    calibration.out_full_volts = 4.875
    module.calibrate(calibration)
    changed = settings_file.changed(module.settings(), "tuning_cents=-3.5")
    module.set(settings_file.changed(changed, "cv_out=pitch"))
    backup = tmp_path / "backup.toml"
    text = settings_file.write_text(module.settings(), module.calibration())
    backup.write_text(text)
    module.reset_settings()
    assert module.settings().pack() == Settings().pack()
    assert module.calibration().out_full_volts == 4.875
    restored, _ = settings_file.read(backup, module.settings(), module.calibration())
    module.set(restored)
    assert module.settings().tuning_cents == -3.5
    assert module.settings().cv_out == 1
