"""A page of the schematic: parts placed and wired on a grid of 1.27 mm.

Coordinates are grid steps from the page's top left corner, y downwards.
"""

import textwrap
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from hardware.circuit.model import Circuit, Part
from hardware.schematic.symbol import GRID, Symbol, justified, symbol_node
from hardware.schematic.symbols import SYMBOLS
from hardware.sexpr import Node, Quoted, identity

Point = tuple[float, float]
LIBRARY = "tombola"
PROJECT = "tombola"
MARK = "Made by python -m hardware.make; take this line out to keep your edits."
SIDES = {"right": 0, "up": 90, "left": 180, "down": 270}
JUSTIFY = {"right": "left", "up": "left", "left": "right", "down": "right"}
OPPOSITE = {"left": "right", "right": "left", "centre": "centre"}


def millimetres(steps: float) -> float:
    """Return a length in grid steps as millimetres."""
    return round(steps * GRID, 4)


@dataclass(frozen=True)
class Placed:
    """A symbol on the page."""

    symbol: Symbol
    unit: int
    x: float
    y: float
    rotation: int
    mirror: str

    def pin(self, number: str) -> Point:
        """Return where a wire joins the pin."""
        for pin in self.symbol.units[self.unit - 1].pins:
            if pin.number == number:
                return self.at(pin.x, pin.y)
        raise KeyError(f"{self.symbol.name} has no pin {number} in unit {self.unit}")

    def at(self, x: float, y: float) -> Point:
        """Return where a point of the symbol, y upwards, lies on the page."""
        dx, dy = {
            0: (x, -y),
            90: (-y, -x),
            180: (-x, y),
            270: (y, x),
        }[self.rotation]
        if self.mirror == "x":
            dy = -dy
        if self.mirror == "y":
            dx = -dx
        return self.x + dx, self.y + dy


