"""The library: the symbols of this module, drawn as the field draws them."""

from hardware.circuit.seed_header import HEADER
from hardware.schematic.symbol import (
    Symbol,
    SymbolPin,
    Unit,
    arc,
    box,
    circle,
    line,
    symbol_node,
)
from hardware.sexpr import Node, Quoted


def _vertical(name: str, prefix: str, *art: Node, kind: str = "passive") -> Symbol:
    """Two pins, 1 above and 2 below, three steps from the middle."""
    pins = (
        SymbolPin("1", "", 0, 3, "top", kind, 1.0),
        SymbolPin("2", "", 0, -3, "bottom", kind, 1.0),
    )
    places = ((2.0, 0.9, "left"), (2.0, -0.9, "left"))
    return Symbol(name, prefix, (Unit(pins, art),), places)


def _leads(gap: float) -> tuple[Node, Node]:
    return line((0, 2), (0, gap)), line((0, -2), (0, -gap))


def _resistor() -> Symbol:
    return _vertical("R", "R", box(-0.8, 2, 0.8, -2))


def _capacitor() -> Symbol:
    top, bottom = _leads(0.4)
    plates = (
        line((-1.6, 0.4), (1.6, 0.4), width=0.4),
        line((-1.6, -0.4), (1.6, -0.4), width=0.4),
    )
    return _vertical("C", "C", top, bottom, *plates)


def _capacitor_polarised() -> Symbol:
    top, bottom = _leads(0.4)
    plates = (box(-1.6, 0.9, 1.6, 0.4), box(-1.6, -0.4, 1.6, -0.9, "outline"))
    plus = (line((-1.6, 1.7), (-0.8, 1.7)), line((-1.2, 1.3), (-1.2, 2.1)))
    return _vertical("C_polarised", "C", top, bottom, *plates, *plus)


def _inductor() -> Symbol:
    turns = [arc((0, y + 1), (0.5, y + 0.5), (0, y)) for y in (1, 0, -1, -2)]
    return _vertical("L", "L", *turns)


def _ferrite() -> Symbol:
    top, bottom = _leads(1.2)
    body = line((-1.4, 0.5), (0.6, 1.6), (1.4, -0.5), (-0.6, -1.6), (-1.4, 0.5))
    return _vertical("Ferrite", "FB", top, bottom, body)


def _polyfuse() -> Symbol:
    bend = line((-1.6, -1.8), (-1.6, -1.2), (1.6, 1.2), (1.6, 1.8))
    return _vertical(
        "Polyfuse", "F", box(-0.8, 2, 0.8, -2), line((0, 2), (0, -2)), bend
    )


def _horizontal_diode(name: str, *extra: Node) -> Symbol:
    """Cathode, pin 1, to the left."""
    pins = (
        SymbolPin("1", "K", -3, 0, "left"),
        SymbolPin("2", "A", 3, 0, "right"),
    )
    body = line((1, 1), (1, -1), (-1, 0), (1, 1))
    places = ((0.0, 2.9, "centre"), (0.0, -2.9, "centre"))
    leads = line((-1, 0), (1, 0))
    return Symbol(name, "D", (Unit(pins, (body, leads, *extra)),), places)


def _schottky() -> Symbol:
    bar = line((-0.5, 0.5), (-0.5, 1), (-1, 1), (-1, -1), (-1.5, -1), (-1.5, -0.5))
    return _horizontal_diode("D_Schottky", bar)


def _led() -> Symbol:
    bar = line((-1, 1), (-1, -1))
    rays = []
    for x in (-1.0, 0.2):
        tip = (x - 0.9, 2.3)
        rays.append(line((x, 1.3), tip))
        rays.append(line((tip[0], 1.8), tip, (tip[0] + 0.5, 2.3)))
    return _horizontal_diode("LED", bar, *rays)


def _pair() -> Symbol:
    """Two Schottky diodes in series, from A at the left to K at the right."""
    pins = (
        SymbolPin("1", "A", -6, 0, "left", length=2.0),
        SymbolPin("2", "K", 6, 0, "right", length=2.0),
        SymbolPin("3", "COM", 0, -4, "bottom", length=2.0),
    )
    art: list[Node] = [line((-4, 0), (4, 0)), line((0, 0), (0, -2)), circle(0, 0, 0.2)]
    for x in (-2.2, 2.2):
        art.append(line((x - 0.8, 0.8), (x - 0.8, -0.8), (x + 0.8, 0), (x - 0.8, 0.8)))
        left, right = (x + 0.4, x + 1.2)
        art.append(
            line(
                (left, -0.5),
                (left, -0.8),
                (x + 0.8, -0.8),
                (x + 0.8, 0.8),
                (right, 0.8),
                (right, 0.5),
            )
        )
    places = ((0.0, 3.4, "centre"), (0.0, 1.8, "centre"))
    return Symbol("D_pair", "D", (Unit(pins, tuple(art)),), places)


