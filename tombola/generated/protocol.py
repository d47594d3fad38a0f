# Generated from firmware/schema/protocol.toml (bba9f640e817f7fc) by:
#   python firmware/schema/generate.py
"""Words between module and tools: docs/formats/protocol.md."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


def _text(value: str, size: int) -> bytes:
    content = value.encode()
    if len(content) > size:
        raise ValueError(f"{value!r} is longer than {size} bytes")
    return content


def _str(content: bytes) -> str:
    return content.split(b"\0")[0].decode(errors="replace")


VERSION = 1
USB_VENDOR = 1155
USB_PRODUCT = 22336
DATA_BYTES = 1024
PATIENCE_MS = 1000
BODY_BYTES = 1032


class Command(IntEnum):
    """What the module is asked."""

    REBOOT = 1
    INFO = 2
    STATUS = 3
    TICKET_LIST = 16
    TICKET_BEGIN = 17
    TICKET_WRITE = 18
    TICKET_COMMIT = 19
    TICKET_READ = 20
    TICKET_REMOVE = 21
    TICKET_PLAY = 22
    TICKET_ORDER = 23
    SETTINGS_READ = 32
    SETTINGS_WRITE = 33
    SETTINGS_DEFAULTS = 34
    CALIBRATION_READ = 35
    CALIBRATION_WRITE = 36
    MEASURE = 48
    OUTPUT = 49


class Result(IntEnum):
    """How it went."""

    OK = 0
    VERSION = 1
    COMMAND = 2
    SIZE = 3
    VALUE = 4
    BUSY = 5
    EMPTY = 6
    TICKET = 7
    PLACE = 8
    SPACE = 9
    FLASH = 10


class Target(IntEnum):
    """Where REBOOT leads."""

    MODULE = 0
    LOADER = 1


class SlotState(IntEnum):
    """What is in a slot."""

    EMPTY = 0
    PARTIAL = 1
    VALID = 2
    BROKEN = 3


class Voice(IntEnum):
    """What plays a ticket; a bare network has none."""

    NONE = 0
    TONE = 1
    IMPACT = 2
    TEXTURE = 3


SENTENCES: dict[Result, str] = {
    Result.OK: 'done',
    Result.VERSION: "the module's firmware speaks another version of the protocol",
    Result.COMMAND: "the module's firmware does not know this command; flash a newer one with `tombola module flash`",
    Result.SIZE: 'the module was sent a request of the wrong length',
    Result.VALUE: 'the module refuses a value that is out of range',
    Result.BUSY: 'the module is busy; try again in a moment',
    Result.EMPTY: 'there is no ticket in that slot; `tombola module tickets list` shows those that have one',
    Result.TICKET: 'the module refuses the ticket',
    Result.PLACE: 'the piece of the ticket does not continue what is there; send the ticket again',
    Result.SPACE: 'the ticket is too large for a slot; trim the network further',
    Result.FLASH: "the module's flash memory did not take it; try again, and if it stays so the chip is worn or not soldered",
}


@dataclass(frozen=True)
class Slot:
    """One slot for a ticket.

    checksum: u64, the ticket's own, from its header.
    size: u32, B, of the whole ticket.
    there: u32, B, have arrived, of a partial one.
    name: text32, the ticket's.
    state: u8, a SlotState.
    voice: u8, a Voice; 0 too from firmware that does not say.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<QII32sBB6x")

    checksum: int
    size: int
    there: int
    name: str
    state: int
    voice: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.checksum,
            self.size,
            self.there,
            _text(self.name, 32),
            self.state,
            self.voice,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "Slot":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
            values[1],
            values[2],
            _str(values[3]),
            values[4],
            values[5],
        )


