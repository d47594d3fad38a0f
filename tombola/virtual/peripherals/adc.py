"""ADC1: calibration, and scans of a sequence by software start (RM 25.6, 25.7)."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register
from tombola.virtual.peripherals.dma import COMPLETE, HALF, Dma
from tombola.virtual.peripherals.rcc import Rcc
from tombola.virtual.timeline import Timeline

ADEN, ADSTART, ADCALLIN, ADVREGEN, DEEPPWD, ADCAL = (
    1 << bit for bit in (0, 2, 16, 28, 29, 31)
)
BOOST = 3 << 8
ADRDY = 1 << 0
REQUEST = 9  # of DMAMUX1 (RM table 121)
DATA = 0x40022040

SAMPLING = (1.5, 2.5, 8.5, 16.5, 32.5, 64.5, 387.5, 810.5)  # clocks (RM 25.4.12)
CONVERSION = 8.5  # clocks of 16 bits (RM 25.4.13)
REGULATOR = 10e-6  # seconds from ADVREGEN to use (DS12556, tADCVREG_STUP)
# ADC clocks of a calibration of offset, and of linearity too (DS12556, tCAL).
CALIBRATION = {False: 1280, True: 165010}
READY = 8  # ADC clocks from ADEN to ADRDY: some; the data sheet gives no figure


class AdcCommon(Bank):
    """What ADC1 and ADC2 share: the clock. Only the kernel clock, undivided."""

    layout: ClassVar[Layout] = {0x08: Register("CCR", 0, 0)}


class Adc(Bank):
    """ADC1. `sample(channel)` gives the 16-bit word of a pin."""

    layout: ClassVar[Layout] = {
        0x00: Register("ISR"),
        0x08: Register("CR", DEEPPWD),
        0x0C: Register("CFGR", 0, 0x1003),  # DMNGT, OVRMOD
        0x10: Register("CFGR2", 0, 0x3FF01E1),  # OSVR, OVSS, ROVSE
        0x14: Register("SMPR1"),
        0x18: Register("SMPR2"),
        0x1C: Register("PCSEL", 0, 0xFFFFF),
        0x30: Register("SQR1"),
        0x34: Register("SQR2"),
    }

    def __init__(
        self,
        clocked: Callable[[], bool],
        *,
        timeline: Timeline,
        rcc: Rcc,
        dma: Dma,
        write_memory: Callable[[int, bytes], None],
        sample: Callable[[int], int],
    ) -> None:
        super().__init__("ADC1", clocked)
        self._timeline = timeline
        self._rcc = rcc
        self._dma = dma
        self._write_memory = write_memory
        self._sample = sample
        self._regulated = 0
        self._calibrated = False

    def read_isr(self) -> int:
        """Whether the converter is ready."""
        return self.word["ISR"]

    def write_isr(self, value: int) -> None:
        """Clear flags by writing ones."""
        self.word["ISR"] &= ~value

    def write_cr(self, value: int) -> None:
        """Power up, calibrate, enable, start; in that order or it is a fault."""
        old = self.word["CR"]
        new = value & ~old
        if value & ~(ADEN | ADSTART | BOOST | ADCALLIN | ADVREGEN | DEEPPWD | ADCAL):
            raise FirmwareError(
                f"ADC1_CR is written with 0x{value:08X}: bits not modelled"
            )
        sticky = old & (ADEN | ADSTART | ADCAL)  # cleared by hardware alone
        if sticky & ~value & ADEN:
            raise FirmwareError("ADC1_CR clears ADEN; only ADDIS does that")
        self.word["CR"] = value | sticky
        if new & ADVREGEN:
            self._regulated = self._timeline.now + self._rcc.cycles(REGULATOR)
        if new & ADCAL:
            self._calibrate()
        if new & ADEN:
            self._enable()
        if new & ADSTART:
            self._start()

    def _calibrate(self) -> None:
        control = self.word["CR"]
        if control & (ADEN | DEEPPWD) or not control & ADVREGEN:
            raise FirmwareError(
                "ADC1 is calibrated while enabled or without its regulator"
            )
        if self._timeline.now < self._regulated:
            raise FirmwareError("ADC1 is calibrated within 10 us of ADVREGEN")
        clocks = CALIBRATION[bool(control & ADCALLIN)]
        self._timeline.after(self._cycles(clocks), self._calibration_done)

    def _calibration_done(self) -> None:
        self.word["CR"] &= ~ADCAL
        self._calibrated = True

    def _enable(self) -> None:
        if not self._calibrated or self.word["CR"] & ADCAL:
            raise FirmwareError("ADC1 is enabled before its calibration is done")
        self._timeline.after(self._cycles(READY), self._enabled)

    def _enabled(self) -> None:
        self.word["ISR"] |= ADRDY

    def _start(self) -> None:
        if not self.word["ISR"] & ADRDY:
            raise FirmwareError("ADC1 is started before ADRDY")
        if self.word["CFGR"] & 3 != 3:
            raise FirmwareError(
                "ADC1 is started without circular DMA, which is not modelled"
            )
        clocks = sum(
            SAMPLING[self._sampling(channel)] + CONVERSION
            for channel in self._sequence()
        )
        self._timeline.after(self._cycles(clocks * self._readings()), self._scanned)

    def _scanned(self) -> None:
        channels = self._sequence()
        transfer = self._dma.serving(REQUEST, DATA, to_memory=True)
        if transfer is None:
            raise FirmwareError("ADC1 converts but no DMA stream takes its words")
        if transfer.items != len(channels) or transfer.width != 2:
            raise FirmwareError(
                f"ADC1 scans {len(channels)} channels of 16 bits into a DMA buffer of "
                f"{transfer.items} items of {8 * transfer.width} bits: not modelled"
            )
        words = [self._convert(channel) for channel in channels]
        self._write_memory(transfer.address, np.array(words, "<u2").tobytes())
        self._dma.raise_flag(transfer.stream, HALF | COMPLETE)
        self.word["CR"] &= ~ADSTART

    def _convert(self, channel: int) -> int:
        if not self.word["PCSEL"] >> channel & 1:
            raise FirmwareError(
                f"ADC1 converts channel {channel}, not selected in ADC1_PCSEL"
            )
        shift = self.word["CFGR2"] >> 5 & 0xF
        return self._sample(channel) * self._readings() >> shift & 0xFFFF

    def _readings(self) -> int:
        """Conversions that oversampling takes for one word."""
        oversampled = self.word["CFGR2"] & 1
        return (self.word["CFGR2"] >> 16 & 0x3FF) + 1 if oversampled else 1

    def _sequence(self) -> list[int]:
        ranks = self.word["SQR1"] | self.word["SQR2"] << 30  # five fields of six bits
        length = (self.word["SQR1"] & 0xF) + 1
        if length > 9:
            raise FirmwareError(f"ADC1_SQR1 asks for {length} ranks; 9 are modelled")
        return [ranks >> 6 * (rank + 1) & 0x1F for rank in range(length)]

    def _sampling(self, channel: int) -> int:
        bank, place = divmod(channel, 10)
        return self.word[f"SMPR{bank + 1}"] >> 3 * place & 7

    def _cycles(self, clocks: float) -> int:
        """Core cycles of ADC clocks; revision V halves the kernel clock (RM 25.4.3)."""
        return self._rcc.cycles(clocks * 2 / self._rcc.kernel_hz("D3CCIPR", 16, 2))
