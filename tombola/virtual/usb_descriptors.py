"""What a USB serial port says of itself, taken apart and checked.

USB 2.0, 9.6; CDC 1.2, 5.2.3; PSTN 1.2, 5.3.
"""

from dataclasses import dataclass

from tombola.virtual.faults import FirmwareError

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT, CLASS = 1, 2, 3, 4, 5, 0x24
COMMUNICATIONS, DATA = 2, 10
ABSTRACT_CONTROL = 2
BULK, INTERRUPT = 2, 3


@dataclass(frozen=True)
class EndpointDescriptor:
    """address: bit 7 is IN. kind: 2 bulk, 3 interrupt. packet: bytes."""

    address: int
    kind: int
    packet: int


@dataclass(frozen=True)
class Interface:
    """kind: its class. functions: subtypes of its class's own descriptors."""

    number: int
    kind: int
    subclass: int
    endpoints: tuple[EndpointDescriptor, ...]
    functions: dict[int, bytes]


@dataclass(frozen=True)
class Descriptors:
    """A serial port. configuration: the value that chooses it."""

    vendor: int
    product: int
    manufacturer_name: str
    product_name: str
    serial_number: str
    configuration: int
    interfaces: tuple[Interface, Interface]


def parse(device: bytes, configuration: bytes, strings: list[bytes]) -> Descriptors:
    """Read a device's descriptors. strings: languages, then 1, 2, 3.

    Raises FirmwareError for what a host's serial driver would not take.
    """
    _require(len(device) == device[0] == 18 and device[1] == DEVICE, "device", device)
    _require(device[14:18] == b"\1\2\3\1", "device's strings", device)
    _require(strings[0] == bytes((4, STRING, 0x09, 0x04)), "languages", strings[0])
    maker, product, serial = (_text(string) for string in strings[1:])
    value, interfaces = _configuration(configuration)
    _check(interfaces)
    return Descriptors(
        int.from_bytes(device[8:10], "little"),
        int.from_bytes(device[10:12], "little"),
        maker,
        product,
        serial,
        value,
        (interfaces[0], interfaces[1]),
    )


def _configuration(content: bytes) -> tuple[int, list[Interface]]:
    total = int.from_bytes(content[2:4], "little")
    _require(content[1] == CONFIGURATION and total == len(content), "length", content)
    interfaces: list[Interface] = []
    at = 0
    while at < len(content):
        part = content[at : at + content[at]]
        _require(len(part) == content[at] >= 2, "part", content[at:])
        if part[1] == INTERFACE:
            _require(part[2] == len(interfaces), "interface's number", part)
            interfaces.append(Interface(part[2], part[5], part[6], (), {}))
        elif part[1] == ENDPOINT:
            last = interfaces[-1]
            size = int.from_bytes(part[4:6], "little")
            endpoint = EndpointDescriptor(part[2], part[3] & 3, size)
            endpoints = (*last.endpoints, endpoint)
            interfaces[-1] = Interface(
                last.number, last.kind, last.subclass, endpoints, last.functions
            )
        elif part[1] == CLASS:
            interfaces[-1].functions[part[2]] = part
        at += len(part)
    _require(content[4] == len(interfaces), "number of interfaces", content)
    return content[5], interfaces


def _check(interfaces: list[Interface]) -> None:
    """What a CDC ACM driver looks for."""
    kinds = [(i.kind, len(i.endpoints)) for i in interfaces]
    _require(kinds == [(COMMUNICATIONS, 1), (DATA, 2)], "interfaces", kinds)
    control, data = interfaces
    _require(control.subclass == ABSTRACT_CONTROL, "control model", control.subclass)
    _require(control.functions.keys() == {0, 1, 2, 6}, "functions", control.functions)
    _require(control.functions[6][3:] == b"\0\1", "union", control.functions[6])
    _require(control.endpoints[0].kind == INTERRUPT, "notices", control.endpoints)
    directions = {endpoint.address >> 7 for endpoint in data.endpoints}
    good = all((e.kind, e.packet) == (BULK, 64) for e in data.endpoints)
    _require(directions == {0, 1} and good, "data endpoints", data.endpoints)


def _text(content: bytes) -> str:
    _require(len(content) == content[0] and content[1] == STRING, "string", content)
    return content[2:].decode("utf-16-le")


def _require(good: bool, what: str, found: object) -> None:
    if not good:
        raise FirmwareError(f"the USB device's {what} is wrong: {found!r}")
