"""Draws the front panel: holes as panel.toml says, names, scales and the lottery.

Gold is copper that the mask leaves bare; white is printed. Lengths are mm.
"""

from hardware.circuit.panel import Control, Panel
from hardware.fit.align import Target
from hardware.layout.items import Drawing, Point, around

# A hole's diameter: M6 and M7 threads, the switch's 3.5 mm stem and 3 mm lights with
# what a drill and a hand are off.
HOLES = {
    "knob": 7.2,
    "cv": 6.2,
    "gate": 6.2,
    "audio": 6.2,
    "dac": 6.2,
    "button": 4.0,
    "light": 3.2,
}
JACKS = {"cv", "gate", "audio", "dac"}
# Doepfer's A-100 construction details: holes 3 mm from the edges, the first 7.5 mm from
# the left, the others a whole number of HP away; slots forgive what a rail is off.
MOUNTING_INSET = (7.5, 3.0)
HP = 5.08
SLOT = (5.0, 3.2)
# The gold around a jack's hole, under its nut and beyond; it joins thread and shield.
RING = 10.0
SCALE = (-150.0, 150.0)
WHITE, GOLD, BARE = "F.SilkS", "F.Cu", "F.Mask"


def mounting_holes(panel: Panel) -> list[Point]:
    """Return the centres of the four slots for the case's screws."""
    left, inset = MOUNTING_INSET
    right = left + HP * (panel.hp - 3)
    return [(x, y) for y in (inset, panel.size[1] - inset) for x in (left, right)]


def hole_size(control: Control) -> float:
    """Return the diameter of a control's hole."""
    return HOLES[control.kind]


def hole_targets(panel: Panel) -> list[Target]:
    """Return where the holes belong: the four slots, then the controls' in order."""
    named = [("slot", centre) for centre in mounting_holes(panel)]
    named += [(f"hole of {control}", control.position) for control in panel.controls]
    return [
        Target(f"H{i}", name, (0.0, 0.0), where)
        for i, (name, where) in enumerate(named, 1)
    ]


def draw(panel: Panel) -> Drawing:
    """Return the panel as a board."""
    drawing = Drawing("panel", "Tombola front panel", 2, "Black")
    drawing.outline((0.0, 0.0), panel.size, 0.0)
    for target in hole_targets(panel)[:4]:
        drawing.hole(target.reference, target.wanted, SLOT)
    for target, control in zip(hole_targets(panel)[4:], panel.controls, strict=True):
        size = hole_size(control)
        ring = RING if control.kind in JACKS else 0.0
        drawing.hole(target.reference, target.wanted, (size, size), ring)
    _shield(drawing, panel)
    _title(drawing, panel)
    for knob in panel.of("knob"):
        _knob(drawing, knob)
    for button in panel.of("button"):
        _ring(drawing, button.position, 3.6, 3.0)
        _name(drawing, button, 6.4)
    _chute(drawing, panel)
    _ticket(drawing)
    _drum(drawing)
    _back(drawing, panel)
    for control in panel.controls:
        if control.kind in JACKS:
            _name(drawing, control, -7.0)
    return drawing


def _ring(drawing: Drawing, centre: Point, outer: float, inner: float) -> None:
    """Draw a ring of bare copper."""
    middle, width = (outer + inner) / 2, round(outer - inner, 3)
    for layer in (GOLD, BARE):
        drawing.circle(centre, middle, layer, width)


def _ball(drawing: Drawing, centre: Point, radius: float, number: int) -> None:
    """Draw a numbered ball: a ring of gold, its number printed inside."""
    _ring(drawing, centre, radius, radius - 0.45)
    size = radius * (0.72 if number > 9 else 0.95)
    drawing.text(str(number), centre, WHITE, round(size, 2), weight=0.16)


def _name(drawing: Drawing, control: Control, below: float) -> None:
    x, y = control.position
    is_out = control.direction == "out"
    where = (x, y + below)
    drawing.text(control.name, where, WHITE, 1.8, weight=0.16, knockout=is_out)


def _shield(drawing: Drawing, panel: Panel) -> None:
    """Ground the back, through the jacks' threads."""
    width, height = panel.size
    inset = 0.5
    left, right, top, bottom = inset, width - inset, inset, height - inset
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    drawing.zone(corners, ["B.Cu"], (1, "GND"), "solid")


def _title(drawing: Drawing, panel: Panel) -> None:
    """Write the name, its two O as drawn balls."""
    pitch, y = 8.2, 10.6
    x = panel.size[0] / 2 - 3 * pitch
    for letter, number in zip("TOMBOLA", (0, 7, 0, 0, 42, 0, 0), strict=True):
        if number:
            _ball(drawing, (x, y), 3.0, number)
        else:
            drawing.text(letter, (x, y), WHITE, 5.2, weight=0.15)
        x += pitch


