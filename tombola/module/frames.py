"""Frames of the serial protocol: docs/formats/protocol.md."""

import zlib
from dataclasses import dataclass

from cobs import cobs

from tombola.generated.protocol import BODY_BYTES, VERSION, Command

DELIMITER = b"\0"
ANSWERS = 0x80  # added to the command of an answer
CRC_BYTES = 4
HEADER_BYTES = 4  # of an answer: version, sequence, command, result
# Of a stuffed answer: a byte for each 254 begun, and the delimiter.
WIRE_BYTES = (HEADER_BYTES + BODY_BYTES + CRC_BYTES) * 255 // 254 + 2


@dataclass(frozen=True)
class Answer:
    """A frame from the module. `result` is a Result's number, or one not yet known."""

    version: int
    sequence: int
    command: int
    result: int
    body: bytes


def request(
    sequence: int, command: Command, body: bytes = b"", version: int = VERSION
) -> bytes:
    """Return a request as it goes over the wire, its delimiter included.

    sequence: 0..255. Raises ValueError for a body that no module takes.
    """
    if len(body) > BODY_BYTES:
        raise ValueError(f"a body of {len(body)} bytes; at most {BODY_BYTES} fit")
    frame = bytes((version, sequence, command)) + body
    return stuff(frame + zlib.crc32(frame).to_bytes(CRC_BYTES, "little"))


def stuff(frame: bytes) -> bytes:
    """Return bytes without zeros that stand for any bytes, and the delimiter."""
    stuffed: bytes = cobs.encode(frame)
    return stuffed + DELIMITER


def answer(stuffed: bytes) -> Answer | None:
    """Read what stood between two delimiters; None when it is no undamaged answer."""
    try:
        frame = cobs.decode(stuffed)
    except cobs.DecodeError:
        return None
    content, crc = frame[:-CRC_BYTES], frame[-CRC_BYTES:]
    if len(content) < HEADER_BYTES or not content[2] & ANSWERS:
        return None
    if zlib.crc32(content) != int.from_bytes(crc, "little"):
        return None
    version, sequence, command, result = content[:HEADER_BYTES]
    return Answer(version, sequence, command - ANSWERS, result, content[HEADER_BYTES:])