@dataclass
class Page:
    """One sheet while it is drawn.

    name: of the sheet and its file; path: the UUIDs from the root to it, joined by /;
    ports: the shape of every net that leaves the sheet.
    """

    name: str
    title: str
    number: int
    path: str
    circuit: Circuit
    nodes: list[Node] = field(default_factory=list)
    wires: list[tuple[Point, Point]] = field(default_factory=list)
    pins: Counter[Point] = field(default_factory=Counter)
    names: set[Point] = field(default_factory=set)
    used: dict[str, Symbol] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    ports: dict[str, str] = field(default_factory=dict)

    def part(
        self,
        role: str,
        x: float,
        y: float,
        rotation: int = 0,
        mirror: str = "",
        unit: int = 1,
        sheet: str = "",
    ) -> Placed:
        """Place a part of the circuit, by its role on this (or another) sheet."""
        part = self.circuit.part(sheet or self.name, role)
        placed = Placed(SYMBOLS[part.item.symbol], unit, x, y, rotation, mirror)
        self._touch(placed)
        fields = _part_fields(placed, part)
        name = f"{part.reference}.{unit}"
        self.nodes.append(self._symbol_node(placed, name, part.reference, fields))
        return placed

    def power(self, net: str, point: Point) -> None:
        """Join a point to a supply."""
        self._supply(net, net, point)

    def flag(self, point: Point) -> None:
        """Say that the net at a point is driven from outside."""
        self._supply("PWR_FLAG", "PWR_FLAG", point)

    def _supply(self, name: str, value: str, point: Point) -> None:
        symbol = SYMBOLS[name]
        placed = Placed(symbol, 1, *point, 0, "")
        self._touch(placed)
        self.counts[symbol.prefix] += 1
        reference = f"{symbol.prefix}{self.number}{self.counts[symbol.prefix]:02d}"
        x, y = placed.at(*symbol.fields[1][:2])
        fields = [
            _field("Reference", reference, point, "centre", hidden=True),
            _field("Value", value, (x, y), "centre", hidden=name == "PWR_FLAG"),
        ]
        self.nodes.append(self._symbol_node(placed, reference, reference, fields))

    def wire(self, *points: Point) -> None:
        """Draw a wire through points, each straight above or beside the last."""
        for start, end in pairwise(points):
            if start[0] != end[0] and start[1] != end[1]:
                raise ValueError(
                    f"{self.name}: a wire runs askew from {start} to {end}"
                )
            if start != end:
                self.wires.append((start, end))

    def label(self, net: str, point: Point, side: str = "right") -> None:
        """Name a net at a point of it."""
        self._text("label", net, point, side, [])

    def port(self, net: str, point: Point, side: str, shape: str) -> None:
        """Lead a net to the sheet above; shape: input, output or bidirectional."""
        self.ports[net] = shape
        self._text("hierarchical_label", net, point, side, [["shape", shape]])

    def _text(
        self, kind: str, net: str, point: Point, side: str, extra: list[Node]
    ) -> None:
        self.names.add(point)
        key = f"{kind} {net} {point}"
        effects = justified(JUSTIFY[side])
        if kind == "label":
            effects[-1] = ["justify", JUSTIFY[side], "bottom"]
        at: Node = ["at", *map(millimetres, point), SIDES[side]]
        node: Node = [kind, Quoted(net), *extra, at, ["fields_autoplaced", "yes"]]
        node += [effects, ["uuid", identity(self.name, key)]]
        self.nodes.append(node)

    def unconnected(self, point: Point) -> None:
        """Say that a pin is left open on purpose."""
        at: Node = ["at", *map(millimetres, point)]
        uuid = identity(self.name, f"open {point}")
        self.nodes.append(["no_connect", at, ["uuid", uuid]])

    def note(self, text: str, x: float, y: float, size: float = 1.27) -> None:
        """Write a text, its top left corner at a point."""
        font: Node = ["font", ["size", size, size]]
        if size > 1.5:
            font.append(["bold", "yes"])
        effects: Node = ["effects", font, ["justify", "left", "top"]]
        at: Node = ["at", millimetres(x), millimetres(y), 0]
        node: Node = ["text", Quoted(text), ["exclude_from_sim", "no"], at, effects]
        self.nodes.append([*node, ["uuid", identity(self.name, f"note {x} {y}")]])

    def remark(self, x: float, y: float, width: int) -> None:
        """Write what the circuit says of this sheet, in lines of so many letters."""
        paragraphs = self.circuit.notes[self.name].split("\n\n")
        lines = [textwrap.fill(" ".join(p.split()), width) for p in paragraphs]
        self.note("\n\n".join(lines), x, y)

    def _touch(self, placed: Placed) -> None:
        self.used[placed.symbol.name] = placed.symbol
        for pin in placed.symbol.units[placed.unit - 1].pins:
            self.pins[placed.at(pin.x, pin.y)] += 1

    def _symbol_node(
        self, placed: Placed, key: str, reference: str, fields: list[Node]
    ) -> Node:
        unit = placed.unit
        at: Node = ["at", millimetres(placed.x), millimetres(placed.y), placed.rotation]
        mirror: list[Node] = [["mirror", placed.mirror]] if placed.mirror else []
        in_bom: Node = ["in_bom", "no" if placed.symbol.prefix == "TP" else "yes"]
        name = f"{LIBRARY}:{placed.symbol.name}"
        node: Node = ["symbol", ["lib_id", Quoted(name)], at, *mirror, ["unit", unit]]
        node += [["exclude_from_sim", "no"], in_bom, ["on_board", "yes"]]
        node += [["dnp", "no"], ["uuid", identity(self.name, key)], *fields]
        for pin in placed.symbol.units[unit - 1].pins:
            uuid = identity(self.name, key, pin.number)
            node.append(["pin", Quoted(pin.number), ["uuid", uuid]])
        where: Node = ["path", Quoted(self.path), ["reference", Quoted(reference)]]
        where.append(["unit", unit])
        node.append(["instances", ["project", Quoted(PROJECT), where]])
        return node

    def _wire_nodes(self) -> list[Node]:
        """Return wires, cut wherever something joins them, and junctions."""
        ends = {point for wire in self.wires for point in wire}
        ends |= set(self.pins) | self.names
        pieces = set()
        for start, end in self.wires:
            cuts = sorted(p for p in ends if _between(p, start, end))
            pieces |= {tuple(sorted(p)) for p in pairwise(cuts)}
        degree = Counter(point for piece in pieces for point in piece)
        nodes: list[Node] = []
        for start, end in sorted(pieces):
            points: Node = ["pts", _xy(start), _xy(end)]
            stroke: Node = ["stroke", ["width", 0], ["type", "default"]]
            uuid = identity(self.name, f"wire {start} {end}")
            nodes.append(["wire", points, stroke, ["uuid", uuid]])
        for point in sorted(degree):
            if degree[point] + self.pins[point] >= 3:
                at: Node = ["at", *map(millimetres, point)]
                uuid = identity(self.name, f"junction {point}")
                dot: Node = ["junction", at, ["diameter", 0], ["color", 0, 0, 0, 0]]
                nodes.append([*dot, ["uuid", uuid]])
        return nodes

    def node(self, is_root: bool = False) -> Node:
        """Return the file's content."""
        library: Node = ["lib_symbols"]
        for name in sorted(self.used):
            library.append(symbol_node(self.used[name], f"{LIBRARY}:"))
        node: Node = [
            "kicad_sch",
            ["version", 20250114],
            ["generator", Quoted("tombola")],
            ["generator_version", Quoted("9.0")],
            ["uuid", identity("page", self.name)],
            ["paper", Quoted("A4")],
            [
                "title_block",
                ["title", Quoted(self.title)],
                ["rev", Quoted("A")],
                ["company", Quoted("Tombola, CERN-OHL-P-2.0")],
                ["comment", 1, Quoted(MARK)],
            ],
            library,
            *self._wire_nodes(),
            *self.nodes,
        ]
        if is_root:
            page: Node = ["path", Quoted("/"), ["page", Quoted("1")]]
            node.append(["sheet_instances", page])
        node.append(["embedded_fonts", "no"])
        return node