def _knob(drawing: Drawing, knob: Control) -> None:
    """Mark a knob's turn in tenths: balls that grow with the value, a line at noon."""
    low, high = SCALE
    is_bipolar = knob.range[0] < 0
    for tenth in range(11):
        share = abs(tenth - 5) / 5 if is_bipolar else tenth / 10
        centre = around(knob.position, 7.7, low + (high - low) * tenth / 10)
        for layer in (GOLD, BARE):
            drawing.circle(centre, round(0.2 + 0.35 * share, 3), layer, 0.0, True)
    start, end = (around(knob.position, radius, 0.0) for radius in (8.4, 9.2))
    drawing.line(start, end, WHITE, 0.3)
    if is_bipolar:
        for value, angle in zip(knob.range, SCALE, strict=True):
            where = around(knob.position, 10.0, angle)
            drawing.text(f"{value:+g}", where, WHITE, 1.1)
    _name(drawing, knob, 10.8)


def _chute(drawing: Drawing, panel: Panel) -> None:
    """Draw the lights as balls in the chute that they roll out into."""
    lights = panel.of("light")
    xs = [light.position[0] for light in lights]
    y = lights[0].position[1]
    for light in lights:
        _ring(drawing, light.position, 2.6, 2.15)
        x, _ = light.position
        drawing.text(light.name, (x, y + 4.7), WHITE, 1.4, weight=0.16)
    left, right, reach = min(xs), max(xs), 3.2
    for side in (-reach, reach):
        drawing.line((left, y + side), (right, y + side), WHITE, 0.3)
    drawing.arc((left, y), reach, (180.0, 360.0), WHITE, 0.3)
    drawing.arc((right, y), reach, (0.0, 180.0), WHITE, 0.3)


def _ticket(drawing: Drawing) -> None:
    """Draw a ticket: its stub torn along the holes, half circles bitten out of it."""
    (left, top), (right, bottom), stub, bite = (22.0, 75.2), (60.0, 82.2), 32.0, 1.0
    for y, side in ((top, 1), (bottom, -1)):
        for start, end in ((left, stub - bite), (stub + bite, right)):
            drawing.line((start, y), (end, y), WHITE, 0.3)
        turn = 90.0 if side > 0 else 270.0
        drawing.arc((stub, y), bite, (turn, turn + 180.0), WHITE, 0.3)
    middle = (top + bottom) / 2
    for x, turn in ((left, 0.0), (right, 180.0)):
        for start, end in ((top, middle - bite), (middle + bite, bottom)):
            drawing.line((x, start), (x, end), WHITE, 0.3)
        drawing.arc((x, middle), bite, (turn, turn + 180.0), WHITE, 0.3)
    for i in range(1, 6):
        dash = top + bite + i * 0.8
        drawing.line((stub, dash), (stub, dash + 0.4), WHITE, 0.2)
    drawing.text("No. 42", ((left + stub) / 2 + 0.4, middle), WHITE, 1.3)
    drawing.text("GOOD FOR ONE SOUND", ((stub + right) / 2, middle), WHITE, 1.4)


def _back(drawing: Drawing, panel: Panel) -> None:
    """Say on the back what this is, and name the holes for who builds it."""
    middle = panel.size[0] / 2
    words = "Tombola front panel, rev A, CERN-OHL-P-2.0"
    drawing.text(words, (middle, 61.0), "B.SilkS", 1.6)
    for control in panel.controls:
        x, y = control.position
        below = {"light": 3.4, "knob": 6.2}.get(control.kind, 7.0)
        drawing.text(control.name, (x, y + below), "B.SilkS", 1.2)


def _drum(drawing: Drawing) -> None:
    """Draw the drum on its stand, with its crank, and balls that have left it."""
    centre, radius = (40.5, 121.2), 4.5
    x, y = centre
    for ring in (radius, radius - 0.8):
        drawing.circle(centre, ring, WHITE, 0.3)
    for angle in range(0, 360, 30):
        start, end = (around(centre, r, angle) for r in (radius - 0.8, radius))
        drawing.line(start, end, WHITE, 0.2)
    for side in (-1, 1):
        foot = (x + side * 5.6, y + 5.0)
        drawing.line(around(centre, radius, side * 118.0), foot, WHITE, 0.4)
        drawing.line((foot[0] - 1, foot[1]), (foot[0] + 1, foot[1]), WHITE, 0.4)
    crank = (x + 8.4, y)
    drawing.line((x + radius, y), crank, WHITE, 0.4)
    drawing.line(crank, (crank[0], y - 2.6), WHITE, 0.4)
    drawing.circle((crank[0], y - 3.1), 0.6, WHITE, 0.3)
    for dx, dy in ((-1.7, 1.5), (0.2, 2.2), (1.9, 1.2), (-0.4, 0.0), (0.9, -1.9)):
        _ring(drawing, (round(x + dx, 3), round(y + dy, 3)), 0.85, 0.45)
    for number, ball in (
        (13, (17.6, 122.6)),
        (4, (23.0, 124.2)),
        (21, (28.4, 122.9)),
        (34, (53.8, 124.2)),
        (8, (59.2, 122.4)),
        (55, (64.6, 124.0)),
    ):
        _ball(drawing, ball, 2.3, number)
