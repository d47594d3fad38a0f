"""The way of one track: A* over a grid of cells, whatever each of them costs."""

import heapq

import numba
import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.int32]
Costs = NDArray[np.float32]

# A turn costs this much of a step, so that tracks run straight.
BEND = 0.35
DIAGONAL = 2.0**0.5


def _search(
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
    to_plane: any place for a via ends it instead, and the last cell is where. Empty if
    there is no way.
    """
    layers, rows, columns = cost.shape
    size = rows * columns
    total = layers * size
    flat_cost, flat_via = cost.ravel(), via.ravel()
    flat_targets = targets.ravel()
    known = np.full(total + 1, np.inf, np.float32)
    before = np.full(total + 1, -1, np.int32)
    turn = np.full(total + 1, -1, np.int8)
    done = np.zeros(total + 1, np.bool_)
    heap = [(np.float32(0.0), np.int32(0))]
    heap.clear()
    for cell in sources:
        known[cell] = 0.0
        heapq.heappush(heap, (np.float32(0.0), np.int32(cell)))
    goal = -1
    while len(heap) > 0:
        _, cell = heapq.heappop(heap)
        if done[cell]:
            continue
        done[cell] = True
        if cell == total or (not to_plane and flat_targets[cell]):
            goal = cell
            break
        layer, place = cell // size, cell % size
        row, column = place // columns, place % columns
        if to_plane:
            value = known[cell] + flat_via[place]
            if value < known[total]:
                known[total] = value
                before[total] = cell
                heapq.heappush(heap, (np.float32(value), np.int32(total)))
        for direction in range(8 + layers):
            if direction < 8:
                dy = (-1, -1, 0, 1, 1, 1, 0, -1)[direction]
                dx = (0, 1, 1, 1, 0, -1, -1, -1)[direction]
                y, x = row + dy, column + dx
                if y < 0 or y >= rows or x < 0 or x >= columns:
                    continue
                near = layer * size + y * columns + x
                step = flat_cost[near]
                if dx != 0 and dy != 0:
                    step *= DIAGONAL
                if turn[cell] >= 0 and turn[cell] != direction:
                    step += BEND
            else:
                other = direction - 8
                if other == layer:
                    continue
                near = other * size + place
                step = flat_via[place] + flat_cost[near]
                y, x = row, column
            value = known[cell] + step
            if done[near] or not value < known[near]:
                continue
            known[near] = value
            before[near] = cell
            turn[near] = direction if direction < 8 else -1
            guess = 0.0
            if not to_plane:
                ahead = max(box[0] - y, y - box[1], 0)
                aside = max(box[2] - x, x - box[3], 0)
                guess = max(ahead, aside) + (DIAGONAL - 1) * min(ahead, aside)
            heapq.heappush(heap, (np.float32(value + guess), np.int32(near)))
    count = 0
    cell = goal
    while cell != -1:
        count += 1
        cell = before[cell]
    way = np.empty(count, np.int32)
    cell = goal
    while cell != -1:
        count -= 1
        way[count] = cell
        cell = before[cell]
    return way


search = numba.njit(cache=True)(_search)
