"""The router, on boards of a few pads: legal, the same every time, and honest."""

import math
from itertools import pairwise

import numpy as np
import pytest

from hardware.layout.copper import tracks
from hardware.layout.footprints import Pad
from hardware.layout.grid import PITCH, Grid, Shape
from hardware.layout.items import LayoutError, Point
from hardware.layout.netclasses import CLEARANCE, WIDTHS
from hardware.layout.route import Net, Router

SIDE = 10.0
Track = tuple[str, Point, Point]


def pad(name: str, centre: Point, size: float = 1.0) -> Pad:
    return Pad(name, "1", name, centre, (size, size), 0.0, "rect", ("B.Cu",), 0.0)


def crossing(width: int) -> Router:
    """Return three nets whose straight ways cross, on a board of 10 mm."""
    cells = round(SIDE / PITCH) + 1
    ends = (
        ((1.5, 3.0), (8.5, 7.0)),
        ((1.5, 7.0), (8.5, 3.0)),
        ((5.0, 1.5), (5.0, 8.5)),
    )
    grid = Grid(Shape((0.0, 0.0), cells, cells))
    nets = []
    for number, points in enumerate(ends, 1):
        pads = [pad(f"N{number}", point) for point in points]
        for each in pads:
            grid.add_pad(each, number)
        nets.append(Net(f"N{number}", number, pads, width))
    return Router(grid, nets)


def points(track: Track) -> list[Point]:
    """Return points of a track that are at most 0.05 mm apart."""
    (x0, y0), (x1, y1) = track[1:]
    count = math.ceil(math.dist((x0, y0), (x1, y1)) / 0.05) + 1
    return list(
        zip(np.linspace(x0, x1, count), np.linspace(y0, y1, count), strict=True)
    )


def nearest(one: list[Track], other: list[Track]) -> float:
    """Return how near two nets' middles come to each other on one layer."""
    return min(
        math.dist(p, q)
        for a in one
        for b in other
        if a[0] == b[0]
        for p in points(a)
        for q in points(b)
    )


@pytest.mark.parametrize("width", range(len(WIDTHS)))
def test_nets_that_cross_find_ways_with_clearance(width: int) -> None:
    router = crossing(width)
    router.run()
    laid = [list(tracks(net, router.grid.shape)) for net in router.nets]
    for net, own in zip(router.nets, laid, strict=True):
        ends = {p for _, *both in own for p in both}
        assert {p.centre for p in net.pads} <= ends, f"{net.name} misses a pad"
    apart = WIDTHS[width] + CLEARANCE
    for one, other in pairwise([*laid, laid[0]]):
        assert nearest(one, other) >= apart - 0.01


def test_the_same_board_is_laid_the_same_way() -> None:
    one, other = crossing(0), crossing(0)
    assert one.run() == other.run()
    for a, b in zip(one.nets, other.nets, strict=True):
        assert [way.tolist() for way in a.ways] == [way.tolist() for way in b.ways]


def test_every_ground_pad_takes_a_via_of_its_own() -> None:
    router = crossing(1)
    ground = router.nets[0]
    ground.to_plane = True
    router.run()
    shape = router.grid.shape
    vias = [shape.point(drop) for drop in ground.drops]
    assert len(set(vias)) == len(ground.pads)
    for via, each in zip(vias, ground.pads, strict=True):
        assert 0.5 < math.dist(via, each.centre) < 2.0, "beside the pad, not in it"


def test_a_net_without_a_way_is_named() -> None:
    router = crossing(0)
    router.grid.owner[0, :, :, 20] = -1
    router.grid.via_owner[:] = -1
    with pytest.raises(LayoutError, match="N1: no way to 1 of its pads"):
        router.run()
