"""The firmware with any bytes for a ticket, as `make firmware` builds it."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def build(ticket: bytes, folder: Path) -> Path:
    """Build the firmware with a ticket in it, and return its ELF."""
    path = folder / "a.ticket"
    path.write_bytes(ticket)
    subprocess.run(
        ["make", "-s", "-C", ROOT / "firmware", f"TICKET={path}", f"OUT={folder}"],
        check=True,
        capture_output=True,
    )
    return folder / "tombola.elf"
