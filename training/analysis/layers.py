"""A network matrix by matrix: what each costs, and what it uses of it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure
from rich import box
from rich.table import Table

from tombola.files import whole
from tombola.generated.sound import FRAME_RATE
from tombola.training.analysis.connectivity import Line
from tombola.training.analysis.matrices import network_matrices
from tombola.training.analysis.rank import Matrix, effective_rank, singular_values
from tombola.training.analysis.topology import Topology
from tombola.training.voices.voice import Decoder


@dataclass(frozen=True)
class Layer:
    """One matrix of a network, with its biases.

    Attributes:
        parameters: Weights and biases.
        bytes: One for a weight, four for a bias.
        macs_per_second: Multiplications with a weight.
        effective_rank: See `effective_rank`.
        singular_values: The largest first.
    """

    name: str
    rows: int
    columns: int
    parameters: int
    bytes: int
    macs_per_second: int
    effective_rank: float
    singular_values: list[float]

    @classmethod
    def of(
        cls,
        name: str,
        weight: Matrix,
        biases: int | None = None,
        rate: float = FRAME_RATE,
    ) -> "Layer":
        """Measure a matrix [rows, columns] of real weights.

        It has a bias for each row, if not said otherwise; `rate` is how often a second
        it is multiplied by.
        """
        rows, columns = weight.shape
        biases = rows if biases is None else biases
        values = singular_values(weight.astype(np.float64))
        return cls(
            name=name,
            rows=rows,
            columns=columns,
            parameters=weight.size + biases,
            bytes=weight.size + 4 * biases,
            macs_per_second=int(weight.size * rate),
            effective_rank=effective_rank(values),
            singular_values=values.tolist(),
        )


def decoder_layers(decoder: Decoder) -> list[Layer]:
    """Measure a decoder's matrices, by the names of the parameters."""
    parameters = dict(decoder.named_parameters())
    layers = []
    for name, matrix in network_matrices(decoder).items():
        bias = parameters.get(name.replace("weight", "bias"))
        biases = 0 if bias is None else bias.numel()
        layers.append(Layer.of(name, matrix, biases, decoder.rate(name)))
    return layers


@dataclass(frozen=True)
class Analysis:
    """What was found out about a network.

    Attributes:
        layers: Matrix by matrix.
        topology: The matrices as graphs.
        arena_bytes: Working memory of a step on the module; None for a run.
        masked: The topology of the masked twin, as wide as another run.
        information: Of each layer's units with the output, in nats.
        similarity: CKA of each layer with another run's.
        pairs: Correlation of each layer's units with the other run's that do the same.
        agreement: Kappa of the units that criteria keep.
        perturbation: Size of an error of all weights -> held-out loss.
        lines: Held-out loss from one network to another, by what they are.
    """

    layers: list[Layer]
    topology: Topology
    arena_bytes: int | None = None
    masked: Topology | None = None
    information: Mapping[str, float] = field(default_factory=dict)
    similarity: Mapping[str, float] = field(default_factory=dict)
    pairs: Mapping[str, float] = field(default_factory=dict)
    agreement: Mapping[str, float] = field(default_factory=dict)
    perturbation: Mapping[float, float] = field(default_factory=dict)
    lines: Mapping[str, Line] = field(default_factory=dict)

    def total(self, field: str) -> int:
        """Add up a count of all layers."""
        return sum(getattr(layer, field) for layer in self.layers)

    def content(self) -> dict[str, Any]:
        """All of it, for JSON."""
        totals = ("parameters", "bytes", "macs_per_second")
        return {
            "layers": [asdict(layer) for layer in self.layers],
            "whole": {field: self.total(field) for field in totals},
            "arena_bytes": self.arena_bytes,
            "topology": self.topology.content(),
            "masked": self.masked and self.masked.content(),
            "information": dict(self.information),
            "similarity": dict(self.similarity),
            "pairs": dict(self.pairs),
            "agreement": dict(self.agreement),
            "perturbation": [
                {"size": size, "loss": loss} for size, loss in self.perturbation.items()
            ],
            "lines": {
                name: {"losses": line.losses, "barrier": line.barrier}
                for name, line in self.lines.items()
            },
        }

    def sentences(self) -> Iterator[str]:
        """What no table has, a line each."""
        if self.arena_bytes is not None:
            yield f"working memory of a step: {self.arena_bytes:,} bytes"
        for layer, nats in self.information.items():
            yield f"{layer}: a unit tells {nats:.2f} nats of the output"
        for layer, value in self.similarity.items():
            yield f"{layer}: CKA {value:.3f}"
        for layer, value in self.pairs.items():
            yield f"{layer}: units that do the same correlate by {value:.2f}"
        for pair, value in self.agreement.items():
            yield f"{pair}: kappa {value:.2f}"
        for size, loss in self.perturbation.items():
            yield f"weights off by {size:.0%}: held-out loss {loss:.3f}"
        for name, line in self.lines.items():
            ends = f"{line.losses[0]:.3f} and {line.losses[-1]:.3f}"
            yield f"{name}: losses of {ends}, a barrier of {line.barrier:.3f} between"

    def table(self) -> Table:
        """The layers and the whole."""
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
        headings = ("matrix", "size", "parameters", "bytes", "MAC/s", "effective rank")
        for heading in headings:
            side: Literal["left", "right"] = "left" if heading == "matrix" else "right"
            table.add_column(heading, justify=side, no_wrap=True)
        for layer in self.layers:
            table.add_row(
                layer.name,
                f"{layer.rows} x {layer.columns}",
                f"{layer.parameters:,}",
                f"{layer.bytes:,}",
                f"{layer.macs_per_second / 1e6:.2f} M",
                f"{layer.effective_rank:.1f} of {min(layer.rows, layer.columns)}",
            )
        macs = self.total("macs_per_second") / 1e6
        sums = [f"{self.total(field):,}" for field in ("parameters", "bytes")]
        table.add_row("whole", "", *sums, f"{macs:.2f} M", "", style="bold")
        return table

    def draw(self, path: Path, title: str) -> None:
        """Draw the singular values, and what of this there is: loss against errors."""
        figure = Figure(figsize=(11, 5), layout="constrained")
        left, right = figure.subplots(1, 2)
        for number, layer in enumerate(self.layers):
            values = np.array(layer.singular_values)
            place = (np.arange(len(values)) + 1) / len(values)
            style = "-" if number < 10 else "--"
            left.semilogy(place, values / values.max(), style, label=layer.name)
        left.set(
            xlabel="place in the order of size, of all",
            ylabel="singular value to the largest",
            ylim=(1e-3, 1.3),
        )
        left.legend(frameon=False, fontsize=8)
        if self.perturbation:
            sizes = list(self.perturbation)[1:]
            losses = list(self.perturbation.values())
            right.semilogx(sizes, losses[1:], "o-")
            right.axhline(losses[0], color="0.7", label="as it is")
            right.set(
                xlabel="error of all weights, of their row's RMS",
                ylabel="held-out spectral loss",
                ylim=(0, 1.1 * max(losses)),
            )
            right.legend(frameon=False)
        else:
            names = [layer.name for layer in self.layers][::-1]
            right.barh(names, [x.macs_per_second / 1e6 for x in self.layers][::-1])
            right.set(xlabel="million MAC/s")
        figure.suptitle(title)
        with whole(path) as temporary:
            figure.savefig(temporary, dpi=120)
