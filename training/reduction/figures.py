"""What a reduction measured, as a table, as JSON and as a picture."""

from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from matplotlib.figure import Figure
from rich import box
from rich.table import Table

from tombola.files import whole, write_json
from tombola.training.measures.cost import cost_of
from tombola.training.voices.voice import Model

# How far above the dense network's the ticket's loss may be.
TOLERANCE = 0.05


@dataclass(frozen=True)
class Figures:
    """One network's.

    Attributes:
        name: dense, round-1 ..., ticket or scratch.
        widths: Units of the decoder's layers, the first first.
        parameters: Weights and biases of the decoder.
        macs_per_second: Multiplications and additions of its matrix products, as
            often as the module runs it.
        bytes_int8: One byte for a weight, four for a bias.
        steps: Training steps that its weights have seen.
        loss: Held-out multi-scale STFT loss.
    """

    name: str
    widths: tuple[int, ...]
    parameters: int
    macs_per_second: int
    bytes_int8: int
    steps: int
    loss: float


def measure(name: str, model: Model, loss: float, steps: int) -> Figures:
    """Count what a model's decoder costs."""
    cost = cost_of(model.decoder)
    return Figures(
        name=name,
        widths=astuple(model.decoder.widths),
        parameters=cost.parameters,
        macs_per_second=cost.macs_per_second,
        bytes_int8=cost.bytes,
        steps=steps,
        loss=loss,
    )


@dataclass(frozen=True)
class Reduction:
    """A dense network, the rounds that led to its ticket, and the control.

    Attributes:
        config: The reduction's configuration.
        dense: The network that it began with.
        rounds: The network after each round; the last one is the ticket.
        scratch: A network of the ticket's size, trained from fresh weights.
    """

    config: dict[str, Any]
    dense: Figures
    rounds: list[Figures]
    scratch: Figures

    @property
    def ticket(self) -> Figures:
        """The last round's network."""
        return replace(self.rounds[-1], name="ticket")

    def save(self, folder: Path) -> None:
        """Write `reduce.json` and `reduce.png`."""
        content = {
            "config": self.config,
            "dense": asdict(self.dense),
            "ticket": asdict(self.ticket),
            "scratch": asdict(self.scratch),
            "rounds": [asdict(figures) for figures in self.rounds],
            "removed": 1 - self.ticket.parameters / self.dense.parameters,
            "loss_over_dense": self.ticket.loss / self.dense.loss - 1,
        }
        write_json(folder / "reduce.json", content)
        self._draw(folder / "reduce.png")

    def table(self) -> Table:
        """The three networks side by side."""
        table = Table(box=box.SIMPLE_HEAD, padding=0)
        headings = ("units", "parameters", "MAC/s", "int8 bytes", "steps", "loss")
        for heading in ("", *headings, "to dense"):
            justify: Literal["left", "right"] = "right" if heading else "left"
            table.add_column(heading, justify=justify, no_wrap=True)
        for name in ("dense", "ticket", "scratch"):
            figures: Figures = getattr(self, name)
            over = figures.loss / self.dense.loss - 1
            table.add_row(
                name,
                "-".join(map(str, figures.widths)),
                f"{figures.parameters:,}",
                f"{figures.macs_per_second / 1e6:.1f} M",
                f"{figures.bytes_int8:,}",
                f"{figures.steps:,}",
                f"{figures.loss:.3f}",
                f"{over:+.1%}",
            )
        return table

    def _draw(self, path: Path) -> None:
        """Draw loss against parameters; from zero, so that differences keep scale."""
        figure = Figure(figsize=(7, 4.5), layout="constrained")
        axes = figure.subplots()
        way = [self.dense, *self.rounds]
        axes.plot([f.parameters for f in way], [f.loss for f in way], ":o", color="0.6")
        for f in self.rounds[:-1]:
            text = f"{f.name}\n{f.loss:.3f}"
            axes.annotate(
                text,
                (f.parameters, f.loss),
                (0, -26),
                textcoords="offset points",
                ha="center",
                fontsize=8,
                color="0.4",
            )
        for f, mark, label in (
            (self.dense, "s", "dense"),
            (self.scratch, "X", "same size from scratch"),
            (self.ticket, "*", "ticket"),
        ):
            text = f"{label}: {f.loss:.3f} after {f.steps:,} steps"
            axes.plot(f.parameters, f.loss, mark, markersize=11, label=text)
        limit = self.dense.loss * (1 + TOLERANCE)
        axes.axhline(limit, color="0.8", label=f"dense + {TOLERANCE:.0%}: {limit:.3f}")
        counts = [f.parameters for f in way]
        axes.set_xscale("log")
        axes.set_xticks(counts, [f"{count:,}" for count in counts])
        axes.set_xticks([], minor=True)
        axes.set_ylim(0, 1.25 * max(f.loss for f in (*way, self.scratch)))
        axes.set_xlabel("parameters of the decoder")
        axes.set_ylabel("held-out multi-scale STFT loss")
        axes.set_title("From the dense network to the ticket")
        axes.legend(frameon=False, loc="lower right")
        with whole(path) as temporary:
            figure.savefig(temporary, dpi=120)
