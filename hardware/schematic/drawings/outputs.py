"""CV out and gate out."""

from hardware.circuit.panel import Panel
from hardware.schematic.drawings.common import (
    amplifier,
    grounded,
    horizontal,
    shunt,
    socket_out,
)
from hardware.schematic.page import Page


def draw(page: Page, panel: Panel) -> None:
    """Draw the sheet."""
    _cv(page, 30, 44)
    _gate(page, 30, 112)
    page.remark(150, 20, 58)


def _cv(page: Page, x: float, y: float) -> None:
    page.note("CV   -5 .. +5 V", x - 16, y - 22, 2.0)
    line = y - 2
    plus, minus, out = amplifier(
        page, "amplifier", 2, x + 50, y, inverting=False, sheet="power"
    )
    page.port("CV_OUT", (x, line), "left", "input")
    page.wire((x, line), plus)
    shunt(page, "CV.pull", x + 10, line)
    shunt(page, "CV.filter", x + 22, line)
    base, total = y + 18, x + 38
    page.wire(minus, (total, minus[1]), (total, base))
    left, right = horizontal(page, "CV.fast", x + 50, y + 10)
    page.wire((total, y + 10), left)
    drive, node = x + 60, x + 80
    page.wire(right, (drive, y + 10), (drive, y))
    left, right = horizontal(page, "CV.guard", x + 69, y)
    page.wire(out, (drive, y), left)
    tip = socket_out(page, "CV.jack", x + 96, y + 2)
    page.wire(right, (node, y), tip)
    left, right = horizontal(page, "CV.offset", x + 28, base)
    page.power("+3V3A", (x + 20, base))
    page.wire((x + 20, base), left)
    page.wire(right, (total, base))
    shunt(page, "CV.ground", total - 3, base)
    left, right = horizontal(page, "CV.feedback", x + 58, base)
    page.wire((total, base), left)
    page.wire(right, (node, base), (node, y))


def _gate(page: Page, x: float, y: float) -> None:
    page.note("GATE   0 or 5 V", x - 16, y - 26, 2.0)
    buffer = page.part("GATE.buffer", x + 30, y)
    page.port("GATE_OUT", (x, y), "left", "input")
    page.wire((x, y), buffer.pin("2"))
    shunt(page, "GATE.pull", x + 10, y)
    enable = buffer.pin("1")
    page.wire(enable, (x + 20, enable[1]))
    grounded(page, (x + 20, enable[1]), 1)
    supply = buffer.pin("5")
    page.wire(supply, (supply[0], supply[1] - 2))
    page.power("+5V", (supply[0], supply[1] - 2))
    grounded(page, buffer.pin("3"), 1)
    clamp = page.part("GATE.clamp", x + 46, y - 14, 90)
    page.power("+5V", clamp.pin("2"))
    page.power("GND", clamp.pin("1"))
    page.wire(clamp.pin("3"), (x + 50, y))
    left, right = horizontal(page, "GATE.guard", x + 62, y)
    page.wire(buffer.pin("4"), left)
    tip = socket_out(page, "GATE.jack", x + 90, y + 2)
    page.wire(right, tip)
    page.power("+5V", (x + 112, y - 6))
    shunt(page, "GATE.bypass", x + 112, y - 6)
