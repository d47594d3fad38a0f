"""Whether panel, schematic and firmware mean the same pins."""

import re
from collections.abc import Mapping
from pathlib import Path

from hardware.circuit.panel import Panel, Pin
from hardware.circuit.seed_header import HEADER, header_pin
from hardware.circuit.sheets import seed_nets

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware/generated/panel.h"
TABLE = re.compile(r"constexpr Pin k(\w+)\[\] = \{\n(.*?)\};", re.DOTALL)
ROW = re.compile(r"\{'(\w)', (\d+), -?\d+, \w+\},  // (\w+)")

Nets = Mapping[str, frozenset[tuple[str, str]]]


def _tables(panel: Panel) -> dict[str, list[Pin]]:
    """Return the panel's pins under the names that the firmware gives its tables."""

    def pins(kind: str, direction: str) -> list[Pin]:
        return [
            control.pin
            for control in panel.of(kind)
            if control.pin is not None and control.direction == direction
        ]

    return {
        "CvPins": pins("cv", "in"),
        "KnobPin": [panel.knobs_pin],
        "KnobSelectPins": list(panel.select),
        "GatePins": pins("gate", "in"),
        "ButtonPins": pins("button", "in"),
        "LightPins": pins("light", "out"),
        "CvOutPin": pins("dac", "out"),
        "GateOutPin": pins("gate", "out"),
    }


def firmware_pins(header: str) -> dict[str, list[Pin]]:
    """Return the tables of pins in the firmware's generated panel.h."""
    return {
        name: [
            Pin(seed, f"P{port}{number}") for port, number, seed in ROW.findall(body)
        ]
        for name, body in TABLE.findall(header)
    }


def header_faults(panel: Panel) -> list[str]:
    """Return where the panel names a port that its pin of the Seed does not have."""
    faults = []
    for table, pins in _tables(panel).items():
        for pin in pins:
            port = header_pin(pin.seed).port
            if port != pin.port:
                faults.append(
                    f"{table}: {pin.seed} is {port}, the panel says {pin.port}"
                )
    return faults


def firmware_faults(panel: Panel, header: str) -> list[str]:
    """Return where the firmware's tables differ from the panel's pins."""
    found = firmware_pins(header)
    return [
        f"{name}: the firmware has {found.get(name)}, the panel {pins}"
        for name, pins in _tables(panel).items()
        if found.get(name) != pins
    ]


def schematic_faults(panel: Panel, nets: Nets, seed: str) -> list[str]:
    """Return where the Seed's pins in a schematic's nets differ from the panel's.

    seed: the Daisy Seed's reference. A net's name ends with the panel's name for it.
    """
    found = {
        pin: name.rsplit("/", 1)[-1]
        for name, joined in nets.items()
        for reference, pin in joined
        if reference == seed
    }
    faults = []
    for pin in HEADER:
        net = seed_nets(panel).get(pin.number)
        if net is not None and found.get(pin.number) != net:
            name = pin.names[-1]
            faults.append(
                f"{name}: the schematic has {found.get(pin.number)}, not {net}"
            )
    return faults
