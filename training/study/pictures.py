"""A study's results as pictures: loss against what it costs, and way beside way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, PercentFormatter
from PIL import Image

from tombola.files import whole
from tombola.training.study.findings import sizes
from tombola.training.study.headline import CLOSE, SMALL
from tombola.training.study.summary import Ratio, Summary, summarise
from tombola.training.study.table import Table

# M. Okabe, K. Ito: "Color Universal Design", 2008. Controls are grey, ours vermilion.
_HUES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#000000")
_OURS, _CONTROL = "#D55E00", "0.6"
_MARKS = "osD^v<>Pph"
_DPI = 110
_LIMITS = {"color": "0.75", "lw": 0.8, "zorder": 0}


def draw(folder: Path, table: Table) -> list[Path]:
    """Draw both pictures of a study into `folder`, as study-NAME-....png."""
    summaries = summarise(table)
    title = f"{table.voice}, studies/{table.study}.toml"
    made = []
    for name, figure in (
        ("size", _against_cost(title, summaries)),
        ("ways", _way_by_way(title, summaries)),
    ):
        path = folder / f"study-{table.name}-{name}.png"
        with whole(path) as temporary:
            figure.savefig(temporary, dpi=_DPI)
            with Image.open(temporary) as drawn:
                few = drawn.convert("RGB").quantize(256)
            few.save(temporary, optimize=True)
        made.append(path)
    return made


def _against_cost(title: str, summaries: list[Summary]) -> Figure:
    """Loss against parameters, instructions and bytes."""
    figure = Figure(figsize=(12, 4.8), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    costs: list[tuple[str, Callable[[Summary], float | None]]] = [
        ("share of the dense network's parameters", lambda s: s.mean("params_ratio")),
        ("million instructions for a second of sound", _millions),
        ("share of the dense network's bytes", lambda s: s.mean("bytes_ratio")),
    ]
    for axes, (label, cost) in zip(panels, costs, strict=True):
        for way, style in _styles(summaries).items():
            mine = [s for s in summaries if s.way == way]
            _curve(axes, [(cost(s), s) for s in mine], way, style)
        axes.set(xscale="log", xlabel=label)
        if all(cost(s) is None for s in summaries):
            axes.text(0.5, 0.5, "not counted", transform=axes.transAxes, ha="center")
        _limits(axes.axhline)
        if "share" in label:
            low, high = axes.get_xlim()
            axes.set_xlim(low / 1.5, 1.5 * high)  # rows of one size are a point
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter(PercentFormatter(1))
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.axvline(SMALL, ls=":", **_LIMITS)
        else:
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter("{x:g}")
    panels[0].set_ylabel("held-out loss to the dense network's")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", frameon=False)
    figure.suptitle(f"{title}: loss against cost, with 95 % intervals")
    return figure


def _curve(
    axes: Axes,
    points: list[tuple[float | None, Summary]],
    way: str,
    style: dict[str, Any],
) -> None:
    known = sorted(((x, s) for x, s in points if x is not None), key=lambda p: p[0])
    if not known:
        return
    xs = [x for x, _ in known]
    axes.plot(xs, [s.to_dense.mean for _, s in known], ":", label=way, **style)
    low, high = zip(*(_ends(s.to_dense) for _, s in known), strict=True)
    axes.vlines(xs, low, high, color=style["color"], lw=0.9, alpha=0.6)


def _way_by_way(title: str, summaries: list[Summary]) -> Figure:
    """Every row on a line of its own: loss to dense, and to scratch."""
    rows = [s for _, group in sizes(summaries) for s in group]
    figure = Figure(figsize=(10, 1.6 + 0.24 * len(rows)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    styles = _styles(summaries)
    for place, s in enumerate(rows):
        style = styles[s.way]
        for axes, ratio in ((left, s.to_dense), (right, s.to_scratch)):
            _whiskers(axes, place, ratio, style)
        if s.deployed is not None:
            left.plot(s.deployed.mean, place, "|", color="black", ms=9)
    names = [f"{s.name}{' (control)' if s.is_control else ''}" for s in rows]
    left.set_yticks(range(len(rows)), names, fontsize=8)
    left.set_ylim(len(rows) - 0.5, -0.5)
    _limits(left.axvline)
    right.axvline(1.0, **_LIMITS)
    left.set_xlabel("loss to the dense network's; | rounded as it is played")
    right.set_xlabel("loss to the same size from scratch")
    figure.suptitle(
        f"{title}\n95 % intervals: thick over seeds, thin over sounds", fontsize=11
    )
    return figure


def _whiskers(axes: Axes, place: int, ratio: Ratio, style: dict[str, Any]) -> None:
    colour = style["color"]
    if ratio.seeds is not None:
        axes.plot(ratio.seeds, [place, place], color=colour, lw=3, alpha=0.4)
    axes.plot(ratio.sounds, [place, place], color=colour, lw=0.9)
    axes.plot(ratio.mean, place, **style)


def _styles(summaries: list[Summary]) -> dict[str, dict[str, Any]]:
    """A colour and a mark for each way, of which no two are alike."""
    styles: dict[str, dict[str, Any]] = {}
    for s in summaries:
        if s.way in styles:
            continue
        number = len(styles)
        mark = _MARKS[number % len(_MARKS)]
        if s.is_control:
            colour, fill = _CONTROL, "white"
        else:
            colour = _OURS if s.is_ours else _HUES[number % len(_HUES)]
            fill = colour
        styles[s.way] = {"color": colour, "marker": mark, "mfc": fill, "ms": 6}
    return styles


def _ends(ratio: Ratio) -> tuple[float, float]:
    """Of the wider interval; where there is one seed, the mean's own place."""
    if ratio.seeds is None:
        return ratio.mean, ratio.mean
    return ratio.low, ratio.high


def _limits(line: Callable[..., Any]) -> None:
    line(1.0, **_LIMITS)
    line(CLOSE, ls="--", **_LIMITS)


def _millions(summary: Summary) -> float | None:
    count = summary.instr_per_second
    return None if count is None else count / 1e6
