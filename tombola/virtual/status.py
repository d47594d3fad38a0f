"""What the firmware says about itself in its memory: `tombola_status`.

The layout is firmware/module/status.h's.
"""

import struct
from dataclasses import dataclass

from tombola.virtual.board import Board
from tombola.virtual.faults import FirmwareError

MAGIC, VERSION = 0x4C424D54, 1
LAYOUT = struct.Struct("<11I")
PLAYING = 1
STATES = ("starting", "playing", "silent", "stopped")
ERRORS = (
    "none",
    "supply",
    "oscillator",
    "flash",
    "PLL",
    "codec",
    "converter",
    "audio",
    "ticket",
    "fault",
    "storage",
)


@dataclass(frozen=True)
class Status:
    """Counters and state, as the firmware keeps them."""

    state: int
    board: int
    error: int
    reason: str
    blocks: int
    frames: int
    late_frames: int
    late_blocks: int
    late_scans: int

    def __str__(self) -> str:
        said = f": {self.reason}" if self.reason else ""
        return f"{STATES[self.state]}, error {ERRORS[self.error]}{said}"


def read_status(board: Board) -> Status:
    """Read the firmware's status out of its memory.

    Raises FirmwareError when the image has none, or one of another layout.
    """
    address = board.chip.core.image.symbols.get("tombola_status")
    if address is None:
        raise FirmwareError(
            "the firmware has no symbol tombola_status; build it with make"
        )
    words = LAYOUT.unpack(board.chip.read_memory(address, LAYOUT.size))
    magic, version, state, seed, error, reason, *counters = words
    if (magic, version) != (MAGIC, VERSION):
        raise FirmwareError(
            f"tombola_status has layout {version} (magic 0x{magic:08X}); "
            f"this virtual module reads {VERSION}"
        )
    return Status(state, seed, error, _text(board, reason), *counters)


def _text(board: Board, address: int) -> str:
    if address == 0:
        return ""
    raw = board.chip.read_memory(address, 200)
    return raw.split(b"\0")[0].decode("ascii", "replace")
