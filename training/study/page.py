"""A study's results as a part of a Markdown page."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from tombola.errors import TombolaError
from tombola.files import whole
from tombola.training.study.findings import (
    MEASURES,
    claims,
    failures,
    one_change,
    sizes,
    surprises,
)
from tombola.training.study.headline import CLOSE, SMALL, Headline
from tombola.training.study.summary import (
    CONTROLS,
    Summary,
    against,
    mean_measure,
    summarise,
)
from tombola.training.study.table import Row, Table
from tombola.training.study.words import (
    header,
    interval,
    line,
    millions,
    percent,
    verdict,
)

BEGIN, END = "<!-- results -->", "<!-- end -->"
_WHOLE = "{:,.0f}".format
# A figure of a row -> its heading, and how it is written. Flash and RAM are the
# ticket's; seconds are of training and judging, the control's among them.
COST: dict[str, tuple[str, Callable[[float], str]]] = {
    "parameters": ("parameters", _WHOLE),
    "params_ratio": ("share", lambda share: percent(share, 2)),
    "bytes_ratio": ("of bytes", lambda share: percent(share, 2)),
    "macs_per_second": ("MMAC/s", lambda count: f"{count / 1e6:.2f}"),
    "instr_per_second": ("Minstr/s", millions),
    "ticket_bytes": ("flash, bytes", _WHOLE),
    "arena_bytes": ("RAM, bytes", _WHOLE),
    "steps": ("steps", _WHOLE),
    "seconds": ("seconds", _WHOLE),
}
UNITS = {"log_mel": "dB", "pitch": "cents", "loudness": "dB", "frechet_log_mel": "dB²"}


def write_results(page: Path, text: str, mark: str = BEGIN) -> None:
    """Put `text` between a page's `<!-- results -->`, or `mark`, and `<!-- end -->`.

    Raises:
        TombolaError: The page has no such place.
    """
    before, found, rest = page.read_text(encoding="utf-8").partition(f"{mark}\n")
    _, end, after = rest.partition(END)
    if not found or not end:
        raise TombolaError(
            f"'{page}' has no '{mark}' with an '{END}' after it; put both where the "
            "results are to stand"
        )
    with whole(page) as temporary:
        content = f"{before}{found}\n{text}\n{end}{after}"
        temporary.write_text(content, encoding="utf-8")


def results(tables: Sequence[Table]) -> str:
    """All studies in Markdown: the headline of each voice, then study by study."""
    if not tables:
        return "No study has been run for this page yet."
    found = [(table, summarise(table)) for table in tables]
    voices: dict[str, list[Summary]] = {}
    for table, summaries in found:
        voices.setdefault(table.voice, []).extend(summaries)
    lines = [
        f"Asked of every voice: {percent(1 - SMALL)} of the parameters gone or more, "
        f"and, rounded as it is played, a loss of at most {CLOSE:g} times the dense "
        "float network's, and less than that of its own widths in float, trained from "
        "scratch for as many steps as it has seen, outside the intervals.",
        "",
        *(f"- {Headline.of(rows).sentence(voice)}" for voice, rows in voices.items()),
    ]
    for table, summaries in found:
        lines += ["", *_study(table, summaries)]
    return "\n".join(lines)


def _study(table: Table, summaries: list[Summary]) -> Iterator[str]:
    dense = list(table.dense.values())
    losses = ", ".join(f"{row['loss']:.3f}" for row in dense)
    steps = ", ".join(f"{n:,}" for n in sorted({row["steps"] for row in dense}))
    clips, sounds = len(table.sounds), len(set(table.sounds))
    yield f"### {table.voice}, `studies/{table.study}.toml`"
    yield ""
    yield (
        f"Rows: [studies/results/{table.name}.csv](../../studies/results/{table.name}"
        f".csv), made by `tombola study studies/{table.study}.toml --count`. Dense "
        f"networks: {len(dense)}, of {dense[0]['parameters']:,} parameters, "
        f"{steps} steps, with a loss of {losses} over {clips} clips of "
        f"{sounds} held-out sounds."
    )
    for picture, says in (
        ("size", "Loss against parameters, instructions and bytes"),
        ("ways", "Loss of each way, with intervals"),
    ):
        yield ""
        yield f"![{says}](study-{table.name}-{picture}.png)"
    for heading, sentences in (
        ("What the figures say", claims(summaries)),
        ("What surprised", surprises(summaries)),
        ("What failed", failures(table, summaries)),
    ):
        yield from ["", f"**{heading}.**", ""]
        yield from [f"- {s}" for s in sentences] or ["Nothing that these rows show."]
    for heading, rows in (
        ("Size, cost and loss; controls in italics", _losses(dense, summaries)),
        ("Against the controls", _controls(summaries)),
        ("What one change does", _changes(summaries)),
        ("Other measures of sound", _measures(dense, summaries)),
    ):
        yield from ["", f"<details><summary>{heading}</summary>", "", *rows]
        yield from ["", "</details>"]


def _losses(dense: list[Row], summaries: list[Summary]) -> Iterator[str]:
    """Size, cost and loss of each row, the best of each size first."""
    costs = [heading for heading, _ in COST.values()]
    yield from header("way", *costs, "to dense", "rounded", "to scratch", "seeds")
    yield line("dense", *_cost(dense), "1", "", "", str(len(dense)))
    for _, rows in sizes(summaries):
        for s in rows:
            yield line(
                f"*{s.name}*" if s.is_control else s.name,
                *_cost(s.rows),
                interval(s.to_dense),
                interval(s.deployed),
                interval(s.to_scratch),
                str(len(s.seeds)),
            )


def _cost(rows: list[Row]) -> Iterator[str]:
    """What networks cost, the mean of those of which it is known."""
    for figure, (_, shown) in COST.items():
        known = [row[figure] for row in rows if row.get(figure) is not None]
        yield shown(float(np.mean(known))) if known else ""


def _controls(summaries: list[Summary]) -> Iterator[str]:
    """Each way's loss to that of every control of its size."""
    own = "to its own widths from scratch, after as many steps"
    yield from header("way", own, *(f"to {says}" for says, _ in CONTROLS.values()))
    for _, rows in sizes(summaries):
        for s in rows:
            if not s.is_control:
                ratios = [against(control, s, summaries) for control in CONTROLS]
                yield line(s.name, interval(s.to_scratch), *map(interval, ratios))


def _changes(summaries: list[Summary]) -> Iterator[str]:
    """What one option does to the loss."""
    yield from header("this", "to this", "which differ in", "loss", "")
    for option, one, other, ratio in one_change(summaries):
        yield line(one.name, other.name, option, interval(ratio), verdict(ratio))


def _measures(dense: list[Row], summaries: list[Summary]) -> Iterator[str]:
    """The measures that nothing was trained for, those that the voice has."""
    names = [name for name in MEASURES if mean_measure(dense, name) is not None]
    units = (f", {UNITS[name]}" if name in UNITS else "" for name in names)
    headings = (MEASURES[n] + unit for n, unit in zip(names, units, strict=True))
    yield from header("way", *headings)
    yield line("dense", *(_short(mean_measure(dense, name)) for name in names))
    for _, rows in sizes(summaries):
        for s in rows:
            yield line(s.name, *(_short(mean_measure(s.rows, n)) for n in names))


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
