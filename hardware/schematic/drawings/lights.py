"""Eight lights and the button."""

from hardware.circuit.panel import Panel
from hardware.schematic.drawings.common import grounded, horizontal, shunt
from hardware.schematic.page import Page


def draw(page: Page, panel: Panel) -> None:
    """Draw the sheet."""
    page.note("Lights", 20, 18, 2.0)
    page.remark(20, 144, 86)
    for i, light in enumerate(panel.of("light")):
        column, row = divmod(i, 4)
        _light(page, light.net, 34 + 94 * column, 32 + 18 * row)
    page.note("Button", 20, 102, 2.0)
    for button in panel.of("button"):
        _button(page, button.net, 46, 124)


def _light(page: Page, name: str, x: float, y: float) -> None:
    page.port(f"LIGHT_{name}", (x, y), "left", "input")
    left, right = horizontal(page, f"{name}.resistor", x + 12, y)
    page.wire((x, y), left)
    light = page.part(f"{name}.light", x + 28, y, 180)
    page.wire(right, light.pin("2"))
    page.wire(light.pin("1"), (x + 40, y))
    grounded(page, (x + 40, y), 1)


def _button(page: Page, name: str, x: float, y: float) -> None:
    page.port(f"BUTTON_{name}", (x, y), "left", "output")
    shunt(page, f"{name}.filter", x + 14, y)
    pull = page.part(f"{name}.pull", x + 24, y - 6)
    page.power("+3V3D", pull.pin("1"))
    page.wire(pull.pin("2"), (x + 24, y))
    left, right = horizontal(page, f"{name}.damping", x + 36, y)
    page.wire((x, y), left)
    button = page.part(f"{name}.button", x + 54, y)
    page.wire(right, button.pin("1"))
    page.wire(button.pin("2"), (x + 66, y))
    grounded(page, (x + 66, y), 1)
