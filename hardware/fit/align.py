"""How far the parts that a player sees lie beside panel.toml."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hardware.circuit.model import Circuit
from hardware.circuit.panel import Panel
from hardware.layout.footprints import Place
from hardware.layout.items import Point
from hardware.layout.place import PANEL_PARTS, seen_parts

TOLERANCE_MM = 0.01


@dataclass(frozen=True)
class Target:
    """A footprint that has to be in one place.

    name: what a person calls it. anchor: where its shaft, thread, lens or hole is in
    the footprint. wanted: where that belongs, mm from the panel's top left corner.
    """

    reference: str
    name: str
    anchor: Point
    wanted: Point


@dataclass(frozen=True)
class Found:
    """A footprint on the board that was found."""

    reference: str
    place: Place


@dataclass(frozen=True)
class Offset:
    """How far a target lies beside its place: mm to the right, and downwards."""

    target: Target
    right: float
    down: float

    @property
    def distance(self) -> float:
        """The way between the two, in mm."""
        return math.hypot(self.right, self.down)

    def __str__(self) -> str:
        sides = [
            f"{abs(way):.3f} mm {words[way > 0]}"
            for way, words in (
                (self.right, ("left", "right")),
                (self.down, ("above", "below")),
            )
            if abs(way) >= 0.0005
        ]
        target = self.target
        return f"{target.name} ({target.reference}) lies {' and '.join(sides)}"


def part_targets(circuit: Circuit, panel: Panel) -> list[Target]:
    """Return where shafts, threads, lenses and the button's stem belong."""
    return [
        Target(
            circuit.part(*key).reference,
            str(control),
            PANEL_PARTS[kind][0],
            control.position,
        )
        for control, key, kind in seen_parts(panel)
    ]


def offsets(targets: Sequence[Target], found: Iterable[Found]) -> list[Offset]:
    """Return what lies further than TOLERANCE_MM beside its place."""
    wanted = {target.reference: target for target in targets}
    rows = []
    for part in found:
        target = wanted.get(part.reference)
        if target is None or part.place.side != "F":
            continue
        x, y = part.place.at(target.anchor)
        offset = Offset(target, x - target.wanted[0], y - target.wanted[1])
        if offset.distance > TOLERANCE_MM:
            rows.append(offset)
    return rows


def missing(targets: Sequence[Target], found: Sequence[Found]) -> list[str]:
    """Say which targets are not on the board once, or are on its back."""
    rows = []
    for target in targets:
        same = [part for part in found if part.reference == target.reference]
        name = f"{target.name} ({target.reference})"
        if len(same) != 1:
            count = "is not" if not same else f"is {len(same)} times"
            rows.append(f"{name} {count} on the board; draw it again from its source")
        elif same[0].place.side != "F":
            rows.append(f"{name} lies on the back; flip it")
    return rows
