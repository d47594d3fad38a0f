"""Audio in and out."""

from hardware.circuit.panel import Panel
from hardware.schematic.drawings.common import (
    amplifier,
    grounded,
    horizontal,
    rails,
    socket_in,
    socket_out,
)
from hardware.schematic.page import Page, Point


def draw(page: Page, panel: Panel) -> None:
    """Draw the sheet."""
    _input(page, 18, 46)
    outs = [jack for jack in panel.of("audio") if jack.direction == "out"]
    for i, jack in enumerate(outs):
        _output(page, jack.net, i + 1, 118, 46 + 44 * i)
    rails(page, "amplifier_in", 22, 100, "+12V", "-12V")
    rails(page, "amplifiers_out", 56, 100, "+12V", "-12V")
    page.remark(62, 126, 60)
    page.note("Not used", 18, 124, 2.0)
    plus, minus, out = amplifier(page, "amplifier_in", 2, 34, 138)
    grounded(page, plus)
    page.wire(minus, (minus[0], 131), (44, 131), (44, out[1]), out)


def _stage(
    page: Page, name: str, package: str, unit: int, start: Point, x: float, y: float
) -> Point:
    """An inverting stage from `start`; return its output."""
    line, loop = y - 2, x - 10
    left, right = horizontal(page, f"{name}.input", x - 20, line)
    page.wire(start, left)
    plus, minus, out = amplifier(page, package, unit, x, y)
    page.wire(right, (loop, line), minus)
    grounded(page, plus)
    node = (x + 10, y)
    page.wire(out, node)
    for role, height in (("feedback", 8), ("band", 16)):
        left, right = horizontal(page, f"{name}.{role}", x, line - height)
        page.wire((loop, line), (loop, left[1]), left)
        page.wire(right, (node[0], right[1]), node)
    return node


def _input(page: Page, x: float, y: float) -> None:
    page.note("IN   10 Vpp, to 20 Vpp unclipped", x - 4, y - 26, 2.0)
    tip = socket_in(page, "IN.jack", x, y)
    node = _stage(page, "IN", "amplifier_in", 1, tip, x + 36, y)
    left, right = horizontal(page, "IN.isolation", x + 54, y)
    page.wire(node, left)
    page.wire(right, (x + 66, y))
    page.port("AUDIO_IN", (x + 66, y), "right", "output")


def _output(page: Page, name: str, unit: int, x: float, y: float) -> None:
    page.note(f"{name}   10 Vpp", x - 4, y - 26, 2.0)
    start = (x + 4, y - 2)
    page.port(f"AUDIO_OUT_{name}", start, "left", "input")
    node = _stage(page, name, "amplifiers_out", unit, start, x + 32, y)
    left, right = horizontal(page, f"{name}.guard", x + 50, y)
    page.wire(node, left)
    tip = socket_out(page, f"{name}.jack", x + 72, y + 2)
    page.wire(right, tip)
