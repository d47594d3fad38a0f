"""Where every part's reference is printed: next to it, and over nothing."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.layout.footprints import Entry, Pad, Place, printed
from hardware.layout.items import Point
from hardware.layout.labels import SMALL, WEIGHT, Box, text_box
from hardware.sexpr import Node, Quoted

# Between a text and a pad.
GAP = 0.06
RASTER = 0.025
FARTHEST = 2.5
EDGE_CELLS = 20
# What the library's lines are wide, and a little more.
LINE = 0.14
# A name under its part is read before the part is there; rather that than far away.
HIDDEN = 6.0


def pad_box(pad: Pad) -> Box:
    """Return the room that a pad takes, its turn a whole number of quarters."""
    width, height = pad.size if pad.angle % 180 == 0 else pad.size[::-1]
    x, y = pad.centre
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


@dataclass
class Side:
    """One side of the board while it is printed on: where something already is."""

    letter: str
    corner: Point
    taken: NDArray[np.bool_]

    def cover(self, box: Box, gap: float = GAP) -> None:
        """Keep later texts from a box."""
        rows, columns = self._window(box, gap)
        self.taken[rows, columns] = True

    def _window(self, box: Box, gap: float) -> tuple[slice, slice]:
        left, top, right, bottom = box
        x, y = self.corner
        return (
            slice(
                max(round((top - gap - y) / RASTER), 0),
                max(round((bottom + gap - y) / RASTER), 0),
            ),
            slice(
                max(round((left - gap - x) / RASTER), 0),
                max(round((right + gap - x) / RASTER), 0),
            ),
        )

    def room(self, words: str, body: Box) -> tuple[Point, float] | None:
        """Return the free place near a body that suits a text best, and its angle."""
        rows, columns = self._window(body, FARTHEST + len(words) * SMALL)
        start = (
            self.corner[0] + columns.start * RASTER,
            self.corner[1] + rows.start * RASTER,
        )
        sums = self.taken[rows, columns].cumsum(0, np.int32).cumsum(1, np.int32)
        sums = np.pad(sums, ((1, 0), (1, 0)))
        best: tuple[float, Point, float] | None = None
        for angle in (0.0, 90.0):
            left, top, right, bottom = text_box(words, (0.0, 0.0), SMALL, angle)
            half = ((right - left) / 2, (bottom - top) / 2)
            x, y = _around(body, half)
            free = _free(sums, start, (x, y), half)
            cost = np.where(free, _unease(body, (x, y), half) + angle / 60, np.inf)
            row, column = divmod(int(cost.argmin()), cost.shape[1])
            found = float(cost[row, column])
            if found < np.inf and (best is None or found < best[0]):
                point = (
                    round(float(x[0, column]) - (left + right) / 2, 2),
                    round(float(y[row, 0]) - (top + bottom) / 2, 2),
                )
                best = (found, point, angle)
        return best[1:] if best else None


def _around(body: Box, half: Point) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the places near a body, x in a row and y in a column."""
    left, top, right, bottom = body
    reach_x = round(((right - left) / 2 + half[0] + FARTHEST) / RASTER)
    reach_y = round(((bottom - top) / 2 + half[1] + FARTHEST) / RASTER)
    x = (left + right) / 2 + RASTER * np.arange(-reach_x, reach_x + 1)
    y = (top + bottom) / 2 + RASTER * np.arange(-reach_y, reach_y + 1)
    return np.asarray(x)[None, :], np.asarray(y)[:, None]


def _unease(
    body: Box, centres: tuple[NDArray[np.float64], NDArray[np.float64]], half: Point
) -> NDArray[np.float64]:
    """Return how badly a text of half that size belongs to a body, by its centre.

    Best is right above it and in its middle, then below, then beside it.
    """
    left, top, right, bottom = body
    dx = centres[0] - (left + right) / 2
    dy = centres[1] - (top + bottom) / 2
    aside = np.abs(dx) - (right - left) / 2 - half[0]
    above = np.abs(dy) - (bottom - top) / 2 - half[1]
    is_above = above > aside
    unease = 3 * np.maximum(aside, 0) + 3 * np.maximum(above, 0)
    unease += 0.5 * np.where(is_above, np.abs(dx), np.abs(dy))
    unease += np.where(is_above, np.where(dy > 0, 0.3, 0.0), 1.0)
    unease += np.where((aside < 0) & (above < 0), HIDDEN, 0.0)
    return np.asarray(unease)


