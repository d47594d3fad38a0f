"""What a study's networks are like, and what of it goes with their size and loss."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
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
from tombola.training.analysis.information import layer_information
from tombola.training.analysis.layers import decoder_layers
from tombola.training.analysis.masked import fits, masked_twin
from tombola.training.analysis.matrices import network_matrices
from tombola.training.analysis.narrowing import losses_narrowed
from tombola.training.analysis.persistence import neural_persistences
from tombola.training.analysis.perturbation import loss_off
from tombola.training.analysis.similarity import layer_similarities
from tombola.training.analysis.topology import decoder_topology
from tombola.training.reduction.lottery import ReduceConfig, decoder_groups
from tombola.training.reduction.nesting import by_worth
from tombola.training.study.table import DENSE
from tombola.training.study.words import header, line
from tombola.training.train.checkpoint import load_model
from tombola.training.train.run import Run
from tombola.training.voices.voice import Decoder, Model

# Figure -> "size", "loss", "loss at one size" -> correlation.
Correlations = Mapping[str, Mapping[str, Correlation]]

OFF = 0.1  # how far all weights are off, to see how much the loss minds


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
        narrowed: Share of its units -> held-out loss with these, to the dense
            network's; nothing unless it played.
    """

    way: str
    keep: float
    seed: int
    size: float
    loss: float
    figures: dict[str, float]
    narrowed: dict[float, float]


@dataclass(frozen=True)
class StudyAnalysis:
    """The networks of a study, and what goes together among them."""

    networks: list[StudyNetwork]

    @property
    def names(self) -> list[str]:
        """The figures that there are of every network."""
        first, *others = (network.figures for network in self.networks)
        return [name for name in first if all(name in other for other in others)]

    def correlations(self) -> Correlations:
        """Each figure's with the size, with the loss, and with the loss at one size."""
        kinds = [(network.way, network.keep) for network in self.networks]
        # As it was asked for: a unit more or less is no other size.
        size, loss = (
            np.array([getattr(network, name) for network in self.networks])
            for name in ("keep", "loss")
        )
        figures = {
            name: np.array([network.figures[name] for network in self.networks])
            for name in self.names
        }
        return rank_correlations(figures, size, loss, kinds)

    def content(self, correlations: Correlations) -> dict[str, Any]:
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


def table(correlations: Correlations) -> Table:
    """The correlations, for a terminal."""
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("figure", *next(iter(correlations.values()))):
        side: Literal["left", "right"] = "left" if heading == "figure" else "right"
        shown.add_column(heading, justify=side)
    for name, found in correlations.items():
        shown.add_row(name, *map(str, found.values()))
    return shown


def analyse_study(folder: Path, sounds: bool = False) -> dict[str, StudyAnalysis]:
    """Measure every network in the `folder` of a study: by the name of its voice.

    A network whose training diverged is left out. With `sounds` they play, too; a
    network takes some seconds then.

    Raises:
        TombolaError: There are none, or those of two studies.
    """
    rows = [row for row in _rows(folder) if math.isfinite(row.loss)]
    dense: dict[tuple[str, int], _Row] = {}
    for row in rows:
        if row.way == DENSE and dense.setdefault(row.origin, row) is not row:
            raise TombolaError(
                f"'{folder}' has two dense networks of voice {row.model.voice}, seed "
                f"{row.seed}, so it holds two studies; run one of them in a folder of "
                "its own, with -o"
            )
    plays = _listeners(dense) if sounds else {}
    found: dict[str, list[StudyNetwork]] = {}
    for row in rows:
        network = _measured(row, dense[row.origin], plays.get(row.origin))
        found.setdefault(row.model.voice, []).append(network)
    return {voice: StudyAnalysis(networks) for voice, networks in found.items()}


@dataclass(frozen=True, eq=False)
class _Row:
    """What a study says of a network, and the network."""

    folder: Path
    way: str
    method: str
    keep: float
    seed: int
    size: float
    loss: float
    model: Model

    @property
    def origin(self) -> tuple[str, int]:
        """What it shares with its dense network."""
        return self.model.voice, self.seed


