"""The STM32H750: memory and peripherals around the core."""

import struct
from collections.abc import Callable

import numpy as np
from unicorn import UC_PROT_ALL, UC_PROT_EXEC, UC_PROT_NONE, UC_PROT_READ

from tombola.virtual.core import Core
from tombola.virtual.faults import FirmwareError
from tombola.virtual.flash_chip import SIZE, FlashChip
from tombola.virtual.image import Image
from tombola.virtual.peripherals.adc import Adc, AdcCommon
from tombola.virtual.peripherals.dac import Dac
from tombola.virtual.peripherals.dma import Dma, Dmamux
from tombola.virtual.peripherals.dwt import Dwt
from tombola.virtual.peripherals.flash import Dbgmcu, Flash, UniqueId
from tombola.virtual.peripherals.gpio import Gpio
from tombola.virtual.peripherals.i2c import I2c
from tombola.virtual.peripherals.iwdg import Iwdg
from tombola.virtual.peripherals.nvic import Nvic
from tombola.virtual.peripherals.pwr import USB_DETECTOR, Pwr
from tombola.virtual.peripherals.quadspi import Quadspi
from tombola.virtual.peripherals.rcc import BY_SOFTWARE, BY_WATCHDOG, Rcc
from tombola.virtual.peripherals.sai import BASE as SAI1
from tombola.virtual.peripherals.sai import Sai
from tombola.virtual.peripherals.syscfg import Syscfg
from tombola.virtual.peripherals.system import CacheMaintenance, Mpu, SystemControl
from tombola.virtual.peripherals.usb import BASE as OTG2
from tombola.virtual.peripherals.usb import INTERRUPT as OTG2_INTERRUPT
from tombola.virtual.peripherals.usb import Otg

FLASH = 0x08000000
FLASH_SIZE = 128 << 10
# Name, address, bytes (RM 2.3.2).
RAM = (
    ("ITCM", 0x00000000, 64 << 10),
    ("DTCM", 0x20000000, 128 << 10),
    ("AXI SRAM", 0x24000000, 512 << 10),
    ("D2 SRAM", 0x30000000, 288 << 10),
    ("D3 SRAM", 0x38000000, 64 << 10),
    ("backup SRAM", 0x38800000, 4 << 10),
)
DMA_REACH = ("AXI SRAM", "D2 SRAM", "D3 SRAM")  # RM figure 1: not the TCMs
BACKUP, BACKUP_SIZE = 0x38800000, 4 << 10  # of RAM, closed at first
WINDOW = 0x90000000  # where QUADSPI maps the flash chip
SRAM1_END = 0x30020000  # what RCC_AHB2ENR.SRAM1EN switches on
CORE_MHZ = (480, 400, 300, 200)  # limit at voltage scales 0..3 (DS12556)
PORTS = "ABCDEFGHIJK"
UNIQUE_ID = 0x1FF1E800
# The loader in ROM (ST AN2606), of which there is only that it was reached.
SYSTEM_MEMORY, SYSTEM_SIZE, LOADER = 0x1FF00000, 0x1E000, 0x1FF09800
LOADER_STACK = 0x20001000
SLEEP = b"\x30\xbf\xfd\xe7"  # wfi, for ever
USB_FUNCTION = 10  # of PA11 and PA12


