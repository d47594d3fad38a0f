"""The Daisy Seed's header, pin by pin.

From the Daisy Seed's data sheet (revision 4 and the pin-compatible Seed2 DFM): digital
names count D0..D14 along the first row and D15..D30 along the second; A0..A11 are
second names of those that the ADC can reach.
"""

from dataclasses import dataclass

from hardware.circuit.panel import Pin


@dataclass(frozen=True)
class HeaderPin:
    """One pin of the 40: names are all that it is called, port is '' for supplies."""

    number: str
    names: tuple[str, ...]
    port: str = ""


# fmt: off
_PORTS = (
    "PB12", "PC11", "PC10", "PC9", "PC8", "PD2", "PC12", "PG10", "PG11", "PB4", "PB5",
    "PB8", "PB9", "PB6", "PB7",
    "PC0", "PA3", "PB1", "PA7", "PA6", "PC1", "PC4", "PA5", "PA4", "PA1", "PA0", "PD11",
    "PG9", "PA2", "PB14", "PB15",
)
# fmt: on
_ANALOG = {15 + i: f"A{i}" for i in range(11)} | {28: "A11"}
_OTHERS = {
    16: "AUDIO_IN_L",
    17: "AUDIO_IN_R",
    18: "AUDIO_OUT_L",
    19: "AUDIO_OUT_R",
    20: "AGND",
    21: "3V3_A",
    38: "3V3_D",
    39: "VIN",
    40: "DGND",
}


def _digital(number: int) -> HeaderPin:
    """D0..D14 are pins 1..15, D15..D30 are pins 22..37."""
    pin = number + 1 if number < 15 else number + 7
    digital = f"D{number}"
    names = (_ANALOG[number], digital) if number in _ANALOG else (digital,)
    return HeaderPin(str(pin), names, _PORTS[number])


HEADER: tuple[HeaderPin, ...] = tuple(
    sorted(
        [_digital(number) for number in range(len(_PORTS))]
        + [HeaderPin(str(pin), (name,)) for pin, name in _OTHERS.items()],
        key=lambda pin: int(pin.number),
    )
)


def header_pin(name: str) -> HeaderPin:
    """Return the pin with that name."""
    for pin in HEADER:
        if name in pin.names:
            return pin
    raise KeyError(f"the Daisy Seed has no pin {name!r}")


def header_number(pin: Pin) -> str:
    """Return the header's number of a panel pin, whose port must be the header's."""
    found = header_pin(pin.seed)
    if found.port != pin.port:
        raise ValueError(
            f"pin {pin.seed} of the Daisy Seed is port {found.port}, not {pin.port}"
        )
    return found.number
