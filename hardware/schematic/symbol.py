"""A symbol: its pins, its art, and the node that KiCad reads.

Coordinates are grid steps from the symbol's origin, y upwards, as in KiCad's libraries.
"""

from dataclasses import dataclass

from hardware.sexpr import Node, Quoted

GRID = 1.27
Point = tuple[float, float]


@dataclass(frozen=True)
class SymbolPin:
    """A pin: where a wire joins it, and which way from there the body lies.

    side: the body's side that it stands on; kind: KiCad's electrical type.
    """

    number: str
    name: str
    x: float
    y: float
    side: str
    kind: str = "passive"
    length: float = 2.0


@dataclass(frozen=True)
class Unit:
    """One of a symbol's parts that are drawn apart, such as one amplifier of four."""

    pins: tuple[SymbolPin, ...]
    art: tuple[Node, ...]


@dataclass(frozen=True)
class Symbol:
    """A symbol: its units, and where its reference and value stand at rotation 0.

    fields: (x, y, justification) of reference and value.
    """

    name: str
    prefix: str
    units: tuple[Unit, ...]
    fields: tuple[tuple[float, float, str], tuple[float, float, str]]
    show_names: bool = False
    show_numbers: bool = False
    is_power: bool = False
    description: str = ""


def _mm(steps: float) -> float:
    return round(steps * GRID, 4)


def _stroke(width: float = 0.2) -> Node:
    return ["stroke", ["width", width], ["type", "default"]]


def _fill(kind: str = "none") -> Node:
    return ["fill", ["type", kind]]


def line(*points: Point, width: float = 0.2, fill: str = "none") -> Node:
    """Return an open or closed line through points."""
    xy: Node = ["pts"]
    for x, y in points:
        xy.append(["xy", _mm(x), _mm(y)])
    return ["polyline", xy, _stroke(width), _fill(fill)]


def box(x1: float, y1: float, x2: float, y2: float, fill: str = "none") -> Node:
    """Return a rectangle."""
    return [
        "rectangle",
        ["start", _mm(x1), _mm(y1)],
        ["end", _mm(x2), _mm(y2)],
        _stroke(),
        _fill(fill),
    ]


def circle(x: float, y: float, radius: float, fill: str = "none") -> Node:
    """Return a circle."""
    return [
        "circle",
        ["center", _mm(x), _mm(y)],
        ["radius", _mm(radius)],
        _stroke(),
        _fill(fill),
    ]


def arc(start: Point, middle: Point, end: Point) -> Node:
    """Return an arc through three points."""
    places: list[Node] = [
        [name, _mm(x), _mm(y)]
        for name, (x, y) in zip(
            ("start", "mid", "end"), (start, middle, end), strict=True
        )
    ]
    return ["arc", *places, _stroke(), _fill()]


ANGLES = {"left": 0, "right": 180, "top": 270, "bottom": 90}


def _pin_node(pin: SymbolPin) -> Node:
    font: Node = ["effects", ["font", ["size", 1.0, 1.0]]]
    return [
        "pin",
        pin.kind,
        "line",
        ["at", _mm(pin.x), _mm(pin.y), ANGLES[pin.side]],
        ["length", _mm(pin.length)],
        ["name", Quoted(pin.name or "~"), font],
        ["number", Quoted(pin.number), font],
    ]


def justified(kind: str) -> Node:
    """Return the effects of a field's text."""
    node: Node = ["effects", ["font", ["size", 1.27, 1.27]]]
    if kind != "centre":
        node.append(["justify", kind])
    return node


def _property(name: str, value: str, place: tuple[float, float, str] | None) -> Node:
    x, y, kind = place or (0.0, 0.0, "centre")
    effects = justified(kind)
    if place is None:
        effects.append(["hide", "yes"])
    return [
        "property",
        Quoted(name),
        Quoted(value),
        ["at", _mm(x), _mm(y), 0],
        effects,
    ]


def symbol_node(symbol: Symbol, library: str = "") -> Node:
    """Return a symbol as a library or a schematic holds it."""
    node: Node = ["symbol", Quoted(library + symbol.name)]
    if symbol.is_power:
        node.append(["power"])
    if not symbol.show_numbers:
        node.append(["pin_numbers", ["hide", "yes"]])
    names: Node = ["pin_names", ["offset", 0.5]]
    if not symbol.show_names:
        names.append(["hide", "yes"])
    node += [
        names,
        ["exclude_from_sim", "no"],
        ["in_bom", "no" if symbol.prefix == "TP" else "yes"],
        ["on_board", "yes"],
        _property(
            "Reference", symbol.prefix, None if symbol.is_power else symbol.fields[0]
        ),
        _property("Value", symbol.name, symbol.fields[1]),
        _property("Footprint", "", None),
        _property("Datasheet", "", None),
        _property("Description", symbol.description, None),
    ]
    for number, unit in enumerate(symbol.units, 1):
        pins = [_pin_node(pin) for pin in unit.pins]
        name = Quoted(f"{symbol.name}_{number}_1")
        node.append(["symbol", name, *unit.art, *pins])
    node.append(["embedded_fonts", "no"])
    return node
