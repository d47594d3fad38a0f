"""Power: from the bus to the rails, and the offsets' reference."""

from hardware.circuit.panel import Panel
from hardware.schematic.drawings.common import (
    amplifier,
    grounded,
    horizontal,
    rails,
    shunt,
)
from hardware.schematic.page import Page

POSITIVE, NEGATIVE = 36.0, 58.0  # the lanes of the rails


def draw(page: Page, panel: Panel) -> None:
    """Draw the sheet."""
    _bus(page)
    _rails(page)
    _converter(page)
    _reference(page, 20, 100)
    rails(page, "amplifier", 146, 98, "+12V", "-12V")
    page.note("B of U102 is on the sheet Outputs.", 140, 114)
    _test_points(page, 22, 134)
    page.remark(14, 144, 86)


def _bus(page: Page) -> None:
    page.note("Eurorack bus, fuses, reverse protection", 14, 18, 2.0)
    y = 46.0
    bus = page.part("bus", 28, y, mirror="x")
    page.wire(bus.pin("9"), (20, y - 4), (20, POSITIVE), (38, POSITIVE))
    page.wire(bus.pin("10"), (38, y - 4), (38, POSITIVE))
    page.wire(bus.pin("1"), (20, y + 4), (20, y + 8), (38, y + 8), (38, NEGATIVE))
    page.wire(bus.pin("2"), (38, y + 4), (38, y + 8))
    for pin in ("3", "5", "7"):
        page.wire(bus.pin(pin), (16, bus.pin(pin)[1]))
    grounded(page, (16, y - 2), 14)
    for pin in ("4", "6", "8"):
        page.wire(bus.pin(pin), (36, bus.pin(pin)[1]))
    page.wire((36, y - 2), (36, y + 2))
    page.wire((36, y + 1), (44, y + 1))
    grounded(page, (44, y + 1), 1)
    page.flag((44, y + 1))


def _rails(page: Page) -> None:
    left, right = horizontal(page, "positive.fuse", 50, POSITIVE)
    page.wire((38, POSITIVE), left)
    diode = page.part("positive.diode", 63, POSITIVE, 180)
    page.wire(right, diode.pin("2"))
    page.wire(diode.pin("1"), (97, POSITIVE))
    high = page.part("positive.reservoir", 74, 42)
    page.wire((74, POSITIVE), high.pin("1"))
    page.power("+12V", (82, POSITIVE))
    page.flag((90, POSITIVE))

    left, right = horizontal(page, "negative.fuse", 50, NEGATIVE)
    page.wire((38, NEGATIVE), left)
    diode = page.part("negative.diode", 63, NEGATIVE)
    page.wire(right, diode.pin("1"))
    page.wire(diode.pin("2"), (90, NEGATIVE))
    low = page.part("negative.reservoir", 74, 52)
    page.wire(low.pin("2"), (74, NEGATIVE))
    page.power("-12V", (82, NEGATIVE))
    page.flag((90, NEGATIVE))
    page.wire(high.pin("2"), low.pin("1"))
    page.wire((74, 47), (84, 47))
    grounded(page, (84, 47), 1)


def _converter(page: Page) -> None:
    page.note("5 V for the Daisy Seed", 98, 18, 2.0)
    left, right = horizontal(page, "converter.choke", 104, POSITIVE)
    page.wire((97, POSITIVE), left)
    converter = page.part("converter", 132, POSITIVE)
    page.wire(right, converter.pin("1"))
    shunt(page, "converter.input", 112, POSITIVE)
    page.flag((118, POSITIVE))
    grounded(page, converter.pin("2"), 1)
    left, right = horizontal(page, "converter.bead", 158, POSITIVE)
    page.wire(converter.pin("3"), left)
    shunt(page, "converter.output", 147, POSITIVE)
    page.wire(right, (186, POSITIVE))
    shunt(page, "converter.reservoir", 168, POSITIVE)
    page.power("+5V", (178, POSITIVE))
    page.flag((186, POSITIVE))


def _reference(page: Page, x: float, y: float) -> None:
    page.note("Reference for offsets: the ADC's 3.3 V, inverted", x - 6, y - 30, 2.0)
    line, loop = y - 2, x + 30
    left, right = horizontal(page, "reference.input", x + 14, line)
    page.wire((x + 2, line), left)
    page.power("+3V3A", (x + 2, line))
    plus, minus, out = amplifier(page, "amplifier", 1, x + 40, y)
    page.wire(right, (loop, line), minus)
    grounded(page, plus)
    node, rail = (x + 50, y), (x + 70, y)
    left, right = horizontal(page, "reference.fast", x + 40, line - 8)
    page.wire((loop, line), (loop, left[1]), left)
    page.wire(right, (node[0], right[1]), node)
    left, right = horizontal(page, "reference.feedback", x + 40, line - 16)
    page.wire((loop, line - 8), (loop, left[1]), left)
    page.wire(right, (rail[0], right[1]), rail)
    left, right = horizontal(page, "reference.isolation", x + 60, y)
    page.wire(out, node, left)
    page.wire(right, rail, (x + 98, y))
    store = page.part("reference.reservoir", x + 78, y + 5, 180)
    page.wire((x + 78, y), store.pin("2"))
    page.power("GND", store.pin("1"))
    page.power("-3V3REF", (x + 90, y))
    page.flag((x + 98, y))


def _test_points(page: Page, x: float, y: float) -> None:
    page.note("Test points", x - 8, y - 10, 2.0)
    for i, net in enumerate(("+12V", "-12V", "+5V", "+3V3A", "-3V3REF", "GND")):
        place = (x + 16 * i, y)
        probe = page.part(f"test {net}", x + 16 * i + 5, y)
        page.wire(place, probe.pin("1"))
        page.power(net, place)