def _rows(folder: Path) -> Iterator[_Row]:
    paths = sorted((folder / "rows").glob("*.json"))
    if not paths:
        raise TombolaError(
            f"'{folder}' has no results in rows/; make some with: tombola study"
        )
    for path in paths:
        row = json.loads(path.read_text(encoding="utf-8"))
        place = folder / path.stem
        yield _Row(
            folder=place,
            way=row["way"],
            method=row.get("method", DENSE),
            keep=row.get("keep", 1.0),
            seed=row["seed"],
            size=row.get("params_ratio", 1.0),
            loss=row.get("loss_ratio_to_dense", 1.0),
            model=load_model(place / "final.safetensors"),
        )


# Measures what of a network shows when it plays: figures, and `narrowed`.
_Listener = Callable[[_Row], tuple[dict[str, float], dict[float, float]]]


def _listeners(
    dense: Mapping[tuple[str, int], _Row],
) -> dict[tuple[str, int], _Listener]:
    """For each dense network, what measures those that were made of it."""

    def listener(origin: _Row) -> _Listener:
        run = Run.open(origin.folder)
        corpus = run.load_corpus()
        reference = float(run.figures["loss"])

        def listen(row: _Row) -> tuple[dict[str, float], dict[float, float]]:
            model = row.model
            alike = layer_similarities(corpus, origin.model, model, run.config)
            known = layer_information(corpus, model, run.config)
            if row.method != "nested":
                model = by_worth(corpus, model, run.config, ReduceConfig())
            losses = losses_narrowed(corpus, model)
            figures = {
                "CKA with dense": float(np.mean(list(alike.values()))),
                "information": float(np.mean(list(known.values()))),
                "loss when off": loss_off(corpus, model, OFF) / losses[1.0],
            }
            return figures, {n: loss / reference for n, loss in losses.items()}

        return listen

    return {origin: listener(row) for origin, row in dense.items()}


def _measured(row: _Row, dense: _Row, listen: _Listener | None) -> StudyNetwork:
    decoder = row.model.decoder
    heard, narrowed = listen(row) if listen else ({}, {})
    figures = {
        **decoder_topology(decoder).whole(),
        **_masked(decoder, dense.model.decoder),
        "rank used": _rank_used(decoder),
        **heard,
    }
    place = row.way, row.keep, row.seed, row.size, row.loss
    return StudyNetwork(*place, figures, narrowed)


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


def section(
    study: str, voice: str, analysis: StudyAnalysis, found: Correlations
) -> str:
    """The correlations, and what fewer units play, in Markdown.

    `study` says of which one.
    """
    networks = analysis.networks
    ways = {(network.way, network.keep) for network in networks}
    headings = ("figure", *next(iter(found.values())))
    return "\n".join(
        [
            f"Made by `tombola analyze` of the study {study}: {voice}, {len(networks)} "
            f"networks of {len(ways)} ways and sizes, the dense ones among them. "
            "Spearman's rank correlations with 95 % intervals over the ways; empty "
            "where a figure is the same for all.",
            "",
            *header(*headings),
            *(line(name, *map(str, v.values())) for name, v in found.items()),
            *_narrowed(networks),
        ]
    )


def _narrowed(networks: list[StudyNetwork]) -> Iterator[str]:
    """What each way's networks lose with the first units of each layer alone."""
    together: dict[str, list[StudyNetwork]] = {}
    for network in networks:
        if network.narrowed and network.way != DENSE:
            name = f"{network.way} {network.keep:g}"
            together.setdefault(name, []).append(network)
    if not together:
        return
    yield ""
    yield (
        "With TICKET turned down the first units of each layer play alone. Loss to the "
        "dense network's, the mean of the seeds and between which it lies:"
    )
    yield ""
    shares = sorted(networks[-1].narrowed, reverse=True)
    yield from header("way", *(f"{share:.0%} of the units" for share in shares))
    for name, mine in together.items():
        yield line(
            name, *(_range([n.narrowed[share] for n in mine]) for share in shares)
        )


def _range(values: list[float]) -> str:
    return f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"
