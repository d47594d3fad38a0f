"""Whether panel, board and Daisy Seed fit together, and how deep they are."""

import math
from collections.abc import Iterator, Mapping, Sequence

from hardware.circuit.panel import Panel
from hardware.fit.align import TOLERANCE_MM
from hardware.fit.solids import PANEL_MM, Solid
from hardware.layout.items import Point

DEPTH_MM = 30.0
# Doepfer's rails reach this far inwards from the panel's edges.
RAIL_MM = 9.0
TOUCH_MM = 0.005


def depth(solids: Sequence[Solid]) -> float:
    """Return how far all reaches behind the panel's back, in mm."""
    return max(solid.high[2] for solid in solids)


def _meet(one: Solid, other: Solid) -> bool:
    """Whether two solids share more than a surface."""
    overlaps = (
        min(high, other_high) - max(low, other_low)
        for low, high, other_low, other_high in zip(
            one.low, one.high, other.low, other.high, strict=True
        )
    )
    if min(overlaps) <= TOUCH_MM:
        return False
    if one.is_disc and other.is_disc:
        reach = (one.diameter + other.diameter) / 2
        return math.dist(one.centre, other.centre) < reach - TOUCH_MM
    return True


def collisions(solids: Sequence[Solid]) -> Iterator[str]:
    """Say which parts would have to be in the same place."""
    # Sorted by their left edges, a solid can only meet those that begin before it ends.
    ordered = sorted(solids, key=lambda solid: solid.low[0])
    found = set()
    for i, one in enumerate(ordered):
        for other in ordered[i + 1 :]:
            if other.low[0] >= one.high[0]:
                break
            if one.part != other.part and _meet(one, other):
                found.add(" and ".join(sorted((one.part, other.part))))
    yield from (f"{both} collide" for both in sorted(found))


def _through_panel(solid: Solid, holes: Mapping[Point, float]) -> str | None:
    """Say what is wrong with a solid that reaches into the panel, if anything."""
    if not solid.is_disc:
        return f"{solid.part} stands in the panel"
    centre = min(holes, key=lambda hole: math.dist(hole, solid.centre))
    off = math.dist(centre, solid.centre)
    if off > TOLERANCE_MM:
        return f"{solid.part} is {off:.3f} mm beside its hole in the panel"
    if solid.diameter > holes[centre]:
        return f"{solid.part} is wider than its hole in the panel"
    return None


def faults(
    solids: Sequence[Solid], holes: Mapping[Point, float], panel: Panel
) -> list[str]:
    """Say what does not fit.

    holes: the panel's round holes, their diameters by their centres; mm.
    """
    rows = list(collisions(solids))
    for solid in solids:
        if solid.low[2] < -TOUCH_MM and solid.high[2] > TOUCH_MM - PANEL_MM:
            rows += filter(None, [_through_panel(solid, holes)])
        is_under_rail = (
            solid.low[1] < RAIL_MM or solid.high[1] > panel.size[1] - RAIL_MM
        )
        if solid.high[2] > 0.0 and is_under_rail:
            rows.append(f"{solid.part} is where the case's rail is")
        if solid.high[2] > DEPTH_MM:
            rows.append(f"{solid.part} reaches {solid.high[2]:.1f} mm behind the panel")
    return rows
