"""Six CV inputs, two columns of three."""

from hardware.circuit.panel import Control, Panel
from hardware.circuit.sheets import cv_net
from hardware.schematic.drawings.common import (
    amplifier,
    grounded,
    horizontal,
    rails,
    shunt,
    socket_in,
)
from hardware.schematic.page import Page


def draw(page: Page, panel: Panel) -> None:
    """Draw the sheet."""
    for i, jack in enumerate(panel.of("cv")):
        column, row = divmod(i, 3)
        _stage(page, jack, 17 + 106 * column, 36 + 38 * row, i)
    for i in (0, 1):
        rails(page, f"amplifiers_{i + 1}", 24 + 36 * i, 142, "+3V3A", "GND")
    page.note("C and D of U202 are on the sheet Gate inputs.", 14, 154)
    page.remark(82, 134, 52)


def _stage(page: Page, jack: Control, x: float, y: float, index: int) -> None:
    name = jack.net
    low, high = jack.range
    page.note(f"{jack.name}   {low:+.0f} .. {high:+.0f} V", x - 4, y - 22, 2.0)
    tip = socket_in(page, f"{name}.jack", x, y)
    line, loop = y - 2, x + 28
    left, right = horizontal(page, f"{name}.input", x + 15, line)
    page.wire(tip, left)
    offset = page.part(f"{name}.offset", x + 20, y + 3, 180)
    page.wire((x + 20, line), offset.pin("2"))
    page.power("-3V3REF", offset.pin("1"))

    package = f"amplifiers_{index // 4 + 1}"
    plus, minus, out = amplifier(page, package, index % 4 + 1, x + 37, y)
    page.wire(right, (loop, line), minus)
    grounded(page, plus)
    node = (x + 46, y)
    for role, height in (("feedback", 8), ("band", 16)):
        left, right = horizontal(page, f"{name}.{role}", x + 37, line - height)
        page.wire((loop, line), (loop, left[1]), left)
        page.wire(right, (node[0], right[1]), node)
    left, right = horizontal(page, f"{name}.isolation", x + 53, y)
    page.wire(out, node, left)
    end = (x + 70, y)
    page.wire(right, end)
    shunt(page, f"{name}.reservoir", x + 62, y)
    if index == 0:
        page.part("test V_OCT", x + 67, y)
    page.port(cv_net(jack), end, "right", "output")
