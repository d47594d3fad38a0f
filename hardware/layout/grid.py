"""The board as cells: where copper of which width may run, and what already does.

A cell stands for its centre. Tracks of a class may run through it where nothing of
another net comes closer than the clearance, so that two tracks are legal wherever both
of their cells are.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hardware.layout.footprints import Pad
from hardware.layout.items import Point
from hardware.layout.netclasses import CLEARANCE, EDGE, VIA, WIDTHS

PITCH = 0.25
# A track between two free cells may come this much closer to a corner than they do.
MARGIN = 0.05
LAYERS = ("F.Cu", "In1.Cu", "B.Cu")
BLOCKED = -1
# A track may end this deep in a pad.
INSIDE = 0.2

Way = NDArray[np.int32]


@dataclass(frozen=True)
class Shape:
    """Where cells lie: columns and rows of a grid from a corner."""

    corner: Point
    columns: int
    rows: int

    @property
    def size(self) -> int:
        """Return the number of a layer's cells."""
        return self.rows * self.columns

    def cell(self, point: Point) -> tuple[int, int]:
        """Return the row and column next to a point."""
        column = round((point[0] - self.corner[0]) / PITCH)
        row = round((point[1] - self.corner[1]) / PITCH)
        return row, column

    def point(self, cell: int) -> Point:
        """Return a flat cell's centre, of whichever layer it is."""
        row, column = divmod(cell % self.size, self.columns)
        return (
            round(self.corner[0] + column * PITCH, 4),
            round(self.corner[1] + row * PITCH, 4),
        )

    def layer(self, cell: int) -> int:
        """Return a flat cell's layer."""
        return cell // self.size


def distances(shape: Shape, pad: Pad, reach: float) -> tuple[slice, slice, np.ndarray]:
    """Return a window of cells around a pad, and how far each is from its copper."""
    (x, y), (width, height) = pad.centre, pad.size
    radius = math.hypot(width, height) / 2 + reach + PITCH
    row, column = shape.cell((x - radius, y - radius))
    last_row, last_column = shape.cell((x + radius, y + radius))
    rows = slice(max(row, 0), min(last_row + 1, shape.rows))
    columns = slice(max(column, 0), min(last_column + 1, shape.columns))
    dy = shape.corner[1] + PITCH * np.arange(rows.start, rows.stop) - y
    dx = shape.corner[0] + PITCH * np.arange(columns.start, columns.stop) - x
    turn = math.radians(pad.angle)
    along = np.abs(dx[None, :] * math.cos(turn) - dy[:, None] * math.sin(turn))
    across = np.abs(dx[None, :] * math.sin(turn) + dy[:, None] * math.cos(turn))
    # A circle or oval is a line with a radius; all else is taken as its rectangle.
    rounding = min(width, height) / 2 if pad.shape in {"circle", "oval"} else 0.0
    along = np.maximum(along - (width / 2 - rounding), 0.0)
    across = np.maximum(across - (height / 2 - rounding), 0.0)
    return rows, columns, np.hypot(along, across) - rounding


def pad_cells(shape: Shape, pad: Pad) -> list[int]:
    """Return the flat cells well inside a pad, and the one next to its centre."""
    rows, columns, far = distances(shape, pad, 0.0)
    found = {
        (rows.start + int(y), columns.start + int(x))
        for y, x in np.argwhere(far < -INSIDE)
    }
    found.add(shape.cell(pad.centre))
    return [
        layer * shape.size + y * shape.columns + x
        for layer, name in enumerate(LAYERS)
        if _on(pad, name)
        for y, x in sorted(found)
    ]


def _discs(radius: float) -> list[tuple[int, int]]:
    """Return the steps from a cell to all that are nearer than a radius."""
    reach = int(radius / PITCH) + 1
    return [
        (dy, dx)
        for dy in range(-reach, reach + 1)
        for dx in range(-reach, reach + 1)
        if math.hypot(dy, dx) * PITCH < radius - 1e-6
    ]