@dataclass(frozen=True)
class RebootRequest:
    """The request of REBOOT.

    target: u8, a Target.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<B")

    target: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.target,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "RebootRequest":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
        )


@dataclass(frozen=True)
class InfoAnswer:
    """The answer of INFO.

    firmware: text16, version of the firmware.
    build: text16, which build of it.
    ticket: text32, name of the ticket that plays.
    boots: u32, times that it was switched on or started anew.
    blocks: u32, audio interrupts; one a millisecond.
    frames: u32, runs of the network.
    late_frames: u32, not ready when they were due.
    late_blocks: u32, not finished when the next was due.
    late_scans: u32, of the knobs and jacks, not finished in time.
    bad_frames: u32, of this protocol, that were damaged.
    block_cycles_mean: u32, cycles, of an audio interrupt.
    block_cycles_worst: u32, cycles, of an audio interrupt.
    frame_cycles_mean: u32, cycles, of a run of the network.
    frame_cycles_worst: u32, cycles, of a run of the network.
    load_mean: f32, share of the time that both take, 0..1.
    load_worst: f32, the same with the worst of both, 0..1.
    fault_exception: u32, last fault's exception; 0: there was none.
    fault_pc: u32, where it happened.
    fault_lr: u32, where that was called from.
    fault_xpsr: u32.
    fault_cfsr: u32.
    fault_hfsr: u32.
    fault_mmfar: u32.
    fault_bfar: u32.
    board: u8, 0 AK4556, 1 PCM3060, 2 WM8731: the Seed's codec.
    state: u8, 0 starting, 1 playing, 2 silent, 3 stopped.
    error: u8, of firmware/daisy/error.h.
    slot: u8, that plays; 8: the ticket built into the firmware.
    start: u8, why it started: 0 not known, 1 power on, 2 a dip of the supply, 3 RESET, 4 asked to, 5 its watchdog.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<16s16s32sIIIIIIIIIIIffIIIIIIIIBBBBB3x")

    firmware: str
    build: str
    ticket: str
    boots: int
    blocks: int
    frames: int
    late_frames: int
    late_blocks: int
    late_scans: int
    bad_frames: int
    block_cycles_mean: int
    block_cycles_worst: int
    frame_cycles_mean: int
    frame_cycles_worst: int
    load_mean: float
    load_worst: float
    fault_exception: int
    fault_pc: int
    fault_lr: int
    fault_xpsr: int
    fault_cfsr: int
    fault_hfsr: int
    fault_mmfar: int
    fault_bfar: int
    board: int
    state: int
    error: int
    slot: int
    start: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            _text(self.firmware, 16),
            _text(self.build, 16),
            _text(self.ticket, 32),
            self.boots,
            self.blocks,
            self.frames,
            self.late_frames,
            self.late_blocks,
            self.late_scans,
            self.bad_frames,
            self.block_cycles_mean,
            self.block_cycles_worst,
            self.frame_cycles_mean,
            self.frame_cycles_worst,
            self.load_mean,
            self.load_worst,
            self.fault_exception,
            self.fault_pc,
            self.fault_lr,
            self.fault_xpsr,
            self.fault_cfsr,
            self.fault_hfsr,
            self.fault_mmfar,
            self.fault_bfar,
            self.board,
            self.state,
            self.error,
            self.slot,
            self.start,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "InfoAnswer":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            _str(values[0]),
            _str(values[1]),
            _str(values[2]),
            values[3],
            values[4],
            values[5],
            values[6],
            values[7],
            values[8],
            values[9],
            values[10],
            values[11],
            values[12],
            values[13],
            values[14],
            values[15],
            values[16],
            values[17],
            values[18],
            values[19],
            values[20],
            values[21],
            values[22],
            values[23],
            values[24],
            values[25],
            values[26],
            values[27],
            values[28],
        )


@dataclass(frozen=True)
class StatusAnswer:
    """The answer of STATUS.

    blocks: u32, since it was switched on; one a millisecond.
    knobs: f32 [8], 0..1, in the panel's order.
    cv_volts: f32 [6], V, at the jacks, calibrated, in the panel's order.
    cv_out_volts: f32, V, at the jack CV.
    input_db: f32, dB, peak at IN over the last block, 0 is full scale.
    output_db: f32, dB, peak at L and R over the last block, 0 is full scale.
    load: f32, share of the time that is used, 0..1.
    cv_words: u16 [6], of the ADC.
    gates: u8, bit 0 GATE, bit 1 DRAW, bit 2 the button SLOT.
    gate_out: u8, 1: high.
    lights: u8, bit i is light i + 1.
    slot: u8, that plays; 8: the ticket built into the firmware.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<I8f6fffff6HBBBB")

    blocks: int
    knobs: tuple[float, ...]
    cv_volts: tuple[float, ...]
    cv_out_volts: float
    input_db: float
    output_db: float
    load: float
    cv_words: tuple[int, ...]
    gates: int
    gate_out: int
    lights: int
    slot: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.blocks,
            *self.knobs,
            *self.cv_volts,
            self.cv_out_volts,
            self.input_db,
            self.output_db,
            self.load,
            *self.cv_words,
            self.gates,
            self.gate_out,
            self.lights,
            self.slot,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "StatusAnswer":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
            values[1 : 9],
            values[9 : 15],
            values[15],
            values[16],
            values[17],
            values[18],
            values[19 : 25],
            values[25],
            values[26],
            values[27],
            values[28],
        )


@dataclass(frozen=True)
class TicketListAnswer:
    """The answer of TICKET_LIST.

    slots: Slot [8].
    order: u8 [8], slots, first to last.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<448s8B")

    slots: tuple[Slot, ...]
    order: tuple[int, ...]

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            b"".join(element.pack() for element in self.slots),
            *self.order,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "TicketListAnswer":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            tuple(Slot.unpack(values[0][at : at + 56]) for at in range(0, 448, 56)),
            values[1 : 9],
        )


