"""What a study's networks are like, and what of it goes with their size and loss."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure
from rich import box
from rich.table import Table

from tombola.errors import TombolaError
from tombola.files import whole
from tombola.training.analysis.correlation import Correlation, rank_correlations
from tombola.training.analysis.layers import decoder_layers
from tombola.training.analysis.masked import fits, masked_twin
from tombola.training.analysis.matrices import network_matrices
from tombola.training.analysis.persistence import neural_persistences
from tombola.training.analysis.topology import decoder_topology
from tombola.training.reduction.lottery import decoder_groups
from tombola.training.train.checkpoint import load_model
from tombola.training.voices.voice import Decoder

Row = dict[str, Any]


@dataclass(frozen=True)
class StudyNetwork:
    """One network of a study.

    Attributes:
        way: How it was made small; "dense" was not.
        keep: The share that it was asked to keep.
        seed: Of its dense network.
        size: Its parameters to the dense network's.
        loss: Its held-out loss to the dense network's.
        figures: What was measured of it, by name; what is not defined is missing.
    """

    way: str
    keep: float
    seed: int
    size: float
    loss: float
    figures: dict[str, float]


@dataclass(frozen=True)
class StudyAnalysis:
    """The networks of a study, and what goes together among them."""

    networks: list[StudyNetwork]

    @property
    def names(self) -> list[str]:
        """The figures that there are of every network."""
        first, *others = (network.figures for network in self.networks)
        return [name for name in first if all(name in other for other in others)]

    def correlations(self) -> dict[str, dict[str, Correlation]]:
        """Each figure's with the size, with the loss, and with the loss at one size."""
        kinds = [(network.way, network.keep) for network in self.networks]
        size, loss = (
            np.array([getattr(network, name) for network in self.networks])
            for name in ("size", "loss")
        )
        figures = {
            name: np.array([network.figures[name] for network in self.networks])
            for name in self.names
        }
        return rank_correlations(figures, size, loss, kinds)

    def content(self, correlations: Mapping[str, Mapping[str, Correlation]]) -> Row:
        """All of it, for JSON."""
        return {
            "networks": [asdict(network) for network in self.networks],
            "correlations": {
                name: {what: asdict(value) for what, value in found.items()}
                for name, found in correlations.items()
            },
        }

    def draw(self, path: Path, title: str) -> None:
        """Draw the loss against each figure, a colour for each way."""
        names = self.names
        figure = Figure(figsize=(12, 2.8 * -(-len(names) // 4)), layout="constrained")
        places = figure.subplots(-(-len(names) // 4), 4, sharey=True, squeeze=False)
        ways = list(dict.fromkeys(network.way for network in self.networks))
        for axes, name in zip(places.flat, names, strict=False):
            for number, way in enumerate(ways):
                mine = [n for n in self.networks if n.way == way]
                axes.scatter(
                    [n.figures[name] for n in mine],
                    [n.loss for n in mine],
                    marker="osD^v<>XP*"[number % 10],
                    label=way,
                )
            axes.set_xlabel(name)
        for axes in places.flat[len(names) :]:
            axes.set_axis_off()
        figure.supylabel("held-out loss to the dense network's")
        figure.suptitle(title)
        handles, labels = places[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right upper", frameon=False)
        with whole(path) as temporary:
            figure.savefig(temporary, dpi=120)


def table(correlations: Mapping[str, Mapping[str, Correlation]]) -> Table:
    """The correlations, for a terminal."""
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("figure", *next(iter(correlations.values()))):
        side: Literal["left", "right"] = "left" if heading == "figure" else "right"
        shown.add_column(heading, justify=side, no_wrap=True)
    for name, found in correlations.items():
        shown.add_row(name, *map(str, found.values()))
    return shown


def analyse_study(folder: Path) -> StudyAnalysis:
    """Measure every network in the `folder` of a study.

    Raises:
        TombolaError: There are none, or those of two studies.
    """
    rows = dict(_rows(folder))
    dense = {row["seed"]: key for key, row in rows.items() if row["way"] == "dense"}
    if len(dense) < sum(row["way"] == "dense" for row in rows.values()):
        raise TombolaError(
            f"'{folder}' has two dense networks of one seed, so it holds two studies; "
            "run one of them in a folder of its own, with -o"
        )
    large = {
        seed: load_model(folder / key / "final.safetensors").decoder
        for seed, key in dense.items()
    }
    return StudyAnalysis([_network(folder, k, r, large) for k, r in rows.items()])


def _rows(folder: Path) -> Iterator[tuple[str, Row]]:
    paths = sorted((folder / "rows").glob("*.json"))
    if not paths:
        raise TombolaError(
            f"'{folder}' has no results in rows/; make some with: tombola study"
        )
    for path in paths:
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))


def _network(
    folder: Path, key: str, row: Row, large: Mapping[int, Decoder]
) -> StudyNetwork:
    decoder = load_model(folder / key / "final.safetensors").decoder
    return StudyNetwork(
        way=row["way"],
        keep=row.get("keep", 1.0),
        seed=row["seed"],
        size=row.get("params_ratio", 1.0),
        loss=row.get("loss_ratio_to_dense", 1.0),
        figures={
            **decoder_topology(decoder).whole(),
            **_masked(decoder, large[row["seed"]]),
            "rank used": _rank_used(decoder),
        },
    )


def _masked(decoder: Decoder, large: Decoder) -> dict[str, float]:
    """The persistence of the masked twin, which counts the units that are apart.

    Nothing of a network that is wider somewhere than the dense one.
    """
    few, many = decoder_groups(decoder), decoder_groups(large)
    if not fits(few, many):
        return {}
    twin = masked_twin(decoder, few, large, many)
    layers = neural_persistences(network_matrices(twin)).values()
    return {"persistence, masked": float(np.mean(list(layers)))}


def _rank_used(decoder: Decoder) -> float:
    """Mean over the layers of the effective rank to the highest possible one."""
    shares = [
        layer.effective_rank / min(layer.rows, layer.columns)
        for layer in decoder_layers(decoder)
    ]
    return float(np.mean(shares))
