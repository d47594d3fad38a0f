"""Writes the bytes of a ticket; docs/formats/ticket.md describes them."""

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

from tombola.converter.plan import Plan
from tombola.converter.program import ALIGNMENT
from tombola.errors import TombolaError
from tombola.generated import protocol

MAGIC = b"TKT\x1a"
VERSION = 2
HEADER_BYTES = 64

# Marsaglia's multiply-with-carry; firmware/core/nn/checksum.h says what it is.
CHECKSUM_MULTIPLIER = 4294967118

VOICES = {voice.name.lower(): int(voice) for voice in protocol.Voice if voice}
INPUT, OUTPUT, STATE = 1, 2, 3
TYPES = {"int16": 1, "int8": 2, "float32": 3}


@dataclass(frozen=True)
class Voice:
    """What the module's voice has to know; kind 0 is a network without a voice."""

    name: str
    kind: int = 0
    partials: int = 0
    bands: int = 0
    pitch: tuple[float, float] = (0.0, 0.0)
    loudness: tuple[float, float] = (0.0, 0.0)

    def pack(self) -> bytes:
        """Return the record, the name cut to 31 bytes of UTF-8."""
        name = self.name.encode()[:31].decode("utf-8", "ignore").encode()
        return struct.pack(
            "<32s4H4f",
            name,
            self.kind,
            self.partials,
            self.bands,
            0,
            *self.pitch,
            *self.loudness,
        )


def voice(metadata: dict[str, Any] | None) -> Voice:
    """Read the voice's parameters from a model's metadata.

    Raises:
        TombolaError: A parameter is missing or out of its range.
    """
    if metadata is None:
        return Voice("network")
    kind = metadata.get("voice")
    if kind not in VOICES:
        raise TombolaError(
            f"model: its metadata names the voice {kind!r}; known are {list(VOICES)}"
        )
    name = metadata.get("name")
    if not isinstance(name, str) or not name or "\0" in name:
        raise TombolaError(
            f"model: its metadata gives the name {name!r}; a text is needed"
        )
    return Voice(
        name,
        VOICES[kind],
        _count(metadata, "partials", least=0 if kind == "texture" else 1),
        _count(metadata, "bands"),
        _range(metadata, "pitch"),
        _range(metadata, "loudness"),
    )


def _count(metadata: dict[str, Any], key: str, least: int = 1) -> int:
    value = metadata.get(key)
    if not isinstance(value, int) or not least <= value <= 65535:
        raise TombolaError(
            f"model: its metadata gives {key} {value!r}; {least}..65535 is needed"
        )
    return value


def _range(metadata: dict[str, Any], key: str) -> tuple[float, float]:
    value = metadata.get(key)
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(v, int | float) and math.isfinite(v) for v in value)
        and value[0] <= value[1]
        and max(map(abs, value)) < 1e6
    ):
        # A corpus of one note has no width, and the loader asks for low below high.
        spare = 0.5 if value[0] == value[1] else 0.0
        return float(value[0]) - spare, float(value[1]) + spare
    raise TombolaError(
        f"model: its metadata gives {key} {value!r}; [low, high] is needed"
    )


def pack(plan: Plan, metadata: dict[str, Any] | None) -> bytes:
    """Return the ticket of a plan, with its voice and metadata."""
    text = json.dumps(metadata or {}, ensure_ascii=False, separators=(",", ":"))
    return assemble(
        [
            voice(metadata).pack(),
            _tensors(plan),
            _ports(plan),
            _operators(plan),
            text.encode(),
        ],
        plan.arena_bytes,
    )


def assemble(sections: list[bytes], arena_bytes: int) -> bytes:
    """Put a header with its checksum before the sections."""
    records, body = b"", b""
    for section in sections:
        records += struct.pack("<II", HEADER_BYTES + len(body), len(section))
        body += section + bytes(-len(section) % ALIGNMENT)
    head = struct.pack("<4sHH", MAGIC, VERSION, HEADER_BYTES)
    rest = struct.pack("<II", HEADER_BYTES + len(body), arena_bytes) + records + body
    return head + struct.pack("<Q", checksum(rest)) + rest


def checksum(content: bytes) -> int:
    """Return the checksum of whole words of 32 bits."""
    state = 2**64 - 1
    for (digit,) in struct.iter_unpack("<I", content):
        state = (state & 0xFFFFFFFF) * CHECKSUM_MULTIPLIER + (state >> 32) + digit
    return state


def _tensors(plan: Plan) -> bytes:
    return b"".join(
        struct.pack(
            "<IIfBbH",
            *(offset, value.count, value.scale),
            *(TYPES[value.dtype.name], value.zero_point, value.group),
        )
        for value, offset in zip(plan.program.values, plan.offsets, strict=True)
    )


def _ports(plan: Plan) -> bytes:
    program = plan.program
    ports = [(INPUT, name, value) for name, value in program.inputs.items()]
    ports += [(OUTPUT, name, value) for name, value in program.outputs.items()]
    ports += [(STATE, name, old) for name, (old, _) in program.states.items()]
    return b"".join(
        struct.pack("<HBB28s", value, kind, 0, name.encode())
        for kind, name, value in ports
    )


def _operators(plan: Plan) -> bytes:
    return b"".join(step.record() for step in plan.program.instructions)
