"""The chip's peripherals, register by register: what works and what is a fault."""

import struct
from collections.abc import Callable

import pytest

from tombola.virtual.chip import Chip
from tombola.virtual.codecs import Wm8731
from tombola.virtual.faults import FirmwareError
from tombola.virtual.image import Image
from tombola.virtual.peripherals.bank import Bank

ENDLESS = b"\xfe\xe7"  # b .
BUFFER = 0x30000000


@pytest.fixture
def chip() -> Chip:
    return new_chip()


def new_chip() -> Chip:
    """Return a chip that runs an endless loop, its ADC channels reading 1000 n."""
    code = struct.pack("<2I", 0x20010000, 0x08000009) + ENDLESS
    return Chip(Image(((0x08000000, code),), {}, ()), lambda channel: 1000 * channel)


def write(bank: Bank, name: str, value: int) -> None:
    offsets = {register.name: offset for offset, register in bank.layout.items()}
    bank.write(offsets[name], 4, value)


def read(bank: Bank, name: str) -> int:
    offsets = {register.name: offset for offset, register in bank.layout.items()}
    return bank.read(offsets[name], 4)


def wait(chip: Chip, seconds: float) -> None:
    chip.core.run(chip.core.clock.now + chip.rcc.cycles(seconds) + 2)


def start_clocks(chip: Chip, *, without: str = "") -> None:
    """Take the core to 480 MHz and PLL3 to the SAI's and the ADC's frequencies."""
    write(chip.pwr, "CR3", 2)
    write(chip.pwr, "D3CR", 3 << 14)
    write(chip.rcc, "APB4ENR", 1 << 16 | 1 << 1)
    if without != "overdrive":
        write(chip.syscfg, "PWRCR", 1)
    write(chip.rcc, "CR", 1 | 1 << 16)
    wait(chip, 3e-3)
    write(chip.rcc, "PLLCKSELR", 2 | 4 << 4 | 6 << 20)
    write(chip.rcc, "PLLCFGR", 2 << 2 | 1 << 10 | 1 << 16 | 1 << 22 | 1 << 24)
    write(chip.rcc, "PLL1DIVR", 239 | 1 << 9)
    write(chip.rcc, "PLL3DIVR", 294 | 15 << 9 | 31 << 24)
    write(chip.rcc, "CR", 1 | 1 << 16 | 1 << 24 | 1 << 28)
    wait(chip, 0 if without == "lock" else 200e-6)
    if without != "wait states":
        write(chip.flash, "ACR", 0x24)
    else:
        write(chip.flash, "ACR", 0x22)
    write(chip.rcc, "D1CFGR", 8)
    write(chip.rcc, "D2CFGR", 0x440)
    write(chip.rcc, "CFGR", 3)
    write(chip.rcc, "D2CCIP1R", 2)
    write(chip.rcc, "D3CCIPR", 1 << 16)
    write(chip.rcc, "AHB1ENR", 0x21)
    write(chip.rcc, "AHB2ENR", 1 << 29)


def test_clocks_come_out_as_programmed(chip: Chip) -> None:
    start_clocks(chip)
    assert chip.rcc.cycles(1.0) == 480_000_000
    assert chip.rcc.apb1_hz() == 120e6
    assert chip.rcc.frequency(3, "P") == pytest.approx(49.16667e6, rel=1e-6)
    assert chip.rcc.frequency(3, "R") == pytest.approx(24.58333e6, rel=1e-6)


def test_an_oscillator_takes_time_to_start(chip: Chip) -> None:
    write(chip.rcc, "CR", 1 | 1 << 16)
    wait(chip, 1.9e-3)
    assert not read(chip.rcc, "CR") & 1 << 17
    wait(chip, 0.2e-3)
    assert read(chip.rcc, "CR") & 1 << 17


@pytest.mark.parametrize(
    ("without", "message"),
    [
        ("overdrive", "480 MHz at voltage scale 1, which allows 400"),
        ("wait states", "240 MHz with FLASH_ACR = 0x22: too few wait states"),
        ("lock", "PLL1 P is used but does not run"),
    ],
)
def test_a_clock_too_fast_is_a_fault(chip: Chip, without: str, message: str) -> None:
    with pytest.raises(FirmwareError, match=message):
        start_clocks(chip, without=without)


def test_the_cycle_counter_counts_once_it_is_unlocked(chip: Chip) -> None:
    dwt = chip.dwt
    with pytest.raises(FirmwareError, match="without DEMCR"):
        read(dwt, "CYCCNT")
    write(chip.scb, "DEMCR", 1 << 24)
    with pytest.raises(FirmwareError, match="before DWT_LAR has unlocked"):
        write(dwt, "CTRL", 0x40000001)
    write(dwt, "LAR", 0xC5ACCE55)
    write(dwt, "CYCCNT", 0)
    write(dwt, "CTRL", 0x40000001)
    before = chip.timeline.now
    wait(chip, 1e-4)
    assert read(dwt, "CYCCNT") == chip.timeline.now - before


