"""The Daisy Seed and the debug headers."""

from hardware.circuit.panel import Panel
from hardware.schematic.drawings.common import grounded, shunt
from hardware.schematic.page import Page, Placed

SHAPES = {"CV_OUT": "output", "GATE_OUT": "output", "AUDIO_IN": "input"}
OUT_OF_SEED = ("KNOB_S", "LIGHT", "AUDIO_OUT")


def draw(page: Page, panel: Panel) -> None:
    """Draw the sheet."""
    seed = page.part("seed", 116, 66)
    nets = page.circuit.part("seed", "seed").nets
    _supplies(page, seed)
    for pin in seed.symbol.units[0].pins:
        point = seed.pin(pin.number)
        way = -1 if pin.side == "left" else 1
        side = pin.side
        net = nets.get(pin.number)
        if net is None:
            page.unconnected(point)
        elif net.startswith("SERIAL"):
            end = (point[0] + 4 * way, point[1])
            page.wire(point, end)
            page.label(net, end, side)
        elif net == "AUDIO_IN":
            continue
        elif net not in ("GND", "+5V", "+3V3A", "+3V3D"):
            end = (point[0] + 16 * way, point[1])
            page.wire(point, end)
            page.port(net, end, side, _shape(net))
    _audio_in(page, seed)
    _debug(page)
    page.remark(14, 18, 58)


def _shape(net: str) -> str:
    if net.startswith(OUT_OF_SEED):
        return "output"
    return SHAPES.get(net, "input")


def _audio_in(page: Page, seed: Placed) -> None:
    left, right = seed.pin("16"), seed.pin("17")
    page.wire(left, (left[0] - 16, left[1]))
    page.wire(right, (right[0] - 8, right[1]), (left[0] - 8, left[1]))
    page.port("AUDIO_IN", (left[0] - 16, left[1]), "left", "input")


def _supplies(page: Page, seed: Placed) -> None:
    x, y = seed.pin("20")
    page.wire((x, y), (x - 4, y))
    grounded(page, (x - 4, y), 3)
    x, y = seed.pin("40")
    page.wire((x, y), (x + 3, y), (x + 3, y - 8), (x + 9, y - 8))
    grounded(page, (x + 9, y - 8), 1)
    for number, net, reach in (("39", "+5V", 15), ("38", "+3V3D", 24)):
        x, y = seed.pin(number)
        page.wire((x, y), (x + reach, y))
        page.power(net, (x + reach, y))
    x, y = seed.pin("21")
    page.wire((x, y), (x + 6, y), (x + 6, y + 8), (x + 34, y + 8))
    page.power("+3V3A", (x + 14, y + 8))
    shunt(page, "analog.reservoir", x + 22, y + 8)
    shunt(page, "analog.bypass", x + 34, y + 8)


def _debug(page: Page) -> None:
    page.note("Debugging: a 10-way ribbon from the Seed's SWD connector", 14, 100, 2.0)
    ribbon = page.part("ribbon", 40, 122)
    bench = page.part("bench", 84, 123)
    x, y = ribbon.pin("1")
    page.wire((x, y), (x - 6, y))
    page.power("+3V3D", (x - 6, y))
    for number in ("3", "5", "9"):
        pin = ribbon.pin(number)
        page.wire(pin, (pin[0] - 6, pin[1]))
    page.wire((x - 6, y + 2), (x - 6, y + 10))
    page.power("GND", (x - 6, y + 10))
    for number in ("7", "8"):
        page.unconnected(ribbon.pin(number))
    for left, right, net in (
        ("2", "2", "SWDIO"),
        ("4", "3", "SWCLK"),
        ("6", "4", "SWO"),
    ):
        page.wire(ribbon.pin(left), bench.pin(right))
        page.label(net, (56, ribbon.pin(left)[1]))
    reset, end = ribbon.pin("10"), bench.pin("5")
    page.wire(reset, (52, reset[1]), (52, end[1]), end)
    page.label("NRST", (56, end[1]))
    for number, net in (("6", "SERIAL_TX"), ("7", "SERIAL_RX")):
        x, y = bench.pin(number)
        page.wire((56, y), (x, y))
        page.label(net, (56, y))
    x, y = bench.pin("1")
    page.wire((x, y), (x - 4, y))
    page.power("+3V3D", (x - 4, y))
    x, y = bench.pin("8")
    page.wire((x, y), (x - 4, y))
    grounded(page, (x - 4, y), 1)