@dataclass
class Grid:
    """What stands in the way on a board, by class of width.

    owner[class, layer, row, column]: 0 where nothing is, a net's number where only its
    pads are, BLOCKED elsewhere; via_owner[row, column] the same for vias. used and
    via_used count the nets whose tracks are there.
    """

    shape: Shape
    owner: NDArray[np.int16] = field(init=False)
    via_owner: NDArray[np.int16] = field(init=False)
    used: NDArray[np.int16] = field(init=False)
    via_used: NDArray[np.int16] = field(init=False)

    def __post_init__(self) -> None:
        cells = (self.shape.rows, self.shape.columns)
        self.owner = np.zeros((len(WIDTHS), len(LAYERS), *cells), np.int16)
        self.via_owner = np.zeros(cells, np.int16)
        self.used = np.zeros_like(self.owner)
        self.via_used = np.zeros(cells, np.int16)
        for i, width in enumerate(WIDTHS):
            self._edge(self.owner[i], EDGE + width / 2)
        self._edge(self.via_owner, EDGE + VIA / 2)

    @staticmethod
    def _edge(cells: NDArray[np.int16], inset: float) -> None:
        count = math.ceil(inset / PITCH - 1e-6)
        for view in (cells, np.swapaxes(cells, -1, -2)):
            view[..., :count] = BLOCKED
            view[..., view.shape[-1] - count :] = BLOCKED

    def add_pad(self, pad: Pad, net: int, room: float = 0.0) -> None:
        """Keep other nets away from a pad, and every via: solder would run into it.

        room: mm that tracks stay farther away than they have to.
        """
        layers = [i for i, name in enumerate(LAYERS) if _on(pad, name)]
        for i, width in enumerate(WIDTHS):
            reach = width / 2 + CLEARANCE + MARGIN + room
            rows, columns, far = distances(self.shape, pad, reach)
            for layer in layers:
                _claim(self.owner[i, layer, rows, columns], far < reach - 1e-6, net)
        reach = VIA / 2 + CLEARANCE + MARGIN
        rows, columns, far = distances(self.shape, pad, reach)
        window = self.via_owner[rows, columns]
        _claim(window, far < reach - 1e-6, net)
        window[far < VIA / 2 + MARGIN] = BLOCKED

    def keep_out(self, centre: Point, radius: float, layer: int) -> None:
        """Keep tracks from a circle on one layer, and vias."""
        circle = Pad(
            "", "", "", centre, (2 * radius, 2 * radius), 0.0, "circle", (), 0.0
        )
        for i, width in enumerate(WIDTHS):
            rows, columns, far = distances(self.shape, circle, width)
            self.owner[i, layer, rows, columns][far < width / 2 + MARGIN] = BLOCKED
        rows, columns, far = distances(self.shape, circle, VIA)
        self.via_owner[rows, columns][far < VIA / 2 + MARGIN] = BLOCKED

    def shadow(
        self, tracks: Iterable[int], vias: Sequence[int], width: int
    ) -> tuple[Way, Way]:
        """Return where a net's copper keeps others out: cells of `used`, of `via_used`.

        tracks: flat cells with a layer; vias: with any; width: index into WIDTHS.
        """
        masks = np.zeros_like(self.used, dtype=np.bool_)
        via_mask = np.zeros(self.via_used.shape, dtype=np.bool_)
        own = WIDTHS[width] / 2 + CLEARANCE + MARGIN
        size, columns = self.shape.size, self.shape.columns
        cells = np.array(sorted(tracks), np.int64)
        layer, place = cells // size, cells % size
        for i, other in enumerate(WIDTHS):
            _stamp(masks[i], layer, place // columns, place % columns, own + other / 2)
        zero = np.zeros_like(layer)
        _stamp(via_mask[None], zero, place // columns, place % columns, own + VIA / 2)
        place = np.array(sorted({via % size for via in vias}), np.int64)
        for at in range(len(LAYERS)):
            layer = np.full_like(place, at)
            for i, other in enumerate(WIDTHS):
                reach = VIA / 2 + CLEARANCE + MARGIN + other / 2
                _stamp(masks[i], layer, place // columns, place % columns, reach)
        reach = VIA + CLEARANCE + MARGIN
        zero = np.zeros_like(place)
        _stamp(via_mask[None], zero, place // columns, place % columns, reach)
        return (
            np.flatnonzero(masks).astype(np.int32),
            np.flatnonzero(via_mask).astype(np.int32),
        )

    def add(self, shadow: tuple[Way, Way], sign: int) -> None:
        """Count a net's shadow in, or out with -1."""
        self.used.reshape(-1)[shadow[0]] += sign
        self.via_used.reshape(-1)[shadow[1]] += sign


def _on(pad: Pad, layer: str) -> bool:
    return pad.is_through or layer in pad.layers or "*.Cu" in pad.layers


def _claim(window: NDArray[np.int16], near: NDArray[np.bool_], net: int) -> None:
    """Give cells to a net; those that another has are nobody's."""
    taken = near & (window != 0) & (window != net)
    window[near] = net if net > 0 else BLOCKED
    window[taken] = BLOCKED


def _stamp(
    masks: NDArray[np.bool_],
    layer: NDArray[np.int64],
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    radius: float,
) -> None:
    rows, columns = masks.shape[-2:]
    for dy, dx in _discs(radius):
        y = np.clip(row + dy, 0, rows - 1)
        x = np.clip(column + dx, 0, columns - 1)
        masks[layer, y, x] = True