def _xy(point: Point) -> Node:
    return ["xy", *map(millimetres, point)]


def _between(point: Point, start: Point, end: Point) -> bool:
    return (
        min(start[0], end[0]) <= point[0] <= max(start[0], end[0])
        and min(start[1], end[1]) <= point[1] <= max(start[1], end[1])
        and (start[0] == end[0] == point[0] or start[1] == end[1] == point[1])
    )


def _field(
    name: str,
    value: str,
    point: Point,
    kind: str,
    angle: int = 0,
    hidden: bool = False,
) -> Node:
    effects = justified(kind)
    if hidden:
        effects.append(["hide", "yes"])
    at: Node = ["at", *map(millimetres, point), angle]
    return ["property", Quoted(name), Quoted(value), at, effects]


def _part_fields(placed: Placed, part: Part) -> list[Node]:
    """Return the fields of a part, its reference and value upright."""
    item = part.item
    shown = []
    for name, value, place, lane in (
        ("Reference", part.reference, placed.symbol.fields[0], -1),
        ("Value", item.value, placed.symbol.fields[1], 1),
    ):
        point, kind, angle = _field_place(placed, place, lane)
        hidden = name == "Value" and item.prefix == "TP"
        shown.append(_field(name, value, point, kind, angle, hidden))
    unseen = {
        "Footprint": item.footprint,
        "Datasheet": "",
        "Description": "",
        "Rating": item.rating,
        "Manufacturer": item.manufacturer,
        "Part number": item.number,
        "Alternative": item.alternative,
        "Role": part.role,
    }
    here = (placed.x, placed.y)
    return shown + [
        _field(name, value, here, "centre", hidden=True)
        for name, value in unseen.items()
    ]


def _field_place(
    placed: Placed, place: tuple[float, float, str], lane: int
) -> tuple[Point, str, int]:
    """Return a field's point, justification and angle; lane: -1 upper, 1 lower.

    KiCad turns and mirrors a field with its symbol, so what is stored is what undoes
    that: 90 degrees lies flat on a symbol that stands, and left is right when turned
    round.
    """
    x, y, kind = place
    if placed.rotation in {90, 270}:
        if len(placed.symbol.units[0].pins) > 2:
            return (placed.x - 2, placed.y + 0.9 * lane), "left", 90
        return (placed.x, placed.y + 2.9 * lane), "centre", 90
    turned = placed.rotation == 180
    mirror = "" if placed.mirror == "x" else placed.mirror
    upright = Placed(placed.symbol, 1, placed.x, placed.y, 0, mirror)
    return upright.at(x, y), OPPOSITE[kind] if turned else kind, 0
