"""build/reports/module.json: what the system tests measured of the virtual module.

Run as a program, prints it; exit status 1 if a figure is missing.
"""

import fcntl
import json
import sys
from pathlib import Path

REPORT = Path(__file__).resolve().parents[2] / "build/reports/module.json"

FIGURES = {
    "flash_bytes": "of the internal 128 KB, with the factory ticket",
    "ram_bytes": "in all memories, the stack included",
    "boot_ms": "from power on to the first audio interrupt",
    "worst_block_instr": "of an audio interrupt, five octaves and a sound at IN",
    "worst_frame_instr": "of a run of the network",
    "load_percent": "of 480 M instructions a second",
    "late_frames": "of the network",
    "trigger_latency_ms": "from the block that reads GATE to the first sample",
    "pitch_latency_ms": "from the block that reads V/OCT to the first sample",
    "trigger_jack_ms": "from the jack GATE to the codec, at worst",
    "calibration_cents_max": "of any octave from -3 to +7 V, over the boards",
    "calibration_boards": "drawn by the circuit's tolerances",
    "power_cuts_tried": "one at each flash operation of two saves and a transfer",
    "power_cuts_lost": "of these: neither the old state nor the new",
    "protocol_fuzz_frames": "of garbage, while the sound went on bit for bit",
    "slots": "for tickets",
    "virtual_speed": "of real time, with a core of this computer to itself",
}
# Of the other voices, a roll with the tests' small tickets of them.
FIGURES |= {
    f"{voice}_{name}": what
    for voice in ("impact", "texture")
    for name, what in {
        "worst_block_instr": "of an audio interrupt",
        "load_percent": FIGURES["load_percent"],
        "trigger_latency_ms": FIGURES["trigger_latency_ms"],
        "late_frames": FIGURES["late_frames"],
    }.items()
}


def note(**figures: float) -> None:
    """Put figures into the report, beside those of other tests, at once or before."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    with REPORT.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        kept = json.loads(file.read() or "{}")
        file.truncate(0)
        file.write(json.dumps({**kept, **figures}, indent=2, sort_keys=True) + "\n")


def main() -> int:
    """Print the report."""
    found = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    for name, what in FIGURES.items():
        print(f"{name:<28}{found.get(name, 'missing'):>10}  {what}")
    print(REPORT)
    return 0 if found.keys() >= FIGURES.keys() else 1


if __name__ == "__main__":
    sys.exit(main())
