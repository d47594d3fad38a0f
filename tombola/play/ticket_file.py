"""A ticket's file, and whether the module can play it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tombola.errors import TombolaError

if TYPE_CHECKING:
    from tombola._core import Instrument

_NOT_BUILT = "the compiled core is not there ({}); build it: make core"
TICKET_BYTES_MAX = 1 << 20


def read_ticket(path: Path) -> bytes:
    """Return a ticket's bytes; what is in them is checked by who plays them.

    Raises TombolaError for a file that is missing or far too large.
    """
    if not path.is_file():
        raise TombolaError(
            f"{path}: there is no such ticket; `tombola make` or `tombola convert` "
            "writes one"
        )
    size = path.stat().st_size
    if not 0 < size <= TICKET_BYTES_MAX:
        raise TombolaError(
            f"{path} has {size:,} bytes, and a ticket 1 to {TICKET_BYTES_MAX:,}; "
            "is it a ticket at all?"
        )
    return path.read_bytes()


def voice_of(ticket: bytes) -> str:
    """Return the name of a ticket's voice, such as `tone`.

    Raises TombolaError if it is no ticket.
    """
    try:
        from tombola._core import Network  # noqa: PLC0415 - compiled, may be absent
    except ImportError as error:
        raise TombolaError(_NOT_BUILT.format(error)) from error
    try:
        return str(json.loads(Network(ticket).metadata).get("voice", "none"))
    except ValueError as error:
        raise TombolaError(str(error)) from error


def instrument(ticket: bytes) -> "Instrument":
    """Return the module's instrument, compiled for this computer, with a ticket in it.

    Raises TombolaError if it cannot play the ticket.
    """
    try:
        from tombola._core import Instrument  # noqa: PLC0415 - compiled, may be absent
    except ImportError as error:
        raise TombolaError(_NOT_BUILT.format(error)) from error
    try:
        return Instrument(ticket)
    except ValueError as error:
        raise TombolaError(str(error)) from error
