"""SAI1: stereo audio between the codec and two circular DMA buffers (RM 51.5).

One block transmits and one receives, in step. Time goes by halves of the buffers: at
the end of each, the received half is whole in memory, and the transmitter begins to
send the other half, which is what the program wrote one interrupt ago.
"""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register
from tombola.virtual.peripherals.dma import COMPLETE, HALF, Dma, Transfer
from tombola.virtual.peripherals.rcc import Rcc
from tombola.virtual.timeline import Timeline

BASE = 0x40015800
REQUESTS = {"A": 87, "B": 88}  # of DMAMUX1 (RM table 121)
DATA = {"A": BASE + 0x20, "B": BASE + 0x40}
NAMES = ("CR1", "CR2", "FRCR", "SLOTR", "IM", "SR", "CLRFR", "DR")

ENABLED, DMA_ENABLED = 1 << 16, 1 << 17
MODE, DATA_SIZE, SYNC = 0x3, 0xE0, 0xC00
MASTER_DIVIDER = 20
# Everything in CR1 that is modelled: MODE, DS, CKSTR, SYNCEN, SAIEN, DMAEN, MCKDIV.
CONTROL = MODE | DATA_SIZE | 1 << 9 | SYNC | ENABLED | DMA_ENABLED | 0x3F << 20
# 24 bits (DS 6). A frame of 64 clocks, whose FS is high for the first 32, so that it
# tells the sides; two slots of 32 bits, both used; left-justified.
FORMAT, FRAME, SLOTS = 6 << 5, 0x00031F3F, 0x00030180
SIDES = 2

Exchange = Callable[[NDArray[np.int32]], NDArray[np.int32]]


