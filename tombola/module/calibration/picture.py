"""The errors of a module before and after its calibration, as a picture."""

from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tombola.files import whole
from tombola.module.calibration.run import Outcome
from tombola.play.picture import COLOURS, FAINT, PAPER, style

BAND = "#e3eefa"


def draw(path: Path, outcomes: list[Outcome]) -> None:
    """Write a PNG: a column for each stage, the errors before over those after."""
    with matplotlib.rc_context(style()):
        columns = len(outcomes)
        figure = Figure(figsize=(4.6 * columns + 0.6, 5.6), facecolor=PAPER)
        axes = figure.subplots(2, columns, squeeze=False)
        for column, outcome in enumerate(outcomes):
            _draw_stage(axes[0][column], axes[1][column], outcome)
        figure.tight_layout()
        with whole(path) as temporary:
            figure.savefig(temporary, dpi=110, facecolor=PAPER)


def _draw_stage(above: Axes, below: Axes, outcome: Outcome) -> None:
    stage = outcome.stage
    above.set_title(stage.title, fontsize=10, loc="left", wrap=True)
    _draw_errors(above, outcome, "before")
    _draw_errors(below, outcome, "after")
    above.tick_params(labelbottom=False)
    below.set_xlabel("volts at the jack")
    below.set_ylim(-1.5 * stage.limit, 1.5 * stage.limit)
    reach = 1.5 * max(outcome.before, stage.limit)
    above.set_ylim(-reach, reach)


def _draw_errors(axis: Axes, outcome: Outcome, when: str) -> None:
    stage = outcome.stage
    axis.axhspan(-stage.limit, stage.limit, color=BAND, zorder=0)
    axis.axhline(0.0, color=FAINT, linewidth=0.6)
    axis.set_ylabel(f"{when}, {stage.unit}")
    jacks = list(dict.fromkeys(point.jack for point in outcome.points))
    for jack, colour in zip(jacks, COLOURS, strict=False):
        points = [point for point in outcome.points if point.jack == jack]
        points.sort(key=lambda point: point.volts)
        volts = [point.volts for point in points]
        errors = [getattr(point, when) for point in points]
        axis.plot(volts, errors, "o-", color=colour, markersize=4, linewidth=1)
        if len(jacks) > 1 and when == "before":
            axis.annotate(
                jack,
                (volts[-1], errors[-1]),
                xytext=(5, 0),
                textcoords="offset points",
                color=colour,
                fontsize=8,
                va="center",
            )
    axis.margins(x=0.12)
    axis.text(
        0.99,
        0.97,
        f"largest {max(abs(getattr(p, when)) for p in outcome.points):.2f}",
        transform=axis.transAxes,
        ha="right",
        va="top",
        fontsize=9,
    )
