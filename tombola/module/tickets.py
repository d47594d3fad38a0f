"""Tickets in the slots of a module: into it, out of it, and in which order.

Slots are counted as people do, 1 to 8, as their lights are.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tombola.errors import TombolaError
from tombola.generated.protocol import (
    DATA_BYTES,
    Command,
    Result,
    Slot,
    SlotState,
    TicketBeginAnswer,
    TicketBeginRequest,
    TicketCommitRequest,
    TicketListAnswer,
    TicketOrderRequest,
    TicketPlayRequest,
    TicketReadRequest,
    TicketRemoveRequest,
    TicketWriteAnswer,
    TicketWriteRequest,
)
from tombola.module.link import Link, RefusedError
from tombola.play.ticket_file import instrument

SLOTS = 8
HEADER = struct.Struct("<4sHHQI")  # docs/formats/ticket.md
MAGIC = b"TKT\x1a"
RESTARTS = 3
# What is said of a slot without a whole ticket.
MISSING = {
    SlotState.EMPTY: "is empty",
    SlotState.PARTIAL: "has only a part of a ticket",
    SlotState.BROKEN: "has a damaged ticket",
}

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Ticket:
    """A ticket that can be played. checksum: its own, from its header."""

    content: bytes
    checksum: int


def check(content: bytes, name: str) -> Ticket:
    """Return the ticket in `content` if the module's own code can play it.

    Raises TombolaError, which calls it `name`.
    """
    if len(content) < HEADER.size or content[: len(MAGIC)] != MAGIC:
        raise TombolaError(
            f"{name} is no ticket; `tombola make` or `tombola convert` writes one"
        )
    try:
        instrument(content)
    except TombolaError as error:
        raise TombolaError(f"{name}: {error}") from error
    return Ticket(content, HEADER.unpack_from(content)[3])


def slots(link: Link) -> TicketListAnswer:
    """Ask what is in the slots; `order` counts from 0."""
    return TicketListAnswer.unpack(link.ask(Command.TICKET_LIST))


def free_slot(ticket: Ticket, there: tuple[Slot, ...]) -> int:
    """Return the slot that has this ticket or a part of it, or the first empty one.

    Raises TombolaError when there is none.
    """
    for number, slot in enumerate(there, 1):
        if slot.checksum == ticket.checksum and slot.state != SlotState.EMPTY:
            return number
    for number, slot in enumerate(there, 1):
        if slot.state == SlotState.EMPTY:
            return number
    raise TombolaError(
        f"all {SLOTS} slots have a ticket; choose one to replace with --slot"
    )


def put(link: Link, ticket: Ticket, slot: int, advance: Advance) -> None:
    """Put a ticket into a slot; what of it has arrived before is not sent again.

    advance: told of the bytes that are there. What was in the slot stays until the
    module has checked the new ticket.

    Raises TombolaError when the module refuses it, or keeps something else.
    """
    told = 0
    for attempt in range(1, RESTARTS + 1):
        try:
            for there in _send(link, ticket, slot):
                advance(max(there - told, 0))
                told = max(told, there)
            link.ask(Command.TICKET_COMMIT, TicketCommitRequest(slot - 1).pack())
            break
        except RefusedError as error:
            # A piece came twice, or another program put something in between.
            if error.result != Result.PLACE or attempt == RESTARTS:
                raise
    kept = slots(link).slots[slot - 1]
    if (kept.state, kept.checksum) != (SlotState.VALID, ticket.checksum):
        raise TombolaError(
            f"slot {slot} has not kept the ticket; put it there again, and if it stays "
            "so the flash chip is worn or not soldered"
        )


def _send(link: Link, ticket: Ticket, slot: int) -> Iterator[int]:
    """Send what is missing; yield how much is there, at first and after each piece."""
    size = len(ticket.content)
    begin = TicketBeginRequest(ticket.checksum, size, slot - 1)
    answer = link.ask(Command.TICKET_BEGIN, begin.pack())
    there = TicketBeginAnswer.unpack(answer).there
    yield there
    while there < size:
        piece = ticket.content[there : there + DATA_BYTES]
        write = TicketWriteRequest(there, slot - 1).pack() + piece
        answer = link.ask(Command.TICKET_WRITE, write)
        there = TicketWriteAnswer.unpack(answer).there
        yield there


def require(slot: Slot, number: int) -> None:
    """Raise TombolaError unless there is a whole ticket in a slot."""
    if slot.state != SlotState.VALID:
        raise TombolaError(
            f"slot {number} {MISSING[SlotState(slot.state)]}; `tombola module tickets "
            "list` shows which have a whole one"
        )


def file_name(name: str) -> str:
    """Return a ticket's name as a file's: without what a folder's path is made of."""
    return "".join(c if c.isalnum() or c in " -_." else "-" for c in name).strip(" .")


def get(link: Link, slot: int, size: int, advance: Advance) -> bytes:
    """Return the ticket of a slot, `size` bytes.

    Raises TombolaError when the slot is empty, or what came is not what was kept.
    """
    content = b""
    while len(content) < size:
        request = TicketReadRequest(len(content), DATA_BYTES, slot - 1)
        piece = link.ask(Command.TICKET_READ, request.pack())
        if not piece:
            break
        content += piece
        advance(len(piece))
    return check(content[:size], f"what came from slot {slot}").content


def remove(link: Link, slot: int) -> None:
    """Empty a slot."""
    link.ask(Command.TICKET_REMOVE, TicketRemoveRequest(slot - 1).pack())


def play(link: Link, slot: int) -> None:
    """Play the ticket of a slot."""
    link.ask(Command.TICKET_PLAY, TicketPlayRequest(slot - 1).pack())


def whole_order(first: tuple[int, ...], old: tuple[int, ...]) -> tuple[int, ...]:
    """Return all slots, `first` before the rest in their old order; counted from 1.

    Raises TombolaError for a slot that is named twice.
    """
    twice = [slot for slot in first if first.count(slot) > 1]
    if twice:
        raise TombolaError(f"slot {twice[0]} is named twice; name each slot once")
    return (*first, *(slot for slot in old if slot not in first))


def set_order(link: Link, order: tuple[int, ...]) -> None:
    """Set the order in which the button goes through the slots; counted from 1."""
    request = TicketOrderRequest(tuple(slot - 1 for slot in order))
    link.ask(Command.TICKET_ORDER, request.pack())