class Chip:
    """An STM32H750 with an image in its flash, after reset.

    sample(channel) gives the 16-bit word that ADC1 reads at a channel. flash_chip is
    on QUADSPI; a new one if none is given.
    """

    def __init__(
        self,
        image: Image,
        sample: Callable[[int], int],
        flash_chip: FlashChip | None = None,
    ) -> None:
        self.restarts = False
        self.core = Core(image)
        self.timeline = self.core.timeline
        self._map_memory(image)
        self._make_system()
        self._make_clocks()
        self._make_peripherals(sample)
        self._make_flash_chip(flash_chip or FlashChip())
        self._attach()
        self.core.reset(FLASH)

    @property
    def in_loader(self) -> bool:
        """Whether the core runs the loader in the chip's ROM."""
        return SYSTEM_MEMORY <= self.core.pc < SYSTEM_MEMORY + SYSTEM_SIZE

    def read_memory(self, address: int, size: int) -> bytes:
        """Bytes at an address, as DMA or a debugger sees them."""
        return bytes(self.core.engine.mem_read(address, size))

    def write_memory(self, address: int, content: bytes) -> None:
        """Put bytes at an address, as DMA or a debugger does."""
        self.core.engine.mem_write(address, content)

    def take_over(self, before: "Chip") -> None:
        """Be the chip that asked for a reset: with what that leaves alone."""
        for _, address, size in RAM:
            self.write_memory(address, before.read_memory(address, size))
        self.rcc.word["RSR"] = before.rcc.word["RSR"]

    def _map_memory(self, image: Image) -> None:
        engine = self.core.engine
        engine.mem_map(FLASH, FLASH_SIZE, UC_PROT_READ | UC_PROT_EXEC)
        engine.mem_write(FLASH, b"\xff" * FLASH_SIZE)
        # What RAM holds after power-on is not known; here it is noise that repeats.
        noise = np.random.default_rng(750)
        for _, address, size in RAM:
            engine.mem_map(address, size, UC_PROT_ALL)
            engine.mem_write(address, noise.bytes(size))
        engine.mem_protect(BACKUP, BACKUP_SIZE, UC_PROT_NONE)
        engine.mem_map(SYSTEM_MEMORY, SYSTEM_SIZE, UC_PROT_READ | UC_PROT_EXEC)
        engine.mem_write(LOADER, struct.pack("<II", LOADER_STACK, LOADER + 9) + SLEEP)
        for address, content in image.segments:
            if not FLASH <= address <= FLASH + FLASH_SIZE - len(content):
                raise FirmwareError(
                    f"the firmware has {len(content)} B at 0x{address:08X}, outside "
                    f"the {FLASH_SIZE >> 10} KB of flash at 0x{FLASH:08X}"
                )
            engine.mem_write(address, content)

    def _make_system(self) -> None:
        core = self.core
        self.nvic = Nvic(core.pend, core.reconsider)
        self.scb = SystemControl(core.pend, lambda: self._restart(BY_SOFTWARE))
        self.mpu = Mpu()
        self.dwt = Dwt(self.timeline, self.scb)
        core.exceptions.connect(self.nvic, self.scb)

    def _make_clocks(self) -> None:
        self.pwr = Pwr(self.timeline, self._open_backup)
        self.flash = Flash("FLASH")
        self.rcc = Rcc(self.timeline, self._check_core)
        self.watchdog = Iwdg(
            self.timeline, self.rcc, lambda: self._restart(BY_WATCHDOG)
        )
        self.syscfg = Syscfg(self.rcc.enabled("APB4ENR", 1), self.pwr)

    def _make_peripherals(self, sample: Callable[[int], int]) -> None:
        clock, time, rcc = self.rcc.enabled, self.timeline, self.rcc
        self.gpio = {
            letter: Gpio(letter, clock("AHB4ENR", bit))
            for bit, letter in enumerate(PORTS)
        }
        dma_clock = clock("AHB1ENR", 0)
        self.dmamux = Dmamux("DMAMUX1", dma_clock)
        self.dma = Dma(dma_clock, self.dmamux, self.nvic.set_line, self._check_buffer)
        adc_clock = clock("AHB1ENR", 5)
        self.adc_common = AdcCommon("ADC12", adc_clock)
        self.adc = Adc(
            adc_clock,
            timeline=time,
            rcc=rcc,
            dma=self.dma,
            write_memory=self.write_memory,
            sample=sample,
        )
        self.dac = Dac("DAC1", clock("APB1LENR", 29))
        self.i2c = I2c(clock("APB1LENR", 22), time, rcc)
        self.sai = Sai(
            clock("APB2ENR", 22),
            timeline=time,
            rcc=rcc,
            dma=self.dma,
            read_memory=self.read_memory,
            write_memory=self.write_memory,
        )

        self.otg = Otg(
            clock("AHB1ENR", 27),
            lambda level: self.nvic.set_line(OTG2_INTERRUPT, level),
            self._check_usb,
        )
        rcc.resets[27] = self.otg.reset

    def _make_flash_chip(self, flash_chip: FlashChip) -> None:
        self.flash_chip = flash_chip
        flash_chip.power_on()
        flash_chip.after = lambda seconds, action: self.timeline.after(
            self.rcc.cycles(seconds), action
        )
        flash_chip.power_off = self._power_off
        content = flash_chip.content.ctypes.data
        self.core.engine.mem_map_ptr(WINDOW, SIZE, UC_PROT_NONE, content)
        self.quadspi = Quadspi(
            self.rcc.enabled("AHB3ENR", 14),
            timeline=self.timeline,
            rcc=self.rcc,
            chip=flash_chip,
            on_map=self._on_map,
        )
        self.mpu.on_change = self._set_window
        self._window_open = False

    def _on_map(self) -> None:
        if not self.quadspi.mapped and self.mpu.readable(WINDOW):
            raise FirmwareError(
                "QUADSPI leaves memory-mapped mode while the MPU lets the core read "
                f"ahead at 0x{WINDOW:08X}; take the region away before"
            )
        self._set_window()

    def _set_window(self) -> None:
        """Let the program read the flash chip, or not."""
        is_open = self.quadspi.mapped and self.mpu.readable(WINDOW)
        if is_open == self._window_open:
            return
        if is_open and self.scb.caching() and self.mpu.cached(WINDOW):
            raise FirmwareError(
                f"the flash chip is mapped at 0x{WINDOW:08X}, which the data cache "
                "covers; make it uncached in the MPU"
            )
        self._window_open = is_open
        protection = UC_PROT_READ if is_open else UC_PROT_NONE
        self.core.engine.mem_protect(WINDOW, SIZE, protection)
        self.core.forget_permissions()

    def _power_off(self) -> None:
        self.core.stopped = True
        self.timeline.stop()

    def _attach(self) -> None:
        bus = self.core.bus
        bus.open(UNIQUE_ID & ~0xFFF, 0x1000)
        bus.open(0x40000000, 0x20000000)
        bus.open(0xE0001000, 0x1000)
        bus.open(0xE000E000, 0x1000)
        banks = {
            0x40005800: self.i2c,
            0x40007400: self.dac,
            SAI1: self.sai,
            UNIQUE_ID: UniqueId("UID"),
            OTG2: self.otg,
            0x40020000: self.dma,
            0x40020800: self.dmamux,
            0x40022000: self.adc,
            0x40022300: self.adc_common,
            0x52002000: self.flash,
            0x52005000: self.quadspi,
            0x58000400: self.syscfg,
            0x58004800: self.watchdog,
            0x58024400: self.rcc,
            0x58024800: self.pwr,
            0x5C001000: Dbgmcu("DBGMCU"),
            0xE0001000: self.dwt,
            0xE000E100: self.nvic,
            0xE000ED00: self.scb,
            0xE000ED90: self.mpu,
            0xE000EF50: CacheMaintenance("SCB"),
            **{
                0x58020000 + 0x400 * i: self.gpio[letter]
                for i, letter in enumerate(PORTS)
            },
        }
        for base, bank in banks.items():
            bus.attach(bank, base)

    def _open_backup(self) -> None:
        """Backup SRAM answers once it has a clock and may be written (RM 6.8.1)."""
        if not self.rcc.enabled("AHB4ENR", 28)():
            raise FirmwareError("PWR_CR1.DBP is set while backup SRAM has no clock")
        self.core.engine.mem_protect(BACKUP, BACKUP_SIZE, UC_PROT_ALL)

    def _restart(self, cause: int) -> None:
        """Ask for a reset: whoever runs the chip has to see to it."""
        self.rcc.note_reset(cause)
        self.restarts = True
        self.core.stopped = True

    def _check_core(self, core_hz: float, bus_hz: float) -> None:
        """What would make the chip hang when its clock rises (RM 4.3.8, 6.6.2)."""
        scale = self.pwr.scale()
        if core_hz > CORE_MHZ[scale] * 1e6:
            raise FirmwareError(
                f"the core would run at {core_hz / 1e6:.0f} MHz at voltage scale "
                f"{scale}, which allows {CORE_MHZ[scale]}"
            )
        if not self.flash.fast_enough(bus_hz):
            raise FirmwareError(
                f"the flash's bus would run at {bus_hz / 1e6:.0f} MHz with FLASH_ACR = "
                f"0x{self.flash.word['ACR']:X}: too few wait states"
            )

    def _check_usb(self) -> None:
        """What would keep the USB bus silent when the pull-up is switched on."""
        if not self.pwr.word["CR3"] & USB_DETECTOR:
            raise FirmwareError("USB starts without PWR_CR3.USB33DEN")
        hertz = self.rcc.kernel_hz("D2CCIP2R", 20, 2)
        if abs(hertz / 48e6 - 1) > 2.5e-3:  # USB 2.0, 7.1.11
            raise FirmwareError(f"USB runs at {hertz / 1e6:.2f} MHz, not 48 in 0.25 %")
        for number in (11, 12):
            if self.gpio["A"].function(number) != USB_FUNCTION:
                raise FirmwareError(f"USB is used but PA{number} is not its pin")
        if self.rcc.word["AHB1LPENR"] & 1 << 28:
            raise FirmwareError(
                "USB would stop with each WFI: AHB1LPENR.USB2OTGHSULPILPEN is set"
            )

    def _check_buffer(self, address: int, size: int) -> None:
        """What would make DMA fail or the core read stale data."""
        name = next(
            (
                name
                for name, base, length in RAM
                if base <= address and address + size <= base + length
            ),
            "no memory",
        )
        if name not in DMA_REACH:
            raise FirmwareError(
                f"a DMA buffer lies at 0x{address:08X} ({name}), out of reach"
            )
        sram1 = name == "D2 SRAM" and address < SRAM1_END
        if sram1 and not self.rcc.enabled("AHB2ENR", 29)():
            raise FirmwareError(
                f"a DMA buffer lies at 0x{address:08X}, but SRAM1 has no clock"
            )
        if self.scb.caching() and self.mpu.cached(address):
            raise FirmwareError(
                f"a DMA buffer lies at 0x{address:08X}, which the data cache covers; "
                "make it uncached in the MPU"
            )
