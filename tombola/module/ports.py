"""Serial ports: which of them are modules, and opening one."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import serial
from serial.tools import list_ports

from tombola.errors import TombolaError
from tombola.generated.protocol import USB_PRODUCT, USB_VENDOR

SLICE = 0.05  # s that a read or write waits at most before the caller looks around
PRODUCT = "Tombola"  # of the USB descriptor; other devices have the same ids


@dataclass(frozen=True)
class Port:
    """A serial port with a module's USB ids. product: what the device calls itself."""

    device: str
    product: str
    serial_number: str


def candidates() -> list[Port]:
    """Return the ports with a module's ids; those that say Tombola come first."""
    ports = [
        Port(port.device, port.product or "", port.serial_number or "")
        for port in list_ports.comports()
        if (port.vid, port.pid) == (USB_VENDOR, USB_PRODUCT)
    ]
    return sorted(ports, key=lambda port: (port.product != PRODUCT, port.device))


def find() -> str:
    """Return the device of the one module that is plugged in.

    Raises TombolaError when there is none or more than one.
    """
    ports = candidates()
    named = [port for port in ports if port.product == PRODUCT] or ports
    if not named:
        raise TombolaError(
            f"no module is plugged in (USB {USB_VENDOR:04x}:{USB_PRODUCT:04x}); "
            "connect the Seed's micro-USB with a cable that carries data, or give "
            "--port, as for a virtual module"
        )
    if len(named) > 1:
        devices = ", ".join(port.device for port in named)
        raise TombolaError(
            f"{len(named)} modules are plugged in; choose one with --port: {devices}"
        )
    return named[0].device


class SerialLine:
    """An open serial port. Its methods raise OSError after a hang-up."""

    def __init__(self, port: serial.Serial) -> None:
        self._port = port

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, without waiting for more than the first."""
        content: bytes = self._port.read(min(size, max(1, self._port.in_waiting)))
        return content

    def write(self, data: bytes) -> int | None:
        """Send bytes."""
        written: int | None = self._port.write(data)
        return written


@contextmanager
def connect(device: str) -> Iterator[SerialLine]:
    """Open a serial port for this program alone.

    Raises TombolaError when it is not there, is busy or is not ours to open.
    """
    try:
        # Speed means nothing over USB.
        port = serial.Serial(device, timeout=SLICE, write_timeout=1, exclusive=True)
    except (serial.SerialException, OSError, ValueError) as error:
        raise TombolaError(_why(device, error)) from error
    with port:
        yield SerialLine(port)


def _why(device: str, error: Exception) -> str:
    """Say what is wrong. On Windows pyserial gives no number, but the words of one."""
    number, words = getattr(error, "errno", None), str(error)
    if number in {errno.EAGAIN, errno.EBUSY} or "PermissionError" in words:
        return f"{device} is busy: another program has it open; close that, try again"
    if number in {errno.EACCES, errno.EPERM}:
        return (
            f"{device} may not be opened by you; on Linux, put your user into the "
            "group that owns it (often dialout) and log in again"
        )
    if number == errno.ENOENT or "FileNotFoundError" in words:
        return f"{device} is not there; `tombola module list` shows what is plugged in"
    if number == errno.EISDIR or "Could not configure port" in words:
        return (
            f"{device} is no serial port; `tombola module list` shows what is plugged "
            "in"
        )
    return f"{device} cannot be opened as a serial port ({error}); give another --port"
