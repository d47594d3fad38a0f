"""Reset and clock control: oscillators, PLLs, bus and kernel clocks (RM 8.7)."""

from collections.abc import Callable
from typing import ClassVar

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register
from tombola.virtual.timeline import Timeline

HSE_HZ = 16e6  # the Daisy Seed's crystal
HSI_HZ = 64e6

# On bit, ready bit, seconds to start: STM32H750 data sheet (DS12556), tables of the
# oscillators' characteristics: typical HSI and HSE, longest PLL.
OSCILLATORS = {
    "HSI": (0, 2, 4e-6),
    "HSE": (16, 17, 2e-3),
    "PLL1": (24, 25, 150e-6),
    "PLL2": (26, 27, 150e-6),
    "PLL3": (28, 29, 150e-6),
}
DOMAINS_READY = 0xC000  # D1CKRDY, D2CKRDY
# Of RSR (RM 8.7.39; table "Reset source identification"): each reset of the system
# sets PINRSTF and CPURSTF as well.
FORGET = 1 << 16
POWER_ON = 0xFA0000
RESET, BY_SOFTWARE, BY_WATCHDOG = 1 << 22 | 1 << 17, 1 << 24, 1 << 26


class Rcc(Bank):
    """Clocks. `check_core(core_hz, bus_hz)` is asked before the core's clock rises."""

    layout: ClassVar[Layout] = {
        0x00: Register("CR"),
        0x10: Register("CFGR"),
        0x18: Register("D1CFGR", 0, 0xF7F),
        0x1C: Register("D2CFGR", 0, 0x770),
        0x20: Register("D3CFGR", 0, 0x070),
        0x28: Register("PLLCKSELR", 0x02020200),
        0x2C: Register("PLLCFGR", 0x01FF0000, 0x01FF0FFF),
        0x30: Register("PLL1DIVR", 0x01010280),
        0x40: Register("PLL3DIVR", 0x01010280),
        0x4C: Register("D1CCIPR", 0, 0x30),
        0x50: Register("D2CCIP1R", 0, 0x7),
        0x54: Register("D2CCIP2R", 0, 0x303000),
        0x58: Register("D3CCIPR", 0, 0x30000),
        0x80: Register("AHB1RSTR", 0, 1 << 27),
        0xD0: Register("RSR", POWER_ON),
        0xD4: Register("AHB3ENR", 0, 1 << 14),
        0xD8: Register("AHB1ENR", 0, 1 << 27 | 0x21),
        0xDC: Register("AHB2ENR", 0, 0xE0000000),
        0xE0: Register("AHB4ENR", 0, 1 << 28 | 0x7FF),
        0xE8: Register("APB1LENR", 0, 1 << 29 | 1 << 22),
        0xF0: Register("APB2ENR", 0, 1 << 22),
        0xF4: Register("APB4ENR", 1 << 16, 1 << 1),
        0x100: Register("AHB1LPENR", 0x1E038023, 1 << 28),
    }

    def __init__(
        self, timeline: Timeline, check_core: Callable[[float, float], None]
    ) -> None:
        super().__init__("RCC")
        self._timeline = timeline
        self._check_core = check_core
        self.word["CR"] = 1
        self._started = {"HSI": -int(HSI_HZ)}  # when each is ready
        self._core_hz = HSI_HZ
        self.resets: dict[int, Callable[[], None]] = {}  # by bit of AHB1RSTR

    def cycles(self, seconds: float) -> int:
        """Core cycles at the present clock."""
        return round(seconds * self._core_hz)

    def enabled(self, register: str, bit: int) -> Callable[[], bool]:
        """Tell, whenever asked, whether a peripheral's clock runs."""
        return lambda: bool(self.word[register] >> bit & 1)

    def frequency(self, pll: int, output: str) -> float:
        """Frequency in Hz of a PLL's output "P", "Q" or "R"; a fault if it is off."""
        enable = 1 << 16 + 3 * (pll - 1) + "PQR".index(output)
        if not self._ready(f"PLL{pll}") or not self.word["PLLCFGR"] & enable:
            raise FirmwareError(f"PLL{pll} {output} is used but does not run")
        return self._pll_hz(pll, output)

    def apb1_hz(self) -> float:
        """Frequency of APB1 in Hz (RM 8.7.7): HPRE and D2PPRE1 divide the core's."""
        return self.ahb_hz() / self._apb_divider("D2CFGR", 4)

    def ahb_hz(self) -> float:
        """Frequency of AXI and AHB in Hz (RM 8.7.6): HPRE divides the core's."""
        return self._core_hz / self._bus_divider()

    def kernel_hz(self, register: str, lowest_bit: int, width: int) -> float:
        """Frequency in Hz of a peripheral's kernel clock (RM 8.7.19 to 8.7.21)."""
        choice = self.word[register] >> lowest_bit & (1 << width) - 1
        match register, choice:
            case "D1CCIPR", 0:  # QUADSPI
                return self.ahb_hz()
            case "D2CCIP1R", 2:  # SAI1
                return self.frequency(3, "P")
            case "D2CCIP2R", 0:  # I2C1 to I2C3
                return self.apb1_hz()
            case "D2CCIP2R", 1:  # USB
                return self.frequency(1, "Q")
            case "D3CCIPR", 1:  # ADC
                return self.frequency(3, "R")
        raise FirmwareError(f"RCC_{register} selects clock {choice}, not modelled")

    def read_cr(self) -> int:
        """Oscillators that are on, and those that have become ready."""
        value = self.word["CR"] | DOMAINS_READY
        for name, (_, ready, _) in OSCILLATORS.items():
            value |= self._ready(name) << ready
        return value

    def write_cr(self, value: int) -> None:
        """Start and stop oscillators."""
        known = DOMAINS_READY
        for name, (on, ready, _) in OSCILLATORS.items():
            known |= 1 << on | 1 << ready
            if value >> on & 1 and name not in self._started:
                start_up = self.cycles(OSCILLATORS[name][2])
                self._started[name] = self._timeline.now + start_up
            elif not value >> on & 1 and name in self._started:
                self._stop(name)
        if value & ~known:
            raise FirmwareError(
                f"RCC_CR is written with 0x{value:08X}: bits not modelled"
            )
        self.word["CR"] = value & 0x15010001

    def write_ahb1rstr(self, value: int) -> None:
        """Reset peripherals while their bits are 1."""
        for bit, reset in self.resets.items():
            if value >> bit & 1:
                reset()
        if value & ~sum(1 << bit for bit in self.resets):
            raise FirmwareError(f"RCC_AHB1RSTR is 0x{value:08X}: bits not modelled")
        self.word["AHB1RSTR"] = value

    def write_rsr(self, value: int) -> None:
        """Forget why the chip started, while RMVF is 1."""
        if value & FORGET:
            self.word["RSR"] = 0
        self.word["RSR"] = self.word["RSR"] & ~FORGET | value & FORGET

    def note_reset(self, cause: int) -> None:
        """Set a reset's flags, which outlive it."""
        self.word["RSR"] |= RESET | cause

    def write_pllckselr(self, value: int) -> None:
        """Choose the PLLs' source and their input dividers."""
        self._plls_stopped("PLLCKSELR")
        if value & 3 != 2:
            raise FirmwareError(
                "RCC_PLLCKSELR selects a source other than HSE, not modelled"
            )
        self.word["PLLCKSELR"] = value

    def write_pll1divr(self, value: int) -> None:
        """Set PLL1's multiplier and dividers."""
        self._plls_stopped("PLL1DIVR")
        self.word["PLL1DIVR"] = value

    def write_pll3divr(self, value: int) -> None:
        """Set PLL3's multiplier and dividers."""
        self._plls_stopped("PLL3DIVR")
        self.word["PLL3DIVR"] = value

    def write_cfgr(self, value: int) -> None:
        """Switch the system clock: HSI or PLL1 (RM 8.7.4)."""
        switch = value & 7
        if value & ~0x3F or switch not in {0, 3}:
            raise FirmwareError(f"RCC_CFGR is written with 0x{value:08X}: not modelled")
        if self.word["D1CFGR"] >> 8 & 0xF:
            raise FirmwareError("RCC_D1CFGR divides the core's clock: not modelled")
        hertz = self.frequency(1, "P") if switch == 3 else HSI_HZ
        if hertz > self._core_hz:
            self._check_core(hertz, hertz / self._bus_divider())
        self._core_hz = hertz
        self.word["CFGR"] = switch << 3 | switch

    def _ready(self, name: str) -> bool:
        return name in self._started and self._timeline.now >= self._started[name]

    def _stop(self, name: str) -> None:
        source = {0: "HSI", 3: "PLL1"}[self.word["CFGR"] & 7]
        if name == source or (name == "HSE" and source == "PLL1"):
            raise FirmwareError(f"RCC_CR stops {name}, on which the core runs")
        del self._started[name]

    def _plls_stopped(self, register: str) -> None:
        if any(name.startswith("PLL") for name in self._started):
            raise FirmwareError(f"RCC_{register} is written while a PLL is on")

    def _pll_hz(self, pll: int, output: str) -> float:
        divide = self.word["PLLCKSELR"] >> 4 + 8 * (pll - 1) & 0x3F
        dividers = self.word[f"PLL{pll}DIVR"]
        oscillator = HSE_HZ / divide * ((dividers & 0x1FF) + 1)
        if not 192e6 <= oscillator <= 960e6:
            raise FirmwareError(
                f"PLL{pll} would run at {oscillator / 1e6:.0f} MHz, not 192..960"
            )
        shift = {"P": 9, "Q": 16, "R": 24}[output]
        return oscillator / ((dividers >> shift & 0x7F) + 1)

    def _bus_divider(self) -> int:
        code = self.word["D1CFGR"] & 0xF
        return 1 if code < 8 else (2, 4, 8, 16, 64, 128, 256, 512)[code - 8]

    def _apb_divider(self, register: str, lowest_bit: int) -> int:
        code = self.word[register] >> lowest_bit & 7
        return 1 if code < 4 else 2 << code - 4
