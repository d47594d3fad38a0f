"""Eight knobs and their multiplexer."""

from hardware.circuit.panel import Panel
from hardware.schematic.drawings.common import grounded, horizontal, shunt
from hardware.schematic.page import Page

PITCH, FIRST = 16.0, 22.0


def draw(page: Page, panel: Panel) -> None:
    """Draw the sheet."""
    x, y = 120.0, FIRST + 3.5 * PITCH + 1
    multiplexer = page.part("multiplexer", x, y, mirror="y")
    for i, knob in enumerate(panel.of("knob")):
        row = FIRST + PITCH * i
        placed = page.part(f"{knob.net}.knob", 38, row)
        page.note(knob.name, 14, row - 1, 2.0)
        page.power("+3V3A", placed.pin("3"))
        page.power("GND", placed.pin("1"))
        shunt(page, f"{knob.net}.filter", 52, row)
        # The knobs farthest from the middle take the lanes nearest to the chip, so
        # that no two wires cross.
        lane = 70 + 6 * max(3 - i, i - 4)
        way = (x - 8, y - 8 + 2 * i)
        page.wire(placed.pin("2"), (lane, row), (lane, way[1]), way)
        page.label(f"KNOB_{knob.net}", (96, way[1]))

    page.remark(112, 16, 80)
    page.power("+3V3A", multiplexer.pin("16"))
    for number in ("8", "7"):
        grounded(page, multiplexer.pin(number), 1)
    enable = multiplexer.pin("6")
    page.wire(enable, (x + 12, enable[1]))
    grounded(page, (x + 12, enable[1]))
    common = multiplexer.pin("3")
    left, right = horizontal(page, "isolation", x + 17, common[1])
    page.wire(common, left)
    page.wire(right, (x + 42, common[1]))
    shunt(page, "reservoir", x + 30, common[1])
    page.port("KNOB", (x + 42, common[1]), "right", "output")
    for i, number in enumerate(("11", "10", "9")):
        pin = multiplexer.pin(number)
        page.wire(pin, (x + 16, pin[1]))
        page.port(f"KNOB_S{i}", (x + 16, pin[1]), "right", "input")
    page.power("+3V3A", (x + 60, y + 10))
    shunt(page, "multiplexer.bypass", x + 60, y + 10)