@dataclass(frozen=True)
class TicketBeginRequest:
    """The request of TICKET_BEGIN.

    checksum: u64, the ticket's own, from its header.
    size: u32, B, of the whole ticket.
    slot: u8.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<QIB3x")

    checksum: int
    size: int
    slot: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.checksum,
            self.size,
            self.slot,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "TicketBeginRequest":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
            values[1],
            values[2],
        )


@dataclass(frozen=True)
class TicketBeginAnswer:
    """The answer of TICKET_BEGIN.

    there: u32, B, have arrived already; send the rest.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<I")

    there: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.there,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "TicketBeginAnswer":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
        )


@dataclass(frozen=True)
class TicketWriteRequest:
    """The request of TICKET_WRITE.

    offset: u32, B, of this piece; where the last one ended.
    slot: u8.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IB3x")

    offset: int
    slot: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.offset,
            self.slot,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "TicketWriteRequest":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
            values[1],
        )


@dataclass(frozen=True)
class TicketWriteAnswer:
    """The answer of TICKET_WRITE.

    there: u32, B, have arrived.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<I")

    there: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.there,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "TicketWriteAnswer":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
        )


@dataclass(frozen=True)
class TicketCommitRequest:
    """The request of TICKET_COMMIT.

    slot: u8.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<B")

    slot: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.slot,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "TicketCommitRequest":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
        )


@dataclass(frozen=True)
class TicketReadRequest:
    """The request of TICKET_READ.

    offset: u32, B.
    size: u16, B, at most `data_bytes`.
    slot: u8.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IHBx")

    offset: int
    size: int
    slot: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.offset,
            self.size,
            self.slot,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "TicketReadRequest":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
            values[1],
            values[2],
        )


@dataclass(frozen=True)
class TicketRemoveRequest:
    """The request of TICKET_REMOVE.

    slot: u8.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<B")

    slot: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.slot,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "TicketRemoveRequest":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
        )


@dataclass(frozen=True)
class TicketPlayRequest:
    """The request of TICKET_PLAY.

    slot: u8, 8: the ticket built into the firmware.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<B")

    slot: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.slot,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "TicketPlayRequest":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
        )


@dataclass(frozen=True)
class TicketOrderRequest:
    """The request of TICKET_ORDER.

    order: u8 [8], each slot once, first to last.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<8B")

    order: tuple[int, ...]

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            *self.order,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "TicketOrderRequest":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0 : 8],
        )


@dataclass(frozen=True)
class MeasureRequest:
    """The request of MEASURE.

    blocks: u16, ms, 1..1000.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<H")

    blocks: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.blocks,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "MeasureRequest":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
        )


@dataclass(frozen=True)
class MeasureAnswer:
    """The answer of MEASURE.

    mean: f32 [6], word, in the panel's order.
    minimum: u16 [6].
    maximum: u16 [6].
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<6f6H6H")

    mean: tuple[float, ...]
    minimum: tuple[int, ...]
    maximum: tuple[int, ...]

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            *self.mean,
            *self.minimum,
            *self.maximum,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "MeasureAnswer":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0 : 6],
            values[6 : 12],
            values[12 : 18],
        )


@dataclass(frozen=True)
class OutputRequest:
    """The request of OUTPUT.

    word: u16, of the DAC, 0..4095.
    hold: u8, 0: lets go at once.
    """

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<HBx")

    word: int
    hold: int

    def pack(self) -> bytes:
        """Bytes in a frame."""
        return self.LAYOUT.pack(
            self.word,
            self.hold,
        )

    @classmethod
    def unpack(cls, body: bytes) -> "OutputRequest":
        """Read the bytes of a frame; what an older one lacks is 0."""
        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\0"))
        return cls(
            values[0],
            values[1],
        )
