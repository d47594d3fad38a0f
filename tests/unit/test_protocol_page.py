"""The page of the serial protocol shows what goes over the wire."""

import re
from pathlib import Path

from tombola.generated.protocol import Command, TicketWriteAnswer
from tombola.module import frames

PAGE = Path(__file__).resolve().parents[2] / "docs/formats/protocol.md"


def examples() -> list[tuple[bytes, bytes]]:
    """(frame, wire) of each example."""
    pairs = re.findall(r"^    frame +(.*)\n    wire +(.*)$", PAGE.read_text(), re.M)
    return [(bytes.fromhex(frame), bytes.fromhex(wire)) for frame, wire in pairs]


def test_the_examples_are_what_the_tools_send_and_read() -> None:
    (asked, request), (answered, answer) = examples()
    assert frames.request(7, Command.STATUS) == request
    assert frames.stuff(asked) == request
    assert frames.stuff(answered) == answer
    read = frames.answer(answer[:-1])
    assert read is not None, "the page's answer is damaged"
    assert (read.sequence, read.command) == (9, Command.TICKET_WRITE)
    assert TicketWriteAnswer.unpack(read.body).there == 4096
