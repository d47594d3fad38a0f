"""A study's results as figures and as a table in a terminal."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.table import Table as Screen

from tombola.errors import TombolaError
from tombola.files import write_json
from tombola.training.study.summary import Ratio, Summary, summarise
from tombola.training.study.table import Table
from tombola.training.study.words import millions

REPORT = Path("build", "reports", "study.json")


def write_figures(tables: Iterable[Table]) -> Path:
    """Write `figures` to `REPORT`, and say where that is."""
    write_json(REPORT, figures(tables))
    return REPORT


def show(tables: Iterable[Table]) -> None:
    """Print each study's table."""
    console = Console()
    for table in tables:
        console.print(f"{table.voice}, {table.name}", highlight=False)
        console.print(screen(summarise(table)))


def require_names_apart(tables: Sequence[Table]) -> None:
    """Raise TombolaError if two studies have one name: their rows would be mixed up."""
    names = [table.name for table in tables]
    for name in names:
        if names.count(name) > 1:
            raise TombolaError(
                f"{names.count(name)} tables are called '{name}'; give each study's "
                "table once"
            )


def figures(tables: Iterable[Table]) -> dict[str, Any]:
    """The content of `build/reports/study.json`: every row of every voice.

    A row is called by its study, way and size. Intervals are of 95 %. Instructions are
    null where a row was not counted, what is deployed where it cannot be exported.
    """
    voices: dict[str, dict[str, Any]] = {}
    for table in tables:
        rows = voices.setdefault(table.voice, {})
        for summary in summarise(table):
            rows[summary.full_name] = _figures(summary)
    return {"voices": voices}


def _figures(s: Summary) -> dict[str, Any]:
    ratios = {
        "loss_ratio_to_dense": s.to_dense,
        "loss_ratio_to_scratch": s.to_scratch,
        "deployed_loss_ratio_to_dense": s.deployed,
        "deployed_loss_ratio_to_scratch": s.deployed_to_scratch,
    }
    return {
        "method": s.rows[0]["method"],
        "params_ratio": s.mean("params_ratio"),
        "bytes_ratio": s.mean("bytes_ratio"),
        "instr_per_second": s.instr_per_second,
        **{name: None if r is None else r.mean for name, r in ratios.items()},
        "seeds": s.seeds,
        "control": s.is_control,
        "intervals": {
            name: _intervals(ratio) for name, ratio in ratios.items() if ratio
        },
    }


def _intervals(ratio: Ratio) -> dict[str, Any]:
    return {"seeds": ratio.seeds, "sounds": ratio.sounds}


HEADINGS = (
    *("way", "params", "bytes", "Minstr/s"),
    *("to dense", "rounded", "to scratch", "seeds"),
)


def screen(summaries: list[Summary]) -> Screen:
    """The rows, for a terminal of 80 columns."""
    shown = Screen(box=box.SIMPLE_HEAD, padding=0)
    for heading in HEADINGS:
        justify: Literal["left", "right"] = "left" if heading == "way" else "right"
        shown.add_column(heading, justify=justify, no_wrap=True)
    for s in summaries:
        shown.add_row(
            s.name,
            f"{s.mean('params_ratio'):.1%}",
            f"{s.mean('bytes_ratio'):.1%}",
            millions(s.instr_per_second),
            str(s.to_dense),
            "" if s.deployed is None else f"{s.deployed.mean:.3f}",
            str(s.to_scratch),
            str(len(s.seeds)),
        )
    return shown