class Sai(Bank):
    """SAI1, blocks A and B.

    exchange(transmitted) is called once a half with int32 [frames, 2] that is now being
    sent, and returns the same shape that has been received; 24 bits, sign-extended.
    """

    layout: ClassVar[Layout] = {
        4 + 0x20 * i + 4 * n: Register(
            f"{block}{name}", 0x40 if name == "CR1" else 0, _writable
        )
        for i, block in enumerate("AB")
        for n, (name, _writable) in enumerate(
            zip(NAMES, (CONTROL, 0x8, 0x7FFFF, 0xFFFF0FDF, 0, 0, 0x77, 0), strict=True)
        )
    }

    def __init__(
        self,
        clocked: Callable[[], bool],
        *,
        timeline: Timeline,
        rcc: Rcc,
        dma: Dma,
        read_memory: Callable[[int, int], bytes],
        write_memory: Callable[[int, bytes], None],
    ) -> None:
        super().__init__("SAI1", clocked)
        self._timeline = timeline
        self._rcc = rcc
        self._dma = dma
        self._read_memory = read_memory
        self._write_memory = write_memory
        self._half = 0
        self.exchange: Exchange = np.zeros_like
        self.on_start: Callable[[], None] = lambda: None

    def write_acr1(self, value: int) -> None:
        """Configure or enable block A."""
        self._control("A", value)

    def write_bcr1(self, value: int) -> None:
        """Configure or enable block B."""
        self._control("B", value)

    def write_acr2(self, value: int) -> None:
        """Flush block A's FIFO: FFLUSH falls by itself."""
        self.word["ACR2"] = value & ~0x8

    def write_bcr2(self, value: int) -> None:
        """Flush block B's FIFO: FFLUSH falls by itself."""
        self.word["BCR2"] = value & ~0x8

    def read_asr(self) -> int:
        """FIFO level of block A."""
        return self._level("A")

    def read_bsr(self) -> int:
        """FIFO level of block B."""
        return self._level("B")

    def _level(self, block: str) -> int:
        """A transmitter's FIFO is filled as soon as DMA serves it."""
        control = self.word[f"{block}CR1"]
        transmits = not control & 1
        served = control & DMA_ENABLED and self._transfer(block) is not None
        return 5 << 16 if transmits and served else 0

    def _control(self, block: str, value: int) -> None:
        name = f"{block}CR1"
        changed = value ^ self.word[name]
        if changed & ~CONTROL:
            raise FirmwareError(
                f"SAI1_{name} is written with 0x{value:08X}: bits not modelled"
            )
        if self.word[name] & ENABLED and changed:
            raise FirmwareError(f"SAI1_{name} is changed while the block runs")
        self.word[name] = value
        if changed & ENABLED:
            self._check_format(block)
            if all(self.word[f"{b}CR1"] & ENABLED for b in "AB"):
                self._start(last=block)

    def _check_format(self, block: str) -> None:
        control = self.word[f"{block}CR1"]
        wanted = (FORMAT, FRAME, SLOTS)
        found = (
            control & DATA_SIZE,
            self.word[f"{block}FRCR"],
            self.word[f"{block}SLOTR"],
        )
        if found != wanted:
            raise FirmwareError(
                f"SAI1_{block} has DS, FRCR, SLOTR = {[hex(v) for v in found]}; for "
                f"left-justified 24 bits they are {[hex(v) for v in wanted]}"
            )
        if not control & DMA_ENABLED or self._transfer(block) is None:
            raise FirmwareError(f"SAI1_{block} is enabled but no DMA stream serves it")

    def _start(self, last: str) -> None:
        modes = {block: self.word[f"{block}CR1"] & MODE for block in "AB"}
        master, slave = ("A", "B") if modes["A"] < 2 else ("B", "A")
        if modes[master] > 1 or modes[slave] < 2 or modes["A"] & 1 == modes["B"] & 1:
            raise FirmwareError(
                f"SAI1's blocks have modes {modes}: not a master and its slave"
            )
        if self.word[f"{slave}CR1"] & SYNC != 1 << 10 or last == slave:
            raise FirmwareError(
                "SAI1's slave is not synchronous, or enabled after its master"
            )
        # RM 51.4.8: MCLK is 256 samples a sample.
        divider = self.word[f"{master}CR1"] >> MASTER_DIVIDER & 0x3F or 1
        rate = self._rcc.kernel_hz("D2CCIP1R", 0, 3) / divider / 256
        if abs(rate / 48000 - 1) > 1e-3:
            raise FirmwareError(
                f"SAI1 would run at {rate:.0f} Hz, not 48000 within 0.1 %"
            )
        if self._frames("A") != self._frames("B"):
            raise FirmwareError("SAI1's two DMA buffers differ in length")
        self._half = 0
        self.on_start()
        self._timeline.after(self._half_cycles(), self._half_done)

    def _half_done(self) -> None:
        """One half has been received and sent; RM 15.3.9 for the flags."""
        out, into = sorted("AB", key=lambda b: self.word[f"{b}CR1"] & 1)
        sent, received = self._stream(out), self._stream(into)
        flag = COMPLETE if self._half else HALF
        self._dma.raise_flag(sent.stream, flag)
        other = self._read_memory(*_half_of(sent, 1 - self._half))
        frames = self.exchange(_from_wire(other))
        address, _ = _half_of(received, self._half)
        # RM 51.4.9: 24 bits, right-aligned; what is above them is zero.
        self._write_memory(address, (frames & 0xFFFFFF).astype("<i4").tobytes())
        self._dma.raise_flag(received.stream, flag)
        self._half = 1 - self._half
        self._timeline.after(self._half_cycles(), self._half_done)

    def _half_cycles(self) -> int:
        """Core cycles of one half, at the nominal 48 kHz (the true rate is 48,014)."""
        return self._rcc.cycles(self._frames("A") / 48000)

    def _frames(self, block: str) -> int:
        return self._stream(block).items // 2 // SIDES

    def _transfer(self, block: str) -> Transfer | None:
        receives = bool(self.word[f"{block}CR1"] & 1)
        return self._dma.serving(REQUESTS[block], DATA[block], receives)

    def _stream(self, block: str) -> Transfer:
        transfer = self._transfer(block)
        if transfer is None or transfer.width != 4 or transfer.items % (2 * SIDES):
            raise FirmwareError(
                f"SAI1_{block}'s DMA stream is off, or not of 32-bit frames"
            )
        return transfer


def _half_of(transfer: Transfer, half: int) -> tuple[int, int]:
    """Address and bytes of one half of a buffer."""
    size = transfer.items * transfer.width // 2
    return transfer.address + half * size, size


def _from_wire(memory: bytes) -> NDArray[np.int32]:
    """24 bits of each word, sign-extended, as int32 [frames, 2]."""
    words = np.frombuffer(memory, "<i4").reshape(-1, SIDES)
    return (words << 8) >> 8