def _amplifier(
    name: str, units: tuple[tuple[str, str, str], ...], supply: tuple[str, str]
) -> Symbol:
    """Amplifiers, plus above minus at rotation 0, and a last unit with the supply."""
    drawn = []
    for plus, minus, out in units:
        pins = (
            SymbolPin(plus, "+", -6, 2, "left", "input"),
            SymbolPin(minus, "-", -6, -2, "left", "input"),
            SymbolPin(out, "", 6, 0, "right", "output"),
        )
        triangle = line((-4, 4), (-4, -4), (4, 0), (-4, 4), fill="background")
        signs = (
            line((-3.4, 2), (-2.4, 2)),
            line((-2.9, 2.5), (-2.9, 1.5)),
            line((-3.4, -2), (-2.4, -2)),
        )
        drawn.append(Unit(pins, (triangle, *signs)))
    rails = (
        SymbolPin(supply[0], "V+", 0, 6, "top", "power_in", 3.0),
        SymbolPin(supply[1], "V-", 0, -6, "bottom", "power_in", 3.0),
    )
    drawn.append(Unit(rails, (box(-2, 3, 2, -3, "background"),)))
    places = ((1.0, 4.2, "left"), (1.0, -4.2, "left"))
    return Symbol(name, "U", tuple(drawn), places, show_numbers=True)


def _boxed(
    name: str,
    prefix: str,
    half: tuple[float, float],
    pins: list[SymbolPin],
    description: str = "",
) -> Symbol:
    """A box with named pins."""
    width, height = half
    places = ((-width, height + 2.9, "left"), (-width, height + 1.2, "left"))
    unit = Unit(tuple(pins), (box(-width, height, width, -height, "background"),))
    return Symbol(
        name, prefix, (unit,), places, True, True, False, description=description
    )


def _multiplexer() -> Symbol:
    pins = [SymbolPin("3", "COM", -8, 8, "left")]
    for i, number in enumerate(("11", "10", "9")):
        pins.append(SymbolPin(number, f"S{i}", -8, 2 - 2 * i, "left", "input"))
    pins.append(SymbolPin("6", "~{E}", -8, -8, "left", "input"))
    pins.append(SymbolPin("16", "VCC", 3, 12, "top", "power_in"))
    pins.append(SymbolPin("8", "GND", -2, -12, "bottom", "power_in"))
    pins.append(SymbolPin("7", "VEE", 2, -12, "bottom", "power_in"))
    for i, number in enumerate(("13", "14", "15", "12", "1", "5", "2", "4")):
        pins.append(SymbolPin(number, f"Y{i}", 8, 8 - 2 * i, "right"))
    return _boxed("74HC4051", "U", (6, 10), pins, "8-channel analog multiplexer")


def _buffer() -> Symbol:
    pins = (
        SymbolPin("2", "A", -6, 0, "left", "input"),
        SymbolPin("4", "Y", 6, 0, "right", "output"),
        SymbolPin("1", "~{OE}", -2, 6, "top", "input", 3.0),
        SymbolPin("5", "VCC", 0, 6, "top", "power_in", 4.0),
        SymbolPin("3", "GND", 0, -6, "bottom", "power_in", 4.0),
    )
    triangle = line((-4, 4), (-4, -4), (4, 0), (-4, 4), fill="background")
    places = ((2.0, 3.8, "left"), (2.0, -3.8, "left"))
    unit = Unit(pins, (triangle,))
    return Symbol("74AHCT1G125", "U", (unit,), places, show_numbers=True)


def _converter() -> Symbol:
    pins = [
        SymbolPin("1", "IN", -8, 0, "left", "power_in"),
        SymbolPin("2", "GND", 0, -6, "bottom", "power_in"),
        SymbolPin("3", "OUT", 8, 0, "right", "power_out"),
    ]
    return _boxed("DCDC", "U", (6, 4), pins, "Step-down converter module")


def _seed() -> Symbol:
    """As the module is seen from above, USB at the top: 1..20 left, 40..21 right."""
    kinds = {"AUDIO_OUT_L": "output", "AUDIO_OUT_R": "output", "VIN": "power_in"}
    kinds |= {"AUDIO_IN_L": "input", "AUDIO_IN_R": "input"}
    kinds |= {"AGND": "power_in", "DGND": "power_in"}
    kinds |= {"3V3_A": "power_out", "3V3_D": "power_out"}
    pins = []
    for pin in HEADER:
        number = int(pin.number)
        name = " ".join((*pin.names, pin.port)).strip()
        kind = kinds.get(pin.names[0], "bidirectional")
        if number <= 20:
            place = (-15.0, 21.0 - 2 * number, "left")
        else:
            place = (15.0, 2.0 * number - 61, "right")
        pins.append(SymbolPin(pin.number, name, *place, kind))
    return _boxed("Daisy_Seed", "U", (13, 21), pins, "Daisy Seed on two 1x20 sockets")


