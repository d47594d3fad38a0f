"""The way of one track: A* over a grid of cells, whatever each of them costs."""

import heapq

import numba
import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.int32]
Costs = NDArray[np.float32]
Heap = list[tuple[np.float32, np.int32]]

# A turn costs this much of a step, so that tracks run straight.
BEND = 0.35
DIAGONAL = 2.0**0.5
# Rows and columns to the eight neighbours, clockwise from above.
DOWN = np.array((-1, -1, 0, 1, 1, 1, 0, -1))
RIGHT = np.array((0, 1, 1, 1, 0, -1, -1, -1))


@numba.njit(cache=True)
def _guess(row: int, column: int, box: tuple[int, int, int, int]) -> float:
    """Return the steps that it takes at least from a cell into a box."""
    ahead = max(box[0] - row, row - box[1], 0)
    aside = max(box[2] - column, column - box[3], 0)
    return max(ahead, aside) + (DIAGONAL - 1) * min(ahead, aside)


@numba.njit(cache=True)
def _trace(before: Cells, goal: int) -> Cells:
    """Return the cells from a source to the goal."""
    count, cell = 0, goal
    while cell != -1:
        count += 1
        cell = before[cell]
    way = np.empty(count, np.int32)
    cell = goal
    for i in range(count - 1, -1, -1):
        way[i] = cell
        cell = before[cell]
    return way


@numba.njit(cache=True)
def _reach(
    heap: Heap, state: tuple[Costs, Cells], move: tuple[int, int], price: Costs
) -> bool:
    """Note a cheaper way to a cell, and that it waits; whether it is one.

    state: what every cell costs, and the cell before it; move: from and to; price: of
    the way, and what is ahead at least.
    """
    known, before = state
    cell, near = move
    if not price[0] < known[near]:
        return False
    known[near] = price[0]
    before[near] = cell
    heapq.heappush(heap, (np.float32(price[0] + price[1]), np.int32(near)))
    return True


@numba.njit(cache=True)
def _neighbour(cell: int, direction: int, shape: tuple[int, int, int]) -> int:
    """Return the cell beside a cell (directions 0..7) or on a layer (8..), or -1."""
    size = shape[1] * shape[2]
    layer, place = cell // size, cell % size
    if direction >= 8:
        other = direction - 8
        return -1 if other == layer else other * size + place
    row = place // shape[2] + DOWN[direction]
    column = place % shape[2] + RIGHT[direction]
    if row < 0 or row >= shape[1] or column < 0 or column >= shape[2]:
        return -1
    return int(layer * size + row * shape[2] + column)


@numba.njit(cache=True)
def _price(step: float, via: float, direction: int, last: int) -> float:
    """Return what a move costs. step: its cell's; last: the direction before, or -1."""
    if direction >= 8:
        return step + via
    if direction % 2 == 1:
        step *= DIAGONAL
    return step + (BEND if last not in (-1, direction) else 0.0)


@numba.njit(cache=True)
def search(
    cost: Costs,
    via: Costs,
    sources: Cells,
    targets: NDArray[np.bool_],
    box: tuple[int, int, int, int],
    to_plane: bool,
) -> Cells:
    """Return the cheapest way from any source to a target, as flat cells in order.

    cost: of a step into every cell [layers, rows, columns], at least 1, inf where none
    may be; via: of a change of layers [rows, columns]; sources: flat cells; targets:
    which cells end the way; box: rows and columns (first, last) that hold all of them.
    to_plane: any place for a via ends it instead; then one more cell follows, the
    plane. Empty if there is no way.
    """
    plane, size = cost.size, via.size
    steps, vias, ends = cost.ravel(), via.ravel(), targets.ravel()
    known = np.full(plane + 1, np.inf, np.float32)
    before = np.full(plane + 1, -1, np.int32)
    last = np.full(plane + 1, -1, np.int8)
    done = np.zeros(plane + 1, np.bool_)
    heap = [(np.float32(0.0), np.int32(cell)) for cell in sources]
    heapq.heapify(heap)
    known[sources] = 0.0
    price = np.zeros(2, np.float32)
    while len(heap) > 0:
        cell = int(heapq.heappop(heap)[1])
        if cell == plane or (not to_plane and ends[cell]):
            return _trace(before, cell)
        if done[cell]:
            continue
        done[cell] = True
        price[1] = 0.0
        if to_plane:
            price[0] = known[cell] + vias[cell % size]
            _reach(heap, (known, before), (cell, plane), price)
        for direction in range(8 + cost.shape[0]):
            near = _neighbour(cell, direction, cost.shape)
            if near < 0 or done[near]:
                continue
            own = _price(steps[near], vias[cell % size], direction, last[cell])
            price[0] = known[cell] + own
            if not to_plane:
                row, column = divmod(near % size, cost.shape[2])
                price[1] = _guess(row, column, box)
            if _reach(heap, (known, before), (cell, near), price):
                last[near] = direction if direction < 8 else -1
    return np.empty(0, np.int32)
