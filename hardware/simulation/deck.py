"""A deck for ngspice made of the declared circuit, and its run.

The nets' names are the deck's nodes; what the deck adds are only sources and loads.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hardware.circuit.catalogue import item
from hardware.circuit.model import Circuit, Part
from hardware.simulation import models

SCALAR = re.compile(r"^([a-z]\w*) = (\S+)$", re.MULTILINE)
DIODES = ("schottky", "clamp", "light")
AMPLIFIERS = ("mcp6004", "tl072")


class SimulationError(Exception):
    """ngspice is missing, or found no answer."""


def node(net: str) -> str:
    """Return the node of a net: +12V is p12v, GND is 0."""
    if net == "GND":
        return "0"
    return re.sub(r"\W", "_", net.replace("+", "p").replace("-", "m")).lower()


def element(part: Part) -> str:
    """Return the name of a part's element: r201 in ngspice is R201 on the board."""
    return part.reference.lower()


class Deck:
    """Parts of some sheets, with the amplifiers that they reach.

    knob: where all the knobs stand, 0..1; selected: the multiplexer's way. passives and
    amplifiers: what has a tolerance; drawn: the values of the module at hand. noisy:
    with the amplifiers' noise.
    """

    def __init__(
        self,
        circuit: Circuit,
        sheets: Iterable[str],
        knob: float = 0.5,
        selected: int = 0,
        noisy: bool = False,
    ) -> None:
        self.circuit = circuit
        self.lines = ["* made from the declared circuit"]
        self.knob = knob
        self.selected = selected
        self.amplifiers: list[tuple[str, Part]] = []
        self.passives: list[Part] = []
        self.drawn: dict[str, float] = {}
        self._cards(noisy)
        parts = [part for name in sheets for part in circuit.of(name)]
        nets = {
            net
            for part in parts
            if part.item.name not in AMPLIFIERS
            for net in part.nets.values()
        }
        for part in parts:
            if part.item.name not in AMPLIFIERS:
                self._add(part)
        for part in circuit.parts:
            if part.item.name in AMPLIFIERS:
                self._add_amplifiers(part, nets)

    def _cards(self, noisy: bool) -> None:
        for name in DIODES:
            self.lines.append(models.diode(name, item(name).model))
        for name in AMPLIFIERS:
            self.lines.append(models.amplifier(item(name), noisy))
        self.lines.append(models.buffer(item("buffer")))

    def _add(self, part: Part) -> None:
        at = {pin: node(net) for pin, net in part.nets.items()}
        kind, name = part.item.name, element(part)
        if part.item.prefix in {"R", "C", "L"}:
            self.passives.append(part)
            self.lines.append(f"{name} {at['1']} {at['2']} {part.item.quantity:g}")
        elif kind in {"fuse", "bead"}:
            ohms = part.item.model["resistance"]
            self.lines.append(f"r{name} {at['1']} {at['2']} {ohms:g}")
        elif kind in {"schottky", "light"}:
            self.lines.append(f"{name} {at['2']} {at['1']} {kind}")
        elif kind == "clamp":
            self.lines.append(f"{name}a {at['1']} {at['3']} {kind}")
            self.lines.append(f"{name}b {at['3']} {at['2']} {kind}")
        elif kind == "knob":
            low = max(self.knob, 1e-3) * part.item.quantity
            high = max(1 - self.knob, 1e-3) * part.item.quantity
            self.lines.append(f"r{name}a {at['1']} {at['2']} {low:g}")
            self.lines.append(f"r{name}b {at['2']} {at['3']} {high:g}")
        elif kind == "buffer":
            self.lines.append(f"x{name} {at['2']} {at['4']} {at['5']} {kind}")
        elif kind == "multiplexer":
            ways = ("13", "14", "15", "12", "1", "5", "2", "4")
            ohms = part.item.model["on_resistance"]
            for i, way in enumerate(ways):
                on = ohms if i == self.selected else 1e9
                self.lines.append(f"r{name}_{i} {at[way]} {at['3']} {on:g}")

    def _add_amplifiers(self, part: Part, nets: set[str]) -> None:
        high, low = (node(part.nets[pin]) for pin in part.item.supply)
        for unit, pins in enumerate(part.item.units, 1):
            plus, minus, out = (part.nets[pin] for pin in pins)
            if out in nets and minus in nets:
                name = f"x{element(part)}_{unit}"
                ends = " ".join(node(net) for net in (plus, minus, out))
                self.lines.append(f"{name} {ends} {high} {low} {part.item.name}")
                self.amplifiers.append((name, part))

    def source(self, name: str, net: str, value: str, ohms: float = 0.0) -> None:
        """Drive a net, through a resistance if it has one; value: as in ngspice."""
        if ohms:
            self.lines.append(f"v{name} {name}_emf 0 {value}")
            self.lines.append(f"rs{name} {name}_emf {node(net)} {ohms:g}")
        else:
            self.lines.append(f"v{name} {node(net)} 0 {value}")

    def load(self, name: str, net: str, ohms: float) -> None:
        """Load a net to ground."""
        self.lines.append(f"rl{name} {node(net)} 0 {ohms:g}")

    def supplies(self) -> None:
        """Add the rails as they are in a case: 0.4 V lost in fuse and diode."""
        self.source("p12", "+12V", "dc 11.6")
        self.source("m12", "-12V", "dc -11.6")
        self.source("p5", "+5V", "dc 5")
        self.source("p33", "+3V3A", "dc 3.3")

    def run(self, control: Iterable[str]) -> "Answer":
        """Run commands of ngspice; `wrdata NAME expression` gives a table NAME."""
        if shutil.which("ngspice") is None:
            raise SimulationError(
                "there is no ngspice; ./bootstrap.sh hardware installs it"
            )
        with tempfile.TemporaryDirectory(prefix="tombola-spice-") as folder:
            commands = "\n".join(["set wr_singlescale", "set numdgt=9", *control])
            text = "\n".join(self.lines)
            deck = Path(folder) / "deck.cir"
            deck.write_text(
                f"{text}\n.control\n{commands}\nquit\n.endc\n.end\n", encoding="utf-8"
            )
            done = subprocess.run(
                ["ngspice", "-b", deck.name],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            tables = {
                path.stem: np.loadtxt(path, ndmin=2)
                for path in Path(folder).glob("*.data")
            }
        trouble = re.search(r"(?i).*(error|aborted|too small).*", done.stderr)
        if trouble:
            raise SimulationError(f"ngspice: {trouble.group()}")
        return Answer(done.stdout, tables)


class Answer:
    """What a run printed, and its tables."""

    def __init__(self, text: str, tables: dict[str, NDArray[np.float64]]) -> None:
        self.scalars = {n: float(v) for n, v in SCALAR.findall(text)}
        self.series: dict[str, list[float]] = {}
        for name, value in SCALAR.findall(text):
            self.series.setdefault(name, []).append(float(value))
        self.tables = tables