def _jack() -> Symbol:
    """Tip, the contact that it rests on when nothing is patched, and sleeve."""
    pins = (
        SymbolPin("T", "", 5, 2, "right"),
        SymbolPin("TN", "", 5, 0, "right"),
        SymbolPin("S", "", 5, -2, "right"),
    )
    art = (
        box(-3.4, -2.6, -2.6, 1.0, "outline"),
        line((3, 2), (1, 2), (0.2, 0.9), (-0.6, 2)),
        line((3, 0), (0.9, 0), (0.9, 1.8)),
        line((0.6, 1.2), (0.9, 1.8), (1.2, 1.2)),
        line((3, -2), (-2.6, -2)),
        box(-3.4, 3.2, 3, -3.2),
    )
    places = ((-3.4, 4.4, "left"), (-3.4, -4.4, "left"))
    return Symbol("Jack", "J", (Unit(pins, art),), places)


def _potentiometer() -> Symbol:
    """End 3, fully right, at the top; the wiper to the right."""
    pins = (
        SymbolPin("3", "", 0, 3, "top", length=1.0),
        SymbolPin("1", "", 0, -3, "bottom", length=1.0),
        SymbolPin("2", "", 4, 0, "right", length=1.2),
    )
    arrow = line((2.8, 0), (0.8, 0)), line((1.5, 0.5), (0.8, 0), (1.5, -0.5))
    places = ((-1.6, 0.9, "right"), (-1.6, -0.9, "right"))
    unit = Unit(pins, (box(-0.8, 2, 0.8, -2), *arrow))
    return Symbol("Potentiometer", "RV", (unit,), places)


def _button() -> Symbol:
    pins = (SymbolPin("1", "", -4, 0, "left"), SymbolPin("2", "", 4, 0, "right"))
    art = (
        circle(-1.6, 0, 0.4),
        circle(1.6, 0, 0.4),
        line((-2, 1), (2, 1)),
        line((0, 1), (0, 2.4)),
    )
    places = ((0.0, 3.4, "centre"), (0.0, -1.8, "centre"))
    return Symbol("Button", "SW", (Unit(pins, art),), places)


def _header(columns: int, rows: int) -> Symbol:
    pins = []
    for row in range(rows):
        y = rows - 1 - 2.0 * row
        for column in range(columns):
            number = str(columns * row + column + 1)
            side = ("left", "right")[column]
            pins.append(SymbolPin(number, number, (-6.0, 6.0)[column], y, side))
    name = f"Header_{columns}x{rows:02d}"
    boxed = _boxed(name, "J", (4, rows + 0.5), pins)
    return Symbol(name, "J", boxed.units, boxed.fields, show_names=True)


def _testpoint() -> Symbol:
    pins = (SymbolPin("1", "", 0, 0, "bottom", length=2.0),)
    places = ((1.0, 2.6, "left"), (1.0, 1.2, "left"))
    return Symbol("TestPoint", "TP", (Unit(pins, (circle(0, 2.6, 0.6),)),), places)


def power(net: str) -> Symbol:
    """Return the symbol of a supply: a bar above, or below for what is negative."""
    pin = SymbolPin("1", net, 0, 0, "bottom", "power_in", 0.0)
    if net == "GND":
        bars = [
            line((-w, -y), (w, -y)) for w, y in ((1.2, 1.0), (0.8, 1.5), (0.3, 2.0))
        ]
        art = (line((0, 0), (0, -1)), *bars)
        place = (0.0, -3.2, "centre")
    else:
        y = -1.6 if net.startswith("-") else 1.6
        art = (line((0, 0), (0, y)), line((-1, y), (1, y)))
        place = (0.0, 1.9 * y, "centre")
    places = ((0.0, 0.0, "centre"), place)
    return Symbol(net, "#PWR", (Unit((pin,), art),), places, is_power=True)


def _flag() -> Symbol:
    pin = SymbolPin("1", "", 0, 0, "bottom", "power_out", 0.0)
    art = (
        line((0, 0), (0, 1)),
        line((0, 1), (-1, 2), (0, 3), (1, 2), (0, 1)),
    )
    places = ((0.0, 0.0, "centre"), (0.0, 4.0, "centre"))
    return Symbol("PWR_FLAG", "#FLG", (Unit((pin,), art),), places, is_power=True)


RAILS = ("GND", "+12V", "-12V", "+5V", "+3V3A", "+3V3D", "-3V3REF")
QUAD = (("3", "2", "1"), ("5", "6", "7"), ("10", "9", "8"), ("12", "13", "14"))

SYMBOLS: dict[str, Symbol] = {
    symbol.name: symbol
    for symbol in (
        _resistor(),
        _capacitor(),
        _capacitor_polarised(),
        _inductor(),
        _ferrite(),
        _polyfuse(),
        _schottky(),
        _pair(),
        _led(),
        _amplifier("Amplifier_quad", QUAD, ("4", "11")),
        _amplifier("Amplifier_dual", QUAD[:2], ("8", "4")),
        _multiplexer(),
        _buffer(),
        _converter(),
        _seed(),
        _jack(),
        _potentiometer(),
        _button(),
        _header(2, 5),
        _header(1, 8),
        _testpoint(),
        _flag(),
        *(power(net) for net in RAILS),
    )
}


def library_node() -> Node:
    """Return the whole library."""
    return [
        "kicad_symbol_lib",
        ["version", 20241209],
        ["generator", Quoted("tombola")],
        ["generator_version", Quoted("9.0")],
        *(symbol_node(symbol) for symbol in SYMBOLS.values()),
    ]
