"""Write the list of the operators that a ticket has, for a firmware without the others.

    python firmware/ticket_operators.py file.ticket ticket_operators.h

firmware/core/nn/operators.cc takes the list in place of operator_list.h; what only
operators outside it use is then left out by the linker.
"""

import re
import struct
import sys
from pathlib import Path

NN = Path(__file__).parent / "core" / "nn"
# docs/formats/ticket.md: what is read of the header, and of an operator.
MAGIC, VERSION = b"TKT\x1a", 2
HEAD = struct.Struct("<4sH")
PLAN = struct.Struct("<48xII")
OPERATOR = struct.Struct("<HHI")

ENTRY = re.compile(r"^OPERATOR\((k\w+), k\w+\)$", re.MULTILINE)
KIND = re.compile(r"^  (k\w+) = (\d+),", re.MULTILINE)


def kinds(ticket: bytes) -> set[int]:
    """Return the numbers of the kinds of operators in a ticket's plan.

    Raises:
        ValueError: This is no ticket of the format's version.
    """
    if len(ticket) < PLAN.size or HEAD.unpack_from(ticket) != (MAGIC, VERSION):
        raise ValueError(f"is no ticket of version {VERSION}; convert the model again")
    at, size = PLAN.unpack_from(ticket)
    end = at + size
    found = set()
    while at + OPERATOR.size <= min(end, len(ticket)):
        kind, _, length = OPERATOR.unpack_from(ticket, at)
        found.add(kind)
        at += max(length, OPERATOR.size)
    return found


def operator_list(ticket: bytes) -> str:
    """Return the lines of operator_list.h that a ticket needs.

    Raises:
        ValueError: The ticket has a kind of operator that the engine has not.
    """
    numbers = {
        name: int(n) for name, n in KIND.findall((NN / "operators.h").read_text())
    }
    needed = kinds(ticket)
    lines = []
    for entry in ENTRY.finditer((NN / "operator_list.h").read_text()):
        number = numbers[entry[1]]
        if number in needed:
            needed.remove(number)
            lines.append(entry[0] + "\n")
    if needed:
        raise ValueError(
            f"has operators {sorted(needed)} that this engine does not know"
        )
    return "".join(lines)


def main() -> int:
    """Write the list, unless the file has it already."""
    source, target = map(Path, sys.argv[1:])
    try:
        text = operator_list(source.read_bytes())
    except ValueError as error:
        print(f"ticket '{source}': {error}", file=sys.stderr)
        return 2
    if not target.exists() or target.read_text() != text:
        target.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
