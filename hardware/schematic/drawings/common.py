"""What several sheets draw the same way."""

from hardware.schematic.page import Page, Placed, Point


def socket_in(page: Page, role: str, x: float, y: float) -> Point:
    """Draw an input jack, at rest on ground, and return its tip."""
    socket = page.part(role, x, y)
    page.wire(socket.pin("TN"), (x + 7, y), (x + 7, y + 4))
    page.wire(socket.pin("S"), (x + 7, y + 2))
    page.power("GND", (x + 7, y + 4))
    return socket.pin("T")


def socket_out(page: Page, role: str, x: float, y: float) -> Point:
    """Draw an output jack, its contacts to the left, and return its tip."""
    socket = page.part(role, x, y, mirror="y")
    page.unconnected(socket.pin("TN"))
    page.wire(socket.pin("S"), (x - 7, y + 2), (x - 7, y + 4))
    page.power("GND", (x - 7, y + 4))
    return socket.pin("T")


def amplifier(
    page: Page,
    role: str,
    unit: int,
    x: float,
    y: float,
    inverting: bool = True,
    sheet: str = "",
) -> tuple[Point, Point, Point]:
    """Draw one amplifier, return plus, minus and out; inverting: minus on top."""
    mirror = "x" if inverting else ""
    placed = page.part(role, x, y, mirror=mirror, unit=unit, sheet=sheet)
    plus, minus, out = (
        placed.pin(pin.number) for pin in placed.symbol.units[unit - 1].pins
    )
    return plus, minus, out


def grounded(page: Page, point: Point, steps: float = 2) -> None:
    """Lead a point down to ground."""
    end = (point[0], point[1] + steps)
    page.wire(point, end)
    page.power("GND", end)


def rails(page: Page, role: str, x: float, y: float, high: str, low: str) -> None:
    """Draw a package's supply with its bypass capacitors beside it."""
    item = page.circuit.part(page.name, role).item
    unit = len(item.units) + 1
    package = page.part(role, x, y, unit=unit)
    top, bottom = (package.pin(pin) for pin in item.supply)
    if low == "GND":
        bypass = page.part(f"{role}.bypass", x + 9, y)
        page.wire(top, (x + 9, top[1]), bypass.pin("1"))
        page.wire(bottom, (x + 9, bottom[1]), bypass.pin("2"))
    else:
        first = page.part(f"{role}.bypass", x + 9, y - 5)
        second = page.part(f"{role}.bypass_low", x + 9, y + 5)
        page.wire(top, (x, y - 8), (x + 9, y - 8), first.pin("1"))
        page.wire(bottom, (x, y + 8), (x + 9, y + 8), second.pin("2"))
        page.wire(first.pin("2"), second.pin("1"))
        page.wire((x + 9, y), (x + 18, y))
        grounded(page, (x + 18, y), 1)
        top, bottom = (x, y - 8), (x, y + 8)
    for net, point, way in ((high, top, -1), (low, bottom, 1)):
        end = (point[0], point[1] + way)
        page.wire(point, end)
        page.power(net, end)


def horizontal(page: Page, role: str, x: float, y: float) -> tuple[Point, Point]:
    """Draw a two-pin part lying down, pin 1 at the left; return both pins."""
    placed = page.part(role, x, y, 90)
    return placed.pin("1"), placed.pin("2")


def shunt(page: Page, role: str, x: float, y: float) -> Placed:
    """Draw a part from the point (x, y) down to ground."""
    placed = page.part(role, x, y + 5)
    page.wire((x, y), placed.pin("1"))
    page.power("GND", placed.pin("2"))
    return placed