def _free(
    sums: NDArray[np.int32],
    start: Point,
    centres: tuple[NDArray[np.float64], NDArray[np.float64]],
    half: Point,
) -> NDArray[np.bool_]:
    """Return at which centres a text of half that size covers nothing.

    sums: of what is taken above and left of a raster's corners; start: its first.
    """
    rows, columns = sums.shape[0] - 1, sums.shape[1] - 1

    def corner(value: NDArray[np.float64], axis: int) -> NDArray[np.int64]:
        return np.rint((value - start[axis]) / RASTER).astype(np.int64)

    (x, y), (wide, high) = centres, half
    left, right = corner(x - wide, 0), corner(x + wide, 0)
    top, bottom = corner(y - high, 1), corner(y + high, 1)
    inside = (left >= 0) & (right <= columns) & (top >= 0) & (bottom <= rows)
    left, right = np.clip(left, 0, columns), np.clip(right, 0, columns)
    top, bottom = np.clip(top, 0, rows), np.clip(bottom, 0, rows)
    count = (
        sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    )
    return np.asarray(inside & (count == 0), np.bool_)


def sides(
    outline: tuple[Point, Point],
    entries: Sequence[Entry],
    places: Mapping[str, Place],
    pads: Sequence[Pad],
) -> dict[str, Side]:
    """Return both sides with all that later texts may not cover.

    A name between the pads of another part would be taken for that part's; only under
    the Seed and, in front, under what a player sees there is room for others.
    """
    corner, size = outline
    cells = (math.ceil(size[1] / RASTER), math.ceil(size[0] / RASTER))
    found = {s: Side(s, corner, np.zeros(cells, np.bool_)) for s in ("F", "B")}
    for side in found.values():
        for edge in (side.taken, side.taken.T):
            edge[:EDGE_CELLS] = edge[-EDGE_CELLS:] = True
        for pad in pads:
            if pad.is_through or f"{side.letter}.Cu" in pad.layers:
                side.cover(pad_box(pad))
    for entry in entries:
        place = places[entry.reference]
        # Rows of parts on the back leave no more room between lines than a name takes.
        gap = LINE / 2 + (GAP if place.side == "F" else 0.0)
        for points in printed(entry, place):
            found[place.side].cover(_bounds(points), gap)
        if place.side == "B" and not entry.footprint.startswith("Module:"):
            own = (pad for pad in pads if pad.reference == entry.reference)
            found["B"].cover(body(entry, place, own), 0.0)
    return found


def _bounds(points: Iterable[Point]) -> Box:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def body(entry: Entry, place: Place, pads: Iterable[Pad]) -> Box:
    """Return the room that a part takes: its pads and what is printed around it."""
    boxes = [pad_box(pad) for pad in pads]
    corners = [(b[0], b[1]) for b in boxes] + [(b[2], b[3]) for b in boxes]
    return _bounds([*corners, *(p for line in printed(entry, place) for p in line)])


def reference_text(place: Place, where: tuple[Point, float]) -> Node:
    """Return where a part's reference stands, as its footprint wants it."""
    (x, y), angle = where
    font: Node = ["font", ["size", SMALL, SMALL]]
    font.append(["thickness", round(SMALL * WEIGHT, 3)])
    effects: Node = ["effects", font]
    if place.side == "B":
        effects.append(["justify", "mirror"])
    at: Node = ["at", *place.stored((x, y)), angle]
    return [at, ["layer", Quoted(f"{place.side}.SilkS")], effects]
