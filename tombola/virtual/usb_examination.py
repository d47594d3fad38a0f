"""What a device has to answer beside what a host usually asks (USB 2.0, chapter 9)."""

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.usb import Otg
from tombola.virtual.peripherals.usb_endpoint import NAK, STALL
from tombola.virtual.usb_host import Setup, Steps, UsbHost

CONFIGURATION, DATA_IN, DATA_OUT = 0x0200, 0x81, 0x01
GET_STATUS, CLEAR_FEATURE, SET_FEATURE = 0, 1, 3
GET_DESCRIPTOR, GET_CONFIGURATION, SET_CONFIGURATION, GET_INTERFACE = 6, 8, 9, 10


def examine(host: UsbHost, otg: Otg) -> Steps:
    """Ask a configured device, and leave it so; a task for the host.

    Raises FirmwareError for an answer that USB 2.0 does not allow.
    """
    yield from _states(host)
    yield from _lengths(host)
    yield from _refusals(host)
    yield from _halts(host, otg)
    yield from _a_transfer_that_is_given_up(host)
    yield from _configurations(host)


def _states(host: UsbHost) -> Steps:
    for kind, index in ((0x80, 0), (0x81, 0), (0x81, 1), (0x82, 0), (0x82, DATA_IN)):
        status = yield from host.read(kind, GET_STATUS, 0, index, 2)
        _require(status == b"\0\0", f"GET_STATUS of {index:#x}", status)
    alternate = yield from host.read(0x81, GET_INTERFACE, 0, 1, 1)
    _require(alternate == b"\0", "GET_INTERFACE", alternate)


def _lengths(host: UsbHost) -> Steps:
    """No more than was asked for (9.3.5), in whole packets and in part of one."""
    whole = yield from host.read(0x80, GET_DESCRIPTOR, CONFIGURATION, 0, 255)
    for length in (1, 8, 64, 65):
        part = yield from host.read(0x80, GET_DESCRIPTOR, CONFIGURATION, 0, length)
        _require(part == whole[:length], f"{length} B of a descriptor", part)


def _refusals(host: UsbHost) -> Steps:
    """What is unknown is refused, and the next request is answered."""
    for setup in (
        Setup(0x80, GET_DESCRIPTOR, 0x0309, 0x0409, 255),  # a string that is none
        Setup(0xC0, 1, 0, 0, 8),  # a vendor's request
        Setup(0x02, SET_FEATURE, 0, 0x83),  # of an endpoint that is none
        Setup(0x00, SET_CONFIGURATION, 2),
    ):
        yield from host.expect_stall(setup)
        value = yield from host.read(0x80, GET_CONFIGURATION, 0, 0, 1)
        _require(value == b"\1", f"GET_CONFIGURATION after {setup}", value)


def _halts(host: UsbHost, otg: Otg) -> Steps:
    """ENDPOINT_HALT (9.4.5)."""
    for endpoint in (DATA_IN, DATA_OUT):
        yield from host.write(Setup(0x02, SET_FEATURE, 0, endpoint))
        status = yield from host.read(0x82, GET_STATUS, 0, endpoint, 2)
        _require(status == b"\1\0", f"GET_STATUS of {endpoint:#x}, halted", status)
        answer = otg.take(1) if endpoint == DATA_IN else otg.out(1, b"\0")
        _require(answer == STALL, f"a halted endpoint {endpoint:#x}", answer)
        yield from host.write(Setup(0x02, CLEAR_FEATURE, 0, endpoint))
        status = yield from host.read(0x82, GET_STATUS, 0, endpoint, 2)
        _require(status == b"\0\0", f"GET_STATUS of {endpoint:#x}, cleared", status)
    idle = otg.take(1)
    _require(idle == NAK, "the data endpoint", idle)


def _a_transfer_that_is_given_up(host: UsbHost) -> Steps:
    """A new set-up ends a transfer whose data nobody fetched (8.5.3.4)."""
    for _ in range(3):
        host.setup(Setup(0x80, GET_DESCRIPTOR, CONFIGURATION, 0, 255))
        yield 1e-4
        value = yield from host.read(0x80, GET_CONFIGURATION, 0, 0, 1)
        _require(value == b"\1", "GET_CONFIGURATION", value)


def _configurations(host: UsbHost) -> Steps:
    for value in (0, 1, 1):
        yield from host.write(Setup(0x00, SET_CONFIGURATION, value))
        found = yield from host.read(0x80, GET_CONFIGURATION, 0, 0, 1)
        _require(found == bytes((value,)), "GET_CONFIGURATION", found)


def _require(good: bool, what: str, found: object) -> None:
    if not good:
        raise FirmwareError(f"the USB device answers {what} with {found!r}")
