"""Lays the tracks: nets take turns until no two want the same place.

Negotiated congestion, as PathFinder has it (McMurchie and Ebeling, FPGA 1995): at first
tracks may cross, at a price that rises from turn to turn and is remembered where nets
met; the net that has another way takes it. A last turn lays every net again around all
others, which takes out the detours that the negotiation left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hardware.layout.footprints import Pad
from hardware.layout.grid import LAYERS, PITCH, Grid, Way, pad_cells
from hardware.layout.items import LayoutError
from hardware.layout.search import search

# What a step costs by class of width and layer. In1 is the supplies'; In2 is ground and
# nothing else, and no layer of the search. A via costs as much as 3 mm of track.
INF = np.inf
STEP = ((1.0, INF, 1.0), (2.0, 1.0, 1.5), (2.0, 1.0, 1.5))
VIA_COST = 12.0
TURNS = 60
FIRST_PRICE, RISE = 0.6, 1.35
# Two holes of one net are as far apart as a drill wants them.
OWN_VIAS_APART = 0.7


@dataclass
class Net:
    """A net to be laid: its pads, its width as an index into WIDTHS, and its copper.

    to_plane: it has a plane, and every pad takes a via of its own to it; at a pin that
    goes through the board anyway, it joins what is poured around it.
    ways: of flat cells; a step to another layer is a via. drops: cells of vias that
    lead to the plane.
    """

    name: str
    number: int
    pads: Sequence[Pad]
    width: int
    to_plane: bool = False
    ways: list[Way] = field(default_factory=list)
    drops: list[int] = field(default_factory=list)
    shadow: tuple[Way, Way] | None = None

    def vias(self, size: int) -> list[int]:
        """Return where its vias are; size: the cells of a layer."""
        places = {
            int(a % size)
            for way in self.ways
            for a, b in pairwise(way)
            if a // size != b // size
        }
        return sorted(places | {drop % size for drop in self.drops})


@dataclass
class Router:
    """The board's nets on its grid."""

    grid: Grid
    nets: list[Net]
    memory: NDArray[np.float32] = field(init=False)
    via_memory: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        cells = (self.grid.shape.rows, self.grid.shape.columns)
        self.memory = np.zeros((len(LAYERS), *cells), np.float32)
        self.via_memory = np.zeros(cells, np.float32)

    def run(self) -> int:
        """Lay all nets; return how many turns it took."""
        price, waiting = FIRST_PRICE, self.nets
        for turn in range(TURNS):
            for net in waiting:
                self._lay(net, price)
            waiting = [net for net in self.nets if self._remember(net)]
            if not waiting:
                for net in self.nets:
                    self._lay(net, INF)
                return turn + 1
            price *= RISE
        names = ", ".join(net.name for net in waiting)
        raise LayoutError(f"these nets still cross after {TURNS} turns: {names}")

    def _remember(self, net: Net) -> bool:
        """Raise the price where a net meets others; whether it does."""
        size = self.grid.shape.size
        used = self.grid.used[net.width].reshape(-1)
        cells = np.unique(np.concatenate([*net.ways, np.zeros(0, np.int32)]))
        met = cells[used[cells] > 1]
        vias = np.array(net.vias(size), np.int32)
        met_vias = vias[self.grid.via_used.reshape(-1)[vias] > 1]
        self.memory.reshape(-1)[met] += 0.5
        self.via_memory.reshape(-1)[met_vias] += 4.0
        return len(met) + len(met_vias) > 0

    def _costs(self, net: Net, price: float) -> tuple[np.ndarray, np.ndarray]:
        """Return what steps and vias cost a net; price: of a place that another has."""
        grid = self.grid
        step = np.array(STEP[net.width], np.float32)[:, None, None]
        used, via_used = grid.used[net.width], grid.via_used
        if price == INF:
            cost = np.where(used > 0, INF, step)
            via = np.where(via_used > 0, INF, VIA_COST)
        else:
            cost = step * (1 + self.memory) * (1 + price * used)
            via = (VIA_COST + self.via_memory) * (1 + price * via_used)
        owner = grid.owner[net.width]
        cost[(owner != 0) & (owner != net.number)] = INF
        via[(grid.via_owner != 0) & (grid.via_owner != net.number)] = INF
        return cost.astype(np.float32), via.astype(np.float32)

    def _lay(self, net: Net, price: float) -> None:
        if net.shadow is not None:
            self.grid.add(net.shadow, -1)
        net.ways, net.drops = [], []
        cost, via = self._costs(net, price)
        if net.to_plane:
            self._drop(net, cost, via)
        else:
            self._join(net, cost, via)
        tracks = {int(cell) for way in net.ways for cell in way}
        net.shadow = self.grid.shadow(tracks, net.vias(self.grid.shape.size), net.width)
        self.grid.add(net.shadow, 1)

    def _drop(self, net: Net, cost: np.ndarray, via: np.ndarray) -> None:
        """Give every pad a via to its plane."""
        none = np.zeros(cost.shape, np.bool_)
        size = self.grid.shape.size
        for pad in net.pads:
            start = np.array(pad_cells(self.grid.shape, pad), np.int32)
            way = search(cost, via, start, none, (0, 0, 0, 0), True)
            if len(way) == 0:
                raise LayoutError(f"{pad.reference} {pad.number}: no way to the plane")
            net.ways.append(way[:-1])
            net.drops.append(int(way[-2]) % size)
            self._keep_holes_apart(via, net.drops[-1])

    def _keep_holes_apart(self, via: np.ndarray, cell: int) -> None:
        columns = self.grid.shape.columns
        row, column = divmod(cell, columns)
        reach = int(OWN_VIAS_APART / PITCH)
        rows = slice(max(row - reach, 0), row + reach + 1)
        via[rows, max(column - reach, 0) : column + reach + 1] = INF

    def _join(self, net: Net, cost: np.ndarray, via: np.ndarray) -> None:
        """Join all pads into a tree, always the one that is nearest to it."""
        shape = self.grid.shape
        cells = [pad_cells(self.grid.shape, pad) for pad in net.pads]
        tree = set(cells[0])
        waiting = list(range(1, len(cells)))
        targets = np.zeros(cost.shape, np.bool_)
        while waiting:
            flat = targets.reshape(-1)
            flat[:] = False
            for i in waiting:
                flat[cells[i]] = True
            places = np.array([c % shape.size for i in waiting for c in cells[i]])
            rows, columns = places // shape.columns, places % shape.columns
            box = (rows.min(), rows.max(), columns.min(), columns.max())
            start = np.array(sorted(tree), np.int32)
            way = search(cost, via, start, targets, box, False)
            if len(way) == 0:
                raise LayoutError(f"{net.name}: no way to {len(waiting)} of its pads")
            net.ways.append(way)
            tree.update(int(cell) for cell in way)
            for cell in net.vias(shape.size):
                self._keep_holes_apart(via, cell)
            reached = next(i for i in waiting if int(way[-1]) in set(cells[i]))
            tree.update(cells[reached])
            waiting.remove(reached)
