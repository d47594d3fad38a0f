"""From cells to copper: tracks and vias as a board file has them."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hardware.layout.grid import LAYERS, Shape, pad_cells
from hardware.layout.items import Drawing, Point
from hardware.layout.netclasses import VIA, VIA_DRILL, WIDTHS
from hardware.layout.route import Net


def straights(points: Sequence[Point]) -> list[Point]:
    """Return a line's corners: points between which it does not turn are left out."""
    corners: list[Point] = []
    for point in points:
        if len(corners) > 1:
            (x0, y0), (x1, y1), (x2, y2) = corners[-2], corners[-1], point
            cross = (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1)
            if abs(cross) < 1e-9:
                corners[-1] = point
                continue
        corners.append(point)
    return corners


def tracks(net: Net, shape: Shape) -> Iterator[tuple[str, Point, Point]]:
    """Yield layer, start and end of a net's straight tracks.

    A way that ends in a pad goes on to the pad's centre.
    """
    centres = _centres(net, shape)
    for way in net.ways:
        runs: list[list[int]] = [[]]
        for cell in way:
            if runs[-1] and shape.layer(runs[-1][-1]) != shape.layer(int(cell)):
                runs.append([])
            runs[-1].append(int(cell))
        for run in runs:
            points = [shape.point(cell) for cell in run]
            points[:0] = centres.get(run[0], []) if run[0] == way[0] else []
            points += centres.get(run[-1], []) if run[-1] == way[-1] else []
            corners = straights([p for i, p in enumerate(points) if p != points[i - 1]])
            layer = LAYERS[shape.layer(run[0])]
            for start, end in pairwise(corners):
                yield layer, start, end


def _centres(net: Net, shape: Shape) -> dict[int, list[Point]]:
    return {cell: [pad.centre] for pad in net.pads for cell in pad_cells(shape, pad)}


def draw_net(drawing: Drawing, net: Net, shape: Shape) -> None:
    """Lay a net's tracks and vias."""
    width = WIDTHS[net.width]
    for layer, start, end in tracks(net, shape):
        drawing.track(start, end, layer, width, net.number)
    for cell in net.vias(shape.size):
        drawing.via(shape.point(cell), VIA, VIA_DRILL, net.number)