def test_a_watchdog_that_is_not_fed_restarts_the_chip(chip: Chip) -> None:
    with pytest.raises(FirmwareError, match="without the key"):
        write(chip.watchdog, "PR", 0)
    for name, value in (("KR", 0xCCCC), ("KR", 0x5555), ("RLR", 7), ("KR", 0xAAAA)):
        write(chip.watchdog, name, value)
    for _ in range(3):
        wait(chip, 0.9e-3)  # of 8 / 8 kHz
        assert not chip.restarts
        write(chip.watchdog, "KR", 0xAAAA)
    wait(chip, 0.6)  # it was started with its longest period
    assert chip.restarts
    assert read(chip.rcc, "RSR") & 1 << 26


def test_why_a_chip_started_is_told_until_it_is_to_be_forgotten(chip: Chip) -> None:
    assert read(chip.rcc, "RSR") == 0xFA0000, "power on (RM0433, table of reset flags)"
    write(chip.rcc, "RSR", 1 << 16)
    write(chip.rcc, "RSR", 0)
    assert read(chip.rcc, "RSR") == 0
    write(chip.scb, "AIRCR", 0x05FA0004)
    after = new_chip()
    after.take_over(chip)
    assert read(after.rcc, "RSR") == 0x01420000, "software"


def test_backup_memory_answers_when_it_is_opened(chip: Chip) -> None:
    with pytest.raises(FirmwareError, match="has no clock"):
        write(chip.pwr, "CR1", 0xF000C100)
    write(chip.rcc, "AHB4ENR", 1 << 28)
    write(chip.pwr, "CR1", 0xF000C100)
    chip.write_memory(0x38800000, b"kept")
    after = new_chip()
    after.take_over(chip)
    assert after.read_memory(0x38800000, 4) == b"kept"


def start_stream(chip: Chip, stream: int, **registers: int) -> None:
    """Start a circular stream of half words from ADC1 into BUFFER."""
    defaults = {"NDTR": 3, "PAR": 0x40022040, "M0AR": BUFFER, "FCR": 0, "CR": 0x2D00}
    for name, value in {**defaults, **registers}.items():
        write(chip.dma, f"S{stream}{name}", value)
    write(chip.dma, f"S{stream}CR", registers.get("CR", 0x2D00) | 1)


@pytest.mark.parametrize(
    ("registers", "message"),
    [
        ({"M0AR": 0x20000000}, r"0x20000000 \(DTCM\), out of reach"),
        ({"M0AR": 0x60000000}, r"no memory\), out of reach"),
        ({"CR": 0x2C00}, "only circular is modelled"),
        ({"CR": 0x0D00}, "sides of 2 and 1 B"),
        ({"FCR": 4}, "only direct mode"),
        ({"CR": 0x102D00}, "bits 0x00100000"),
    ],
)
def test_a_stream_that_could_not_work_is_a_fault(
    chip: Chip, registers: dict[str, int], message: str
) -> None:
    start_clocks(chip)
    with pytest.raises(FirmwareError, match=message):
        start_stream(chip, 2, **registers)


def test_a_running_stream_keeps_its_settings(chip: Chip) -> None:
    start_clocks(chip)
    start_stream(chip, 2)
    with pytest.raises(FirmwareError, match="S2NDTR is written while it runs"):
        write(chip.dma, "S2NDTR", 5)


def test_a_buffer_in_the_cache_is_a_fault(chip: Chip) -> None:
    start_clocks(chip)
    write(chip.scb, "CCR", 0x00040200 | 1 << 16)
    with pytest.raises(FirmwareError, match="which the data cache covers"):
        start_stream(chip, 2)
    write(chip.dma, "S2CR", 0)
    write(chip.mpu, "RNR", 1)
    write(chip.mpu, "RBAR", BUFFER)
    write(chip.mpu, "RASR", 3 << 24 | 1 << 19 | 14 << 1 | 1)
    write(chip.mpu, "CTRL", 5)
    start_stream(chip, 2)


