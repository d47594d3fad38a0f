"""The sheet that joins the others: signals from left to right through the Seed."""

from collections.abc import Mapping

from hardware.schematic.page import Page, Point, millimetres
from hardware.schematic.symbol import justified
from hardware.sexpr import Node, Quoted, identity

LEFT = ("cv_inputs", "knobs", "gate_inputs")
RIGHT = ("audio", "outputs", "lights")
TOP, GAP, PITCH, WIDTH = 30.0, 8.0, 3.0, 36.0
SEED_WIDTH = 40.0
COLUMNS = {"left": 28.0, "seed": 94.0, "right": 166.0}
OPPOSITE = {"input": "output", "output": "input"}


def draw(page: Page, sheets: Mapping[str, Page]) -> None:
    """Draw one box a sheet, and the wires between them."""
    page.note("Tombola: the whole module", 14, 14, 3.0)
    seed = sheets["seed"]
    seed_pins: list[tuple[str, str, Point]] = []
    bottom = TOP
    for side, names in (("left", LEFT), ("right", RIGHT)):
        y = TOP
        for name in names:
            nets = [net for net in seed.ports if net in sheets[name].ports]
            height = PITCH * len(nets) + PITCH
            x = COLUMNS[side]
            edge = x + WIDTH if side == "left" else x
            face = COLUMNS["seed"] + (0 if side == "left" else SEED_WIDTH)
            pins = []
            for i, net in enumerate(nets, 1):
                row = y + PITCH * i
                shape = sheets[name].ports[net]
                pins.append((net, shape, (edge, row)))
                seed_pins.append((net, seed.ports[net], (face, row)))
                page.wire((edge, row), (face, row))
            _box(page, sheets[name], x, y, WIDTH, height, pins)
            y += height + GAP
        bottom = max(bottom, y - GAP)
    _box(page, seed, COLUMNS["seed"], TOP, SEED_WIDTH, bottom - TOP, seed_pins)
    _box(page, sheets["power"], COLUMNS["left"], bottom + 4, WIDTH, 10, [])
    page.note(
        "+12V, -12V, +5V, +3V3A, +3V3D, -3V3REF and GND reach every sheet.",
        COLUMNS["left"] + WIDTH + 4,
        bottom + 8,
    )


def _box(
    page: Page,
    sheet: Page,
    x: float,
    y: float,
    width: float,
    height: float,
    pins: list[tuple[str, str, Point]],
) -> None:
    here: Node = ["at", millimetres(x), millimetres(y)]
    node: Node = ["sheet", here, ["size", millimetres(width), millimetres(height)]]
    node += [["exclude_from_sim", "no"], ["in_bom", "yes"], ["on_board", "yes"]]
    node += [["dnp", "no"], ["stroke", ["width", 0.2], ["type", "solid"]]]
    node += [["fill", ["color", 255, 255, 194, 0.3]]]
    node.append(["uuid", identity("sheet", sheet.name)])
    for name, text, row in (
        ("Sheetname", sheet.title, y - 1.2),
        ("Sheetfile", f"{sheet.name}.kicad_sch", y + height + 1.2),
    ):
        at: Node = ["at", millimetres(x), millimetres(row), 0]
        node.append(["property", Quoted(name), Quoted(text), at, justified("left")])
    for net, shape, point in pins:
        is_left = point[0] == x
        where: Node = ["at", *map(millimetres, point), 180 if is_left else 0]
        uuid = identity("root", sheet.name, net)
        effects = justified("left" if is_left else "right")
        node.append(["pin", Quoted(net), shape, where, ["uuid", uuid], effects])
    number: Node = ["page", Quoted(str(sheet.number))]
    path: Node = ["path", Quoted(page.path), number]
    node.append(["instances", ["project", Quoted("tombola"), path]])
    page.nodes.append(node)
