"""Which serial ports are taken for modules."""

import pytest
import serial
from click.testing import CliRunner
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from tombola.cli import cli
from tombola.errors import TombolaError
from tombola.module import ports


def plugged(device: str, product: str, usb: tuple[int, int]) -> ListPortInfo:
    port = ListPortInfo(device)
    port.vid, port.pid = usb
    port.product, port.serial_number = product, f"of {device}"
    return port


OTHER = plugged("/dev/ttyUSB0", "FT232R", (0x0403, 0x6001))
NAMESAKE = plugged("/dev/ttyACM0", "STM32 Virtual ComPort", (0x0483, 0x5740))
FIRST = plugged("/dev/ttyACM1", "Tombola", (0x0483, 0x5740))
SECOND = plugged("/dev/ttyACM2", "Tombola", (0x0483, 0x5740))


def plug(monkeypatch: pytest.MonkeyPatch, *found: ListPortInfo) -> None:
    monkeypatch.setattr(list_ports, "comports", lambda: list(found))


def test_the_one_module_is_found_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, OTHER, NAMESAKE, FIRST)
    assert ports.find() == "/dev/ttyACM1"


def test_a_system_that_tells_no_names_still_finds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plug(monkeypatch, OTHER, plugged("COM7", "", (0x0483, 0x5740)))
    assert ports.find() == "COM7"


def test_two_modules_are_to_be_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, FIRST, SECOND)
    with pytest.raises(TombolaError, match=r"2 modules .* with --port: .*M1"):
        ports.find()


def test_without_a_module_the_cable_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plug(monkeypatch, OTHER)
    with pytest.raises(TombolaError, match=r"no module is plugged in .* carries data"):
        ports.find()
    listed = CliRunner().invoke(cli, ["module", "list"])
    assert listed.exit_code == 1
    assert "no module is plugged in" in listed.output


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (serial.SerialException(11, "Could not exclusively lock port"), "is busy"),
        (serial.SerialException("PermissionError(13, 'Access is denied.')"), "is busy"),
        (serial.SerialException(13, "could not open port"), r"group .* dialout"),
        (serial.SerialException("FileNotFoundError(2, '')"), "is not there"),
        (serial.SerialException(2, "could not open port"), "is not there"),
        (serial.SerialException("Could not configure port: (25)"), "is no serial port"),
        (serial.SerialException(21, "Is a directory"), "is no serial port"),
        (ValueError("no such scheme"), "give another --port"),
    ],
)
def test_each_systems_words_are_understood(
    error: Exception, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(serial, "Serial", fail)
    with pytest.raises(TombolaError, match=message), ports.connect("COM7"):
        pass


def test_the_list_says_why_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, plugged("/dev/ttyGONE", "Tombola", (0x0483, 0x5740)))
    listed = CliRunner().invoke(cli, ["module", "list", "--json"])
    assert listed.exit_code == 0
    assert "/dev/ttyGONE is not there" in listed.output
