"""The report of a calibration: as text, as JSON, and as a picture beside them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tombola.files import whole, write_json
from tombola.generated.protocol import InfoAnswer
from tombola.module.calibration.patches import volts_in_words
from tombola.module.calibration.picture import draw
from tombola.module.calibration.run import Outcome

SUFFIXES = (".json", ".txt", ".png")


def write(path: Path, about: dict[str, Any], outcomes: list[Outcome]) -> None:
    """Write path.json, path.txt and path.png; `path` may end in any of these."""
    stages = [outcome.report() for outcome in outcomes]
    write_json(path.with_suffix(".json"), {**about, "stages": stages})
    with whole(path.with_suffix(".txt")) as temporary:
        said = [f"{name}: {value}" for name, value in about.items()]
        lines = [*said, *(row for outcome in outcomes for row in ["", *text(outcome)])]
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draw(path.with_suffix(".png"), outcomes)


def about(info: InfoAnswer) -> dict[str, Any]:
    """Return which module was calibrated, and when."""
    return {
        "firmware": f"{info.firmware} {info.build}".strip(),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def text(outcome: Outcome) -> list[str]:
    """Return an outcome's rows: every point, the largest errors, passed."""
    stage = outcome.stage
    rows = [f"{stage.name}: {stage.title}"]
    rows.append(f"  {'jack':<8}{'volts':>9}{'before':>11}{'after':>11}  {stage.unit}")
    for p in outcome.points:
        rows.append(
            f"  {p.jack:<8}{volts_in_words(p.volts):>9}{p.before:>+11.2f}"
            f"{p.after:>+11.2f}"
        )
    rows.append(
        f"  passed: {outcome.before:.2f} {stage.unit} off before, {outcome.after:.2f} "
        f"now; {stage.limit:g} are allowed"
    )
    return rows
