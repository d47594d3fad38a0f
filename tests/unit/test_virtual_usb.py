"""The USB core's model: what works, and what the chip would not forgive."""

from collections.abc import Callable

import pytest

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.usb import Otg
from tombola.virtual.peripherals.usb_endpoint import ACK, NAK

CNAK_ENABLE = 1 << 31 | 1 << 26
ONE_PACKET = 1 << 19


class Core:
    """A core that is set up as the firmware does, and what its interrupt line is."""

    def __init__(self) -> None:
        self.level = False
        self.otg = Otg(lambda: True, self._set, lambda: None)

    def _set(self, level: bool) -> None:
        self.level = level

    def write(self, name: str, value: int) -> None:
        self.otg.write(self._offset(name), 4, value)

    def read(self, name: str) -> int:
        return self.otg.read(self._offset(name), 4)

    def _offset(self, name: str) -> int:
        return next(o for o, r in self.otg.layout.items() if r.name == name)

    def connect(self) -> None:
        for name, value in (
            ("GRSTCTL", 1),
            ("GCCFG", 1 << 16),
            ("GOTGCTL", 0xC0),
            ("GUSBCFG", 1 << 6 | 1 << 30 | 6 << 10),
            ("DCFG", 0x02200003),
            ("GRXFSIZ", 128),
            ("DIEPTXF0", 32 << 16 | 128),
            ("DIEPTXF1", 32 << 16 | 160),
            ("DIEPTXF2", 16 << 16 | 192),
            ("DIEPMSK", 1),
            ("DOEPMSK", 9),
            ("DAINTMSK", 0x00010001),
            ("GINTMSK", 1 << 4 | 1 << 12 | 1 << 18 | 1 << 19),
            ("GAHBCFG", 1),
            ("DCTL", 0),
        ):
            self.write(name, value)


@pytest.fixture
def core() -> Core:
    made = Core()
    made.connect()
    return made


def test_a_setup_interrupts_and_comes_out_in_order(core: Core) -> None:
    core.otg.setup(bytes(range(1, 9)))
    assert core.level
    assert core.read("GRXSTSP") == 8 << 4 | 6 << 17
    assert core.read("DFIFO0") == 0x04030201
    assert core.read("DFIFO0") == 0x08070605
    assert not core.read("DOEPINT0"), "the set-up is done before its end was taken"
    assert core.read("GRXSTSP") == 4 << 17
    assert core.read("DOEPINT0") == 8
    core.write("DOEPINT0", 8)
    assert not core.level


def test_a_packet_waits_until_it_is_asked_for(core: Core) -> None:
    assert core.otg.out(0, b"abc") == NAK
    core.write("DOEPTSIZ0", 64 | ONE_PACKET)
    core.write("DOEPCTL0", CNAK_ENABLE)
    assert core.otg.out(0, b"abc") == ACK
    assert core.otg.out(0, b"d") == NAK, "one packet was asked for"
    assert core.read("GRXSTSP") == 3 << 4 | 2 << 17
    assert core.read("DFIFO0").to_bytes(4, "little") == b"abc\0"


def test_a_packet_is_fetched_once_it_is_whole(core: Core) -> None:
    core.write("DIEPTSIZ0", 6 | ONE_PACKET)
    core.write("DIEPCTL0", CNAK_ENABLE)
    core.write("DFIFO0", int.from_bytes(b"tomb", "little"))
    assert core.otg.take(0) == NAK
    core.write("DFIFO0", int.from_bytes(b"ol\0\0", "little"))
    assert core.otg.take(0) == b"tombol"
    assert core.read("DIEPINT0") == 1
    assert core.otg.take(0) == NAK


def _pop_nothing(core: Core) -> None:
    core.read("GRXSTSP")


def _leave_bytes(core: Core) -> None:
    core.otg.setup(bytes(8))
    core.read("GRXSTSP")
    core.read("GRXSTSP")


def _read_too_much(core: Core) -> None:
    core.otg.setup(bytes(8))
    core.read("GRXSTSP")
    for _ in range(3):
        core.read("DFIFO0")


def _fill_before_enabling(core: Core) -> None:
    core.write("DFIFO1", 0)


def _fill_too_much(core: Core) -> None:
    core.write("DIEPTSIZ1", 64 | ONE_PACKET)
    core.write("DIEPCTL1", CNAK_ENABLE | 64)
    for _ in range(33):
        core.write("DFIFO1", 0)


def _enable_nothing(core: Core) -> None:
    core.write("DOEPCTL1", CNAK_ENABLE)


def _use_a_closed_endpoint(core: Core) -> None:
    core.otg.take(1)


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        (_pop_nothing, "GRXSTSP is read while nothing was received"),
        (_leave_bytes, "8 B of the last packet still in the FIFO"),
        (_read_too_much, "receive FIFO is read beyond its packet"),
        (_fill_before_enabling, "IN endpoint 1 is filled before it is enabled"),
        (_fill_too_much, "FIFO of 32 words runs over"),
        (_enable_nothing, "OUT endpoint 1 is enabled for no packet"),
        (_use_a_closed_endpoint, "IN endpoint 1 is not active"),
    ],
)
def test_misuse_is_a_fault(
    core: Core, misuse: Callable[[Core], None], message: str
) -> None:
    with pytest.raises(FirmwareError, match=message):
        misuse(core)


@pytest.mark.parametrize(
    ("register", "value", "message"),
    [
        ("GUSBCFG", 1 << 6 | 6 << 10, "GUSBCFG is not a device's"),
        ("GUSBCFG", 1 << 6 | 1 << 30 | 5 << 10, "TRDT is below 6"),
        ("GCCFG", 0, "PWRDWN keeps it off"),
        ("GOTGCTL", 0, "VBUS is not wired"),
        ("DCFG", 0x02200001, "not full speed"),
        ("DIEPTXF1", 32 << 16 | 150, "DIEPTXF1 puts 32 words at 150; they overlap"),
        ("DIEPTXF2", 8 << 16 | 192, "DIEPTXF2 puts 8 words"),
    ],
)
def test_a_bus_that_would_stay_silent_is_a_fault(
    core: Core, register: str, value: int, message: str
) -> None:
    core.write("DCTL", 2)
    core.write(register, value)
    with pytest.raises(FirmwareError, match=message):
        core.write("DCTL", 0)