def start_adc(chip: Chip) -> None:
    """Calibrate ADC1 and set it to scan channels 4, 15 and 10, 16 times each."""
    write(chip.adc, "CR", 0)
    write(chip.adc, "CR", 1 << 28)
    wait(chip, 10e-6)
    write(chip.adc, "CR", 1 << 28 | 1 << 16)
    write(chip.adc, "CR", 1 << 31 | 1 << 28 | 1 << 16)
    wait(chip, 14e-3)
    assert not read(chip.adc, "CR") >> 31
    write(chip.adc, "CR", 1 << 28 | 1)
    wait(chip, 2e-6)
    assert read(chip.adc, "ISR") & 1
    write(chip.adc, "CFGR", 1 << 12 | 3)
    write(chip.adc, "CFGR2", 15 << 16 | 4 << 5 | 1)
    write(chip.adc, "SMPR1", 5 << 12)
    write(chip.adc, "SMPR2", 5 << 15 | 5)
    write(chip.adc, "PCSEL", 1 << 4 | 1 << 15 | 1 << 10)
    write(chip.adc, "SQR1", 2 | 4 << 6 | 15 << 12 | 10 << 18)
    write(chip.dmamux, "C2CR", 9)


def test_a_scan_takes_its_time_and_fills_the_buffer(chip: Chip) -> None:
    start_clocks(chip)
    start_adc(chip)
    start_stream(chip, 2)
    chip.write_memory(BUFFER, bytes(6))
    write(chip.adc, "CR", 1 << 28 | 1 | 1 << 2)
    # 3 channels, 16 readings of 64.5 + 8.5 clocks, at 24.583 / 2 MHz: 285.07 us.
    wait(chip, 284e-6)
    assert chip.read_memory(BUFFER, 6) == bytes(6)
    assert read(chip.adc, "CR") & 1 << 2
    wait(chip, 2e-6)
    assert struct.unpack("<3H", chip.read_memory(BUFFER, 6)) == (4000, 15000, 10000)
    assert not read(chip.adc, "CR") & 1 << 2


def _start_uncalibrated(chip: Chip) -> None:
    write(chip.adc, "CR", 1 << 28)
    write(chip.adc, "CR", 1 << 28 | 1)


def _calibrate_at_once(chip: Chip) -> None:
    write(chip.adc, "CR", 1 << 28)
    write(chip.adc, "CR", 1 << 31 | 1 << 28)


def _convert_an_unselected_channel(chip: Chip) -> None:
    start_adc(chip)
    start_stream(chip, 2)
    write(chip.adc, "PCSEL", 1 << 4)
    write(chip.adc, "CR", 1 << 28 | 1 | 1 << 2)
    wait(chip, 1e-3)


def _convert_without_dma(chip: Chip) -> None:
    start_adc(chip)
    write(chip.adc, "CR", 1 << 28 | 1 | 1 << 2)
    wait(chip, 1e-3)


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        (_start_uncalibrated, "enabled before its calibration"),
        (_calibrate_at_once, "within 10 us of ADVREGEN"),
        (_convert_an_unselected_channel, "channel 15, not selected"),
        (_convert_without_dma, "no DMA stream takes its words"),
    ],
)
def test_misuse_of_the_adc_is_a_fault(
    chip: Chip, misuse: Callable[[Chip], None], message: str
) -> None:
    start_clocks(chip)
    with pytest.raises(FirmwareError, match=message):
        misuse(chip)


def test_a_dac_with_its_buffer_is_a_fault(chip: Chip) -> None:
    write(chip.rcc, "APB1LENR", 1 << 29)
    with pytest.raises(FirmwareError, match="0x00000001 in mode 0; the jack CV needs"):
        write(chip.dac, "CR", 1)


def test_pins_read_what_is_put_on_them(chip: Chip) -> None:
    write(chip.rcc, "AHB4ENR", 1 << 3)
    port = chip.gpio["D"]
    port.drive(3, True)
    assert read(port, "IDR") == 0, "analog pins read as zero"
    write(port, "MODER", 0xFFFFFF00 | 0b01_00_00_00)  # 0 to 2 inputs, 3 an output
    write(port, "PUPDR", 0b01)
    port.drive(1, True)
    assert read(port, "IDR") == 0b0011
    port.drive(0, False)
    write(port, "BSRR", 1 << 3)
    assert read(port, "IDR") == 0b1010
    write(port, "BSRR", 1 << 19)
    assert read(port, "IDR") == 0b0010
    with pytest.raises(FirmwareError, match="PD0 is read by the board but is not an"):
        port.output(0)


def test_a_codec_that_is_not_set_up_is_a_fault() -> None:
    codec = Wm8731()
    assert not codec.write(0x1B, b""), "another address is nobody's"
    with pytest.raises(FirmwareError, match="register 4 is 0x00A"):
        codec.check()
    for number, value in ((4, 0x12), (5, 0), (6, 0x62), (7, 9), (8, 0), (9, 1)):
        assert codec.write(0x1A, bytes([number << 1, value]))
    codec.check()
    codec.write(0x1A, bytes([0x0F << 1, 0]))
    with pytest.raises(FirmwareError, match="register 4"):
        codec.check()
