"""build/reports/module.json: what the system tests measured of the virtual module."""

import fcntl
import json
from pathlib import Path

REPORT = Path(__file__).resolve().parents[2] / "build/reports/module.json"


def note(**figures: float) -> None:
    """Put figures into the report, beside those of other tests, at once or before."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    with REPORT.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        kept = json.loads(file.read() or "{}")
        file.truncate(0)
        file.write(json.dumps({**kept, **figures}, indent=2, sort_keys=True) + "\n")
