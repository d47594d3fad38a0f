"""DMA1 and its request multiplexer (RM 15.5, 17.6): circular streams in direct mode."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register

STREAMS = 8
FIRST, STRIDE = 0x10, 0x18
NAMES = ("CR", "NDTR", "PAR", "M0AR", "M1AR", "FCR")
FLAG_SHIFT = (0, 6, 16, 22)  # of streams 0..3 in LISR and 4..7 in HISR (RM 15.5.1)
HALF, COMPLETE = 1 << 4, 1 << 5
INTERRUPTS = (11, 12, 13, 14, 15, 16, 17, 47)  # RM table 145

DIRECTION, CIRCULAR, MEMORY_INCREMENT = 6, 8, 10
# EN, HTIE, TCIE, DIR, CIRC, MINC, PSIZE, MSIZE, PL: what is modelled of SxCR.
CONTROL = 0x1 | 0x18 | 0xC0 | 0x100 | 0x400 | 0x1800 | 0x6000 | 0x30000


@dataclass(frozen=True)
class Transfer:
    """A running stream: `items` of `width` bytes at `address`, round and round."""

    stream: int
    to_memory: bool
    peripheral: int
    address: int
    items: int
    width: int


class Dmamux(Bank):
    """Which peripheral requests which stream."""

    layout: ClassVar[Layout] = {
        4 * n: Register(f"C{n}CR", 0, 0x7F) for n in range(STREAMS)
    }

    def stream(self, request: int) -> int | None:
        """Stream that serves a request line."""
        for n in range(STREAMS):
            if self.word[f"C{n}CR"] == request:
                return n
        return None


class Dma(Bank):
    """Eight streams.

    set_line(interrupt, level): the NVIC's input. check_buffer(address, bytes): raises
    what the bus matrix or the cache would make of that buffer.
    """

    layout: ClassVar[Layout] = {
        0x0: Register("LISR", 0, 0),
        0x4: Register("HISR", 0, 0),
        0x8: Register("LIFCR", 0),
        0xC: Register("HIFCR", 0),
        **{
            FIRST + STRIDE * n + 4 * i: Register(
                f"S{n}{name}",
                0x21 if name == "FCR" else 0,
                {"CR": CONTROL, "FCR": 0x27, "M1AR": 0}.get(name, 0xFFFFFFFF),
            )
            for n in range(STREAMS)
            for i, name in enumerate(NAMES)
        },
    }

    def __init__(
        self,
        clocked: Callable[[], bool],
        mux: Dmamux,
        set_line: Callable[[int, bool], None],
        check_buffer: Callable[[int, int], None],
    ) -> None:
        super().__init__("DMA1", clocked)
        self._mux = mux
        self._set_line = set_line
        self._check_buffer = check_buffer

    def serving(
        self, request: int, peripheral: int, to_memory: bool
    ) -> Transfer | None:
        """Running stream of a request line; a fault if it moves something else."""
        stream = self._mux.stream(request)
        if stream is None or not self.word[f"S{stream}CR"] & 1:
            return None
        transfer = self._transfer(stream)
        if (transfer.peripheral, transfer.to_memory) != (peripheral, to_memory):
            raise FirmwareError(
                f"DMA1 stream {stream} answers request {request} but moves data "
                f"{'from' if transfer.to_memory else 'to'} 0x{transfer.peripheral:08X}"
            )
        return transfer

    def raise_flag(self, stream: int, flag: int) -> None:
        """Set HALF or COMPLETE of a stream, and its interrupt line if enabled."""
        self.word[_status(stream)] |= flag << FLAG_SHIFT[stream % 4]
        self._update_line(stream)

    def read(self, offset: int, width: int) -> int:
        """Read a register; the count of a running stream is not modelled."""
        stream, place = divmod(offset - FIRST, STRIDE)
        if offset >= FIRST and place == 4 and self.word[f"S{stream}CR"] & 1:
            raise FirmwareError(
                f"DMA1_S{stream}NDTR is read while the stream runs: not modelled"
            )
        return super().read(offset, width)

    def write(self, offset: int, width: int, value: int) -> None:
        """Write a register; a running stream may only be stopped (RM 15.5.5)."""
        if offset < FIRST:
            super().write(offset, width, value)
            return
        stream, place = divmod(offset - FIRST, STRIDE)
        running = self.word[f"S{stream}CR"] & 1
        if running and (place or (value & 1 and value != self.word[f"S{stream}CR"])):
            raise FirmwareError(
                f"DMA1_S{stream}{NAMES[place // 4]} is written while it runs"
            )
        super().write(offset, width, value)
        if place == 0:
            if value & 1 and not running:
                self._start(stream)
            self._update_line(stream)

    def write_lifcr(self, value: int) -> None:
        """Clear flags of streams 0 to 3."""
        self._clear("LISR", value, range(4))

    def write_hifcr(self, value: int) -> None:
        """Clear flags of streams 4 to 7."""
        self._clear("HISR", value, range(4, 8))

    def _clear(self, status: str, flags: int, streams: range) -> None:
        self.word[status] &= ~flags
        for stream in streams:
            self._update_line(stream)

    def _update_line(self, stream: int) -> None:
        flags = self.word[_status(stream)] >> FLAG_SHIFT[stream % 4]
        control = self.word[f"S{stream}CR"]
        # HTIE and TCIE stand one bit below their flags.
        self._set_line(INTERRUPTS[stream], bool(flags >> 1 & control & 0x18))

    def _start(self, stream: int) -> None:
        pending = self.word[_status(stream)] >> FLAG_SHIFT[stream % 4] & 0x3D
        if pending:
            raise FirmwareError(
                f"DMA1 stream {stream} starts before its flags are cleared"
            )
        control = self.word[f"S{stream}CR"]
        needed = 1 << CIRCULAR | 1 << MEMORY_INCREMENT
        if control & needed != needed or control >> DIRECTION & 2:
            raise FirmwareError(
                f"DMA1_S{stream}CR = 0x{control:X}: only circular is modelled"
            )
        if self.word[f"S{stream}FCR"] & 0x4:
            raise FirmwareError(f"DMA1_S{stream}FCR: only direct mode is modelled")
        transfer = self._transfer(stream)
        self._check_buffer(transfer.address, transfer.items * transfer.width)

    def _transfer(self, stream: int) -> Transfer:
        control = self.word[f"S{stream}CR"]
        width, memory_width = 1 << (control >> 11 & 3), 1 << (control >> 13 & 3)
        if width != memory_width:
            raise FirmwareError(
                f"DMA1 stream {stream} has sides of {width} and {memory_width} B"
            )
        return Transfer(
            stream=stream,
            to_memory=not control >> DIRECTION & 1,
            peripheral=self.word[f"S{stream}PAR"],
            address=self.word[f"S{stream}M0AR"],
            items=self.word[f"S{stream}NDTR"] & 0xFFFF,
            width=width,
        )


def _status(stream: int) -> str:
    return "LISR" if stream < 4 else "HISR"
