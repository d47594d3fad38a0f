"""The topology of a network: its layers as bipartite graphs, and the paths through."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich import box
from rich.table import Table

from tombola.training.analysis.degrees import Degrees, degrees
from tombola.training.analysis.gap import ramanujan_margin, spectral_gap
from tombola.training.analysis.matrices import network_matrices
from tombola.training.analysis.paths import Paths, paths
from tombola.training.analysis.persistence import neural_persistences
from tombola.training.analysis.rank import Matrix
from tombola.training.voices.voice import Decoder


@dataclass(frozen=True)
class LayerTopology:
    """Of one matrix; each figure's own file says what it is."""

    persistence: float
    spectral_gap: float
    ramanujan_margin: float
    degrees: Degrees


_MEANS: dict[str, Callable[[LayerTopology], float]] = {
    "persistence": lambda layer: layer.persistence,
    "spectral gap": lambda layer: layer.spectral_gap,
    "Ramanujan margin": lambda layer: layer.ramanujan_margin,
    "degree": lambda layer: layer.degrees.mean,
    "units apart": lambda layer: layer.degrees.apart,
    "spread of units": lambda layer: layer.degrees.made_spread,
    "spread of inputs": lambda layer: layer.degrees.read_spread,
}
# The same, in a terminal's width.
_HEADINGS = ("persist.", "gap", "margin", "degree", "apart", "made", "read")


@dataclass(frozen=True)
class Topology:
    """Of a network.

    Attributes:
        layers: Matrix by matrix.
        paths: Through the whole; None where only the matrices are known.
    """

    layers: Mapping[str, LayerTopology]
    paths: Paths | None

    def content(self) -> dict[str, Any]:
        """All of it, for JSON."""
        layers = {name: asdict(layer) for name, layer in self.layers.items()}
        return {"layers": layers, "whole": self.whole()}

    def table(self, title: str) -> Table:
        """The layers' figures and the whole's."""
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title=title)
        table.add_column("matrix", no_wrap=True)
        for heading in _HEADINGS:
            table.add_column(heading, justify="right", no_wrap=True)
        for name, layer in self.layers.items():
            table.add_row(name, *(f"{figure(layer):.3g}" for figure in _MEANS.values()))
        found = self.whole()
        table.add_row("mean", *(f"{found[name]:.3g}" for name in _MEANS), style="bold")
        return table

    def whole(self) -> dict[str, float]:
        """Each figure's mean over the layers, as B. Rieck et al. take it, and paths.

        Paths are missing where there is none.
        """
        found = {
            name: float(np.mean([figure(layer) for layer in self.layers.values()]))
            for name, figure in _MEANS.items()
        }
        if self.paths and self.paths.count is not None:
            found["paths"] = self.paths.count
        if self.paths and self.paths.effective is not None:
            found["effective paths"] = self.paths.effective
        return found


def layer_topologies(matrices: Mapping[str, Matrix]) -> dict[str, LayerTopology]:
    """Measure the matrices of one network."""
    persistence = neural_persistences(matrices)
    return {
        name: LayerTopology(
            persistence[name],
            spectral_gap(matrix),
            ramanujan_margin(matrix),
            degrees(matrix),
        )
        for name, matrix in matrices.items()
    }


def decoder_topology(decoder: Decoder) -> Topology:
    """Measure a decoder of whatever widths."""
    layers = layer_topologies(network_matrices(decoder))
    return Topology(layers, paths(decoder, *decoder.example()))
