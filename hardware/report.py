"""build/reports/hardware.json: what the steps of `make hardware` found."""

import json
from pathlib import Path
from typing import Any

REPORT = Path(__file__).resolve().parents[1] / "build/reports/hardware.json"


def add_to_report(rows: dict[str, Any]) -> None:
    """Put rows into the report, beside what other steps have put there."""
    content = json.loads(REPORT.read_text("utf-8")) if REPORT.exists() else {}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content | rows, indent=2) + "\n"
    REPORT.write_text(text, encoding="utf-8")
