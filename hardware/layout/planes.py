"""Ground: poured on all four layers, and the vias that make one of them."""

from collections.abc import Sequence

import numpy as np

from hardware.layout.footprints import Pad
from hardware.layout.grid import PITCH, Grid
from hardware.layout.items import COPPER, Drawing, Point
from hardware.layout.netclasses import VIA, VIA_DRILL
from hardware.layout.route import Net

GROUND = "GND"
# Wherever there is room for a via, another is no farther away than this: in FR4 a tenth
# of a wavelength at 3.5 GHz, well above what the Seed's edges hold.
APART = 4.0
STEP = 0.5


def stitches(grid: Grid, ground: Net, pads: Sequence[Pad]) -> list[Point]:
    """Return where vias join the planes, beside those that the pads have."""
    shape = grid.shape
    own = np.zeros_like(grid.via_used)
    if ground.shadow is not None:
        own.reshape(-1)[ground.shadow[1]] = 1
    free = (grid.via_used - own == 0) & np.isin(grid.via_owner, (0, ground.number))
    taken = [shape.point(cell) for cell in ground.vias(shape.size)]
    taken += [p.centre for p in pads if p.net == ground.name and p.is_through]
    found: list[Point] = []
    every = round(STEP / PITCH)
    for row in range(0, shape.rows, every):
        for column in range(0, shape.columns, every):
            if not free[row, column]:
                continue
            point = shape.point(row * shape.columns + column)
            near = np.array(taken + found) - np.array(point)
            if np.hypot(near[:, 0], near[:, 1]).min() >= APART:
                found.append(point)
    return found


def draw_ground(
    drawing: Drawing,
    outline: tuple[Point, Point],
    net: int,
    vias: Sequence[Point],
) -> None:
    """Pour ground on every layer and lay the vias."""
    (x, y), (width, height) = outline
    right, bottom = x + width, y + height
    corners = [(x, y), (right, y), (right, bottom), (x, bottom)]
    drawing.zone(corners, COPPER[drawing.copper], (net, GROUND), "thermal")
    for via in vias:
        drawing.via(via, VIA, VIA_DRILL, net)
