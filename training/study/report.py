"""A study's results as figures, as a table, as a picture and as a page's section."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure
from rich import box
from rich.table import Table
from scipy.stats import t as student

from tombola.errors import TombolaError
from tombola.files import whole
from tombola.training.study.grid import Row
from tombola.training.study.run import StudyResults


@dataclass(frozen=True)
class Ratio:
    """A mean over seeds, and its 95 % interval (Student's t); None of one seed."""

    mean: float
    low: float | None
    high: float | None

    @classmethod
    def of(cls, values: Iterable[float]) -> "Ratio":
        """Take one value for each seed."""
        found = np.fromiter(values, float)
        mean, count = float(found.mean()), len(found)
        if count < 2:
            return cls(mean, None, None)
        error = float(found.std(ddof=1)) / math.sqrt(count)
        reach = float(student.ppf(0.975, count - 1)) * error
        return cls(mean, mean - reach, mean + reach)

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.mean:.3f}"
        return f"{self.mean:.3f} ±{self.high - self.mean:.3f}"


@dataclass(frozen=True)
class Summary:
    """A way at a size, over all of its seeds.

    `steps` are those that its weights have seen, to the dense network's, which are also
    the control's; `first` is the key of the first seed's row.
    """

    name: str
    way: str
    method: str
    keep: float
    params: float
    bytes: float
    to_dense: Ratio
    to_scratch: Ratio
    steps: float
    seeds: list[int]
    first: str


def summarise(results: StudyResults) -> list[Summary]:
    """Put the rows of each way and size together, in the study's order."""
    together: dict[tuple[str, float], dict[str, Row]] = {}
    for key, row in results.rows.items():
        together.setdefault((row["way"], row["keep"]), {})[key] = row
    return [
        Summary(
            name=f"{way} {keep:g}",
            way=way,
            method=rows[0]["method"],
            keep=keep,
            params=_mean(rows, "params_ratio"),
            bytes=_mean(rows, "bytes_ratio"),
            to_dense=Ratio.of(row["loss_ratio_to_dense"] for row in rows),
            to_scratch=Ratio.of(row["loss_ratio_to_scratch"] for row in rows),
            steps=_mean(rows, "steps") / results.dense[0]["steps"],
            seeds=sorted(row["seed"] for row in rows),
            first=next(iter(keyed)),
        )
        for (way, keep), keyed in together.items()
        for rows in [list(keyed.values())]
    ]


def _mean(rows: list[Row], name: str) -> float:
    return float(np.mean([row[name] for row in rows]))


def figures(
    voice: str, summaries: list[Summary], counts: Mapping[str, float]
) -> dict[str, Any]:
    """The content of `build/reports/study.json`.

    `counts` has the instructions a second of the rows, by name, that were counted; the
    others' are null.
    """
    return {
        "voices": {
            voice: {
                s.name: {
                    "method": s.method,
                    "params_ratio": s.params,
                    "bytes_ratio": s.bytes,
                    "instr_per_second": counts.get(s.name),
                    "loss_ratio_to_dense": s.to_dense.mean,
                    "loss_ratio_to_scratch": s.to_scratch.mean,
                    "seeds": s.seeds,
                    "intervals": {
                        "loss_ratio_to_dense": asdict(s.to_dense),
                        "loss_ratio_to_scratch": asdict(s.to_scratch),
                    },
                }
                for s in summaries
            }
        }
    }


HEADINGS = (
    *("way", "params", "bytes", "Minstr/s"),
    *("to dense", "to scratch", "steps", "seeds"),
)


def cells_of(summary: Summary, counts: Mapping[str, float]) -> tuple[str, ...]:
    """What the table says of a row, under `HEADINGS`."""
    count = counts.get(summary.name)
    return (
        summary.name,
        f"{summary.params:.1%}",
        f"{summary.bytes:.1%}",
        "" if count is None else f"{count / 1e6:.1f}",
        str(summary.to_dense),
        str(summary.to_scratch),
        f"{summary.steps:.1f}x",
        str(len(summary.seeds)),
    )


