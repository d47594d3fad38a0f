"""Two gate inputs, one above the other."""

from hardware.circuit.panel import Control, Panel
from hardware.circuit.sheets import gate_net, gates_in
from hardware.schematic.drawings.common import (
    amplifier,
    horizontal,
    shunt,
    socket_in,
)
from hardware.schematic.page import Page


def draw(page: Page, panel: Panel) -> None:
    """Draw the sheet."""
    for i, gate in enumerate(gates_in(panel)):
        _trigger(page, gate, 30, 44 + 62 * i, i)
    page.remark(146, 20, 60)


def _trigger(page: Page, gate: Control, x: float, y: float, index: int) -> None:
    name = gate.net
    page.note(f"{gate.name}   {gate.does}", x - 4, y - 28, 2.0)
    tip = socket_in(page, f"{name}.jack", x, y)
    line = y - 2
    left, right = horizontal(page, f"{name}.input", x + 25, line)
    page.wire(tip, left)
    shunt(page, f"{name}.load", x + 15, line)

    clamp = page.part(f"{name}.clamp", x + 36, line - 13, 90)
    page.power("+3V3A", clamp.pin("2"))
    page.power("GND", clamp.pin("1"))
    page.wire(clamp.pin("3"), (x + 40, line))
    shunt(page, f"{name}.filter", x + 48, line)

    unit = index + 3
    plus, minus, out = amplifier(
        page, "amplifiers_2", unit, x + 66, y, sheet="cv_inputs"
    )
    page.wire(right, minus)
    node, base = (x + 78, y), y + 16
    level = (x + 57, base)
    page.wire(plus, (level[0], plus[1]), level)
    left, right = horizontal(page, f"{name}.high", x + 47, base)
    page.power("+3V3A", (x + 40, base))
    page.wire((x + 40, base), left)
    page.wire(right, level)
    shunt(page, f"{name}.low", x + 54, base)
    left, right = horizontal(page, f"{name}.hysteresis", x + 67, base)
    page.wire(level, left)
    page.wire(right, (node[0], base), node)
    left, right = horizontal(page, f"{name}.output", x + 86, y)
    page.wire(out, node, left)
    page.wire(right, (x + 96, y))
    page.port(gate_net(gate), (x + 96, y), "right", "output")
