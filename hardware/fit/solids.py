"""What stands on the board behind the panel, as blocks and discs in three dimensions.

Lengths are mm: x to the right and y downwards from the panel's top left corner as a
player sees it, z backwards from the panel's back.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from hardware.circuit.catalogue import Item, Shape, item
from hardware.circuit.model import Circuit
from hardware.layout.footprints import Place
from hardware.layout.items import Point
from hardware.sexpr import Node, find

PANEL_MM = 1.6
BOARD_MM = 1.6
# What a lead shows on the other side once it is cut.
LEAD_MM = 2.0
OUTLINES = ("fp_line", "fp_rect", "fp_circle", "fp_arc", "fp_poly")


@dataclass(frozen=True)
class Solid:
    """A block, or a disc that fills the same bounds: its axis is z."""

    part: str
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    is_disc: bool = False
    colour: str = "black"

    @property
    def centre(self) -> Point:
        """Where its middle is on the panel."""
        return (self.low[0] + self.high[0]) / 2, (self.low[1] + self.high[1]) / 2

    @property
    def diameter(self) -> float:
        """Of a disc."""
        return self.high[0] - self.low[0]


def gap() -> float:
    """Return how far the board is behind the panel: the jacks' shoulders hold it."""
    body = item("jack").shapes[0]
    return body.z[1]


@dataclass(frozen=True)
class Standing:
    """A footprint of a board file, and the part that it is for."""

    reference: str
    node: Node
    place: Place
    item: Item

    def depth(self, height: float, *, is_far: bool = False) -> float:
        """Return z of a height above the board, or below it on the far side."""
        if (self.place.side == "F") != is_far:
            return gap() - height
        return gap() + BOARD_MM + height

    def solid(
        self,
        corners: tuple[Point, Point],
        heights: tuple[float, float],
        shape: Shape | None = None,
        *,
        is_far: bool = False,
    ) -> Solid:
        """Return a solid from corners in the footprint, as they are on the front."""
        (x0, y0), (x1, y1) = (self.place.at(corner) for corner in corners)
        z0, z1 = (self.depth(height, is_far=is_far) for height in heights)
        low = (min(x0, x1), min(y0, y1), min(z0, z1))
        high = (max(x0, x1), max(y0, y1), max(z0, z1))
        if shape is None:
            return Solid(self.reference, low, high)
        return Solid(self.reference, low, high, shape.is_disc, shape.colour)


def _number(value: object) -> float:
    return float(str(value))


def _point(node: Node) -> Point:
    return _number(node[1]), _number(node[2])


def standing(board: Node, circuit: Circuit) -> Iterator[Standing]:
    """Yield the footprints of a board file that are parts of the circuit."""
    items = {part.reference: part.item for part in circuit.parts}
    for node in find(board, "footprint"):
        fields = {str(p[1]): str(p[2]) for p in find(node, "property")}
        if fields["Reference"] in items:
            x, y, *angle = (_number(n) for n in find(node, "at")[0][1:])
            side = str(find(node, "layer")[0][1])[0]
            place = Place(x, y, angle[0] if angle else 0.0, side)
            yield Standing(fields["Reference"], node, place, items[fields["Reference"]])


def _outline(part: Standing) -> tuple[Point, Point]:
    """Return the corners of what the footprint draws on its fabrication layer."""
    points: list[Point] = []
    for kind in OUTLINES:
        for node in find(part.node, kind):
            if not str(find(node, "layer")[0][1]).endswith(".Fab"):
                continue
            if kind == "fp_circle":
                (x, y), rim = (
                    _point(find(node, "center")[0]),
                    _point(find(node, "end")[0]),
                )
                radius = math.dist((x, y), rim)
                points += [(x - radius, y - radius), (x + radius, y + radius)]
                continue
            ends = [*find(node, "start"), *find(node, "end"), *find(node, "mid")]
            ends += [xy for pts in find(node, "pts") for xy in find(pts, "xy")]
            points += [_point(end) for end in ends]
    xs, ys = zip(*points, strict=True)
    # The file has the back's footprints turned over already; Place turns them again.
    flip = 1 if part.place.side == "F" else -1
    return (min(xs), flip * min(ys)), (max(xs), flip * max(ys))


def _leads(part: Standing) -> Iterator[Solid]:
    """Yield what of the leads stands out on the other side."""
    flip = 1 if part.place.side == "F" else -1
    for pad in find(part.node, "pad"):
        drill = find(pad, "drill")
        if str(pad[2]) != "thru_hole" or not drill:
            continue
        x, y = _point(find(pad, "at")[0])
        sizes = [_number(n) for n in drill[0][1:] if n != "oval"]
        r = min(sizes) / 2
        corners = ((x - r, flip * y - r), (x + r, flip * y + r))
        yield part.solid(corners, (0.0, LEAD_MM), is_far=True)


def solids(board: Node, circuit: Circuit) -> list[Solid]:
    """Return all that stands on a board, and the board."""
    found = []
    for part in standing(board, circuit):
        for shape in part.item.shapes:
            x0, y0, x1, y1 = shape.bounds
            found.append(part.solid(((x0, y0), (x1, y1)), shape.z, shape))
        if part.item.height_mm:
            found.append(part.solid(_outline(part), (0.0, part.item.height_mm)))
        found += _leads(part)
    return [*found, outline(board)]


def outline(board: Node) -> Solid:
    """Return the board itself, where it is behind the panel."""
    edges = [
        _point(end)
        for kind in ("gr_line", "gr_arc")
        for node in find(board, kind)
        if str(find(node, "layer")[0][1]) == "Edge.Cuts"
        for end in (*find(node, "start"), *find(node, "end"))
    ]
    xs, ys = zip(*edges, strict=True)
    low = (min(xs), min(ys), gap())
    high = (max(xs), max(ys), gap() + BOARD_MM)
    return Solid("board", low, high, colour="board")


def round_holes(board: Node) -> dict[Point, float]:
    """Return the diameters of a board's round holes by their centres."""
    holes = {}
    for node in find(board, "footprint"):
        x, y, *angle = (_number(n) for n in find(node, "at")[0][1:])
        place = Place(x, y, angle[0] if angle else 0.0, "F")
        for pad in find(node, "pad"):
            drill = [n for found in find(pad, "drill") for n in found[1:2]]
            if drill and drill != ["oval"]:
                holes[place.at(_point(find(pad, "at")[0]))] = _number(drill[0])
    return holes