def table(summaries: list[Summary], counts: Mapping[str, float]) -> Table:
    """The rows, for a terminal."""
    shown = Table(box=box.SIMPLE_HEAD, padding=0)
    for heading in HEADINGS:
        justify: Literal["left", "right"] = "left" if heading == "way" else "right"
        shown.add_column(heading, justify=justify, no_wrap=True)
    for summary in summaries:
        shown.add_row(*cells_of(summary, counts))
    return shown


def draw(path: Path, voice: str, summaries: list[Summary]) -> None:
    """Draw the loss against parameters and against bytes, with intervals."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    ways = list(dict.fromkeys(s.way for s in summaries))
    for number, way in enumerate(ways):
        mine = [s for s in summaries if s.way == way]
        reach = [
            0.0 if s.to_dense.high is None else s.to_dense.high - s.to_dense.mean
            for s in mine
        ]
        means = [s.to_dense.mean for s in mine]
        mark = "osD^v<>XP*"[number % 10]
        colour = f"C{number % 10}"
        for axes, sizes in (
            (left, [s.params for s in mine]),
            (right, [s.bytes for s in mine]),
        ):
            axes.errorbar(
                sizes, means, reach, fmt=f"{mark}:", color=colour, label=way, capsize=3
            )
    for axes, what in ((left, "parameters"), (right, "bytes")):
        axes.set(xscale="log", xlabel=f"share of the dense network's {what}")
        axes.xaxis.set_major_formatter("{x:.0%}")
        axes.xaxis.set_minor_formatter("{x:.0%}")
        axes.axhline(1.0, color="0.8")
        axes.axhline(1.05, color="0.8", ls="--")
    left.set_ylabel("held-out spectral loss to the dense network's")
    figure.suptitle(f"{voice}: loss against size")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", frameon=False)
    with whole(path) as temporary:
        figure.savefig(temporary, dpi=120)


def write_section(page: Path, name: str, text: str) -> None:
    """Put `text` between a page's `<!-- study NAME -->` and `<!-- end -->`.

    Raises:
        TombolaError: The page has no such place.
    """
    before, mark, rest = page.read_text(encoding="utf-8").partition(
        f"<!-- study {name} -->\n"
    )
    _, end, after = rest.partition("<!-- end -->")
    if not mark or not end:
        raise TombolaError(
            f"'{page}' has no '<!-- study {name} -->' with an '<!-- end -->' after it; "
            "put both where the results are to stand"
        )
    with whole(page) as temporary:
        content = f"{before}{mark}\n{text}\n{end}{after}"
        temporary.write_text(content, encoding="utf-8")


def section(
    command: str,
    results: StudyResults,
    summaries: list[Summary],
    counts: Mapping[str, float],
) -> str:
    """The results in Markdown, with the command that made them."""
    steps = sorted({row["steps"] for row in results.dense})
    losses = ", ".join(f"{row['loss']:.3f}" for row in results.dense)
    lines = [
        f"Made by `{command}`. Dense networks: {len(results.dense)}, of "
        f"{results.dense[0]['parameters']:,} parameters, "
        f"{', '.join(map(str, steps))} steps, with a held-out loss of {losses}. Means "
        "over seeds, ± half of the 95 % interval: losses to the dense network's and to "
        "that of the same size from scratch; steps behind the weights, the dense "
        "network's and the control's being one; instructions of the first seed's.",
        "",
        "| " + " | ".join(HEADINGS) + " |",
        "|" + "---|" * len(HEADINGS),
        *("| " + " | ".join(cells_of(s, counts)) + " |" for s in summaries),
    ]
    if results.failed:
        lines += ["", "Failed:", ""]
        lines += [f"- {label}: {why}" for label, why in results.failed.items()]
    if results.missing:
        lines += ["", f"{results.missing} cells have no result."]
    return "\n".join(lines)
