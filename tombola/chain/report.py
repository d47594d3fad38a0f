"""What the chain promises, and what it measured."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from tombola.chain.voice import Chain
from tombola.files import whole, write_json

FLASH_BYTES = 115_000  # of the Seed's 131,072, so that there is room to grow
INSTRUCTIONS = 480e6  # one per cycle in one second


@dataclass(frozen=True)
class Promise:
    """A limit that a measured figure has to keep, and how a person reads it.

    Attributes:
        voices: For which it is given; None is all.
    """

    says: str
    figure: str
    shown: Callable[[Any], str]
    kept: Callable[[dict[str, Any]], bool]
    voices: tuple[str, ...] | None = None


PROMISES = (
    Promise(
        "parameters gone, at least 90 %",
        "params_removed",
        "{:.1%}".format,
        lambda f: f["params_removed"] >= 0.9,
    ),
    Promise(
        "held-out loss to the dense one's, at most +5 %",
        "loss_over_dense",
        "{:+.1%}".format,
        lambda f: f["loss_over_dense"] <= 0.05,
    ),
    Promise(
        "torch against .tflite, at least 40 dB",
        "snr_tflite_db",
        "{:.1f} dB".format,
        lambda f: f["snr_tflite_db"] >= 40.0,
    ),
    Promise(
        "operators that differ from litert's reference kernels",
        "differing_operators",
        str,
        lambda f: f["differing_operators"] == 0,
    ),
    Promise(
        f"flash of the module, at most {FLASH_BYTES:,} bytes",
        "flash_bytes",
        "{:,}".format,
        lambda f: f["flash_bytes"] <= FLASH_BYTES,
    ),
    Promise(
        "instructions a second, at most 15 % of 480 M",
        "instr_share",
        "{:.1%}".format,
        lambda f: f["instr_share"] <= 0.15,
        ("tone", "texture"),
    ),
    Promise(
        "instructions a second, at most 35 % of 480 M",
        "instr_share",
        "{:.1%}".format,
        lambda f: f["instr_share"] <= 0.35,
        ("impact",),
    ),
    Promise(
        "pitch over five octaves, within 3 cents",
        "pitch_error_cents_max",
        "{:.2f} cents".format,
        lambda f: f["notes_without_pitch"] == 0 and f["pitch_error_cents_max"] <= 3.0,
        ("tone",),
    ),
    Promise(
        "after the gate closed, below -90 dBFS",
        "silence_dbfs",
        "{:.0f} dBFS".format,
        lambda f: f["silence_dbfs"] < -90.0,
        ("tone", "texture"),
    ),
    Promise(
        "DC, below -60 dBFS",
        "dc_dbfs",
        "{:.0f} dBFS".format,
        lambda f: f["dc_dbfs"] < -60.0,
    ),
    Promise(
        "clicks at block and frame edges",
        "clicks",
        str,
        lambda f: f["clicks"] == 0,
    ),
    Promise(
        "frames that came too late",
        "late_frames",
        str,
        lambda f: f["late_frames"] == 0,
    ),
    Promise(
        "host and module give the same samples",
        "host_equals_module",
        lambda equal: "yes" if equal else "no",
        lambda f: bool(f["host_equals_module"]),
    ),
)


def figures_of(chain: Chain, set_up: float) -> dict[str, Any]:
    """Collect the chain's figures from what its stages wrote; `set_up` in seconds."""
    reduction = _read(chain.reduced / "reduce.json")
    dense, ticket, scratch = (reduction[k] for k in ("dense", "ticket", "scratch"))
    sizes = _read(chain.firmware / "sizes.json")
    scale = _read(chain.played / "scale-module.json")
    tour = _read(chain.played / "tour-module.json")
    compared = _read(chain.played / "compare.json")
    packed = chain.ticket / f"{chain.name}.ticket"
    per_second = max(scale["instr_per_second"], tour["instr_per_second"])
    return {
        "name": chain.name,
        "voice": _read(chain.dense / "run.json")["config"]["voice"],
        "params_dense": dense["parameters"],
        "params_ticket": ticket["parameters"],
        "params_removed": reduction["removed"],
        "macs_per_second_dense": dense["macs_per_second"],
        "macs_per_second_ticket": ticket["macs_per_second"],
        "loss_dense": dense["loss"],
        "loss_ticket": ticket["loss"],
        "loss_scratch": scratch["loss"],
        "loss_over_dense": reduction["loss_over_dense"],
        "ticket_bytes": packed.stat().st_size,
        "flash_bytes": sizes["regions"]["flash"],
        "instr_per_second": per_second,
        "instr_share": per_second / INSTRUCTIONS,
        "snr_tflite_db": _read(chain.ticket / "export.json")["snr_db"]["outputs"],
        "differing_operators": len(
            _read(chain.ticket / "verify.json")["differing_operators"]
        ),
        "pitch_error_cents_max": scale["pitch_error_cents_max"],
        "notes_measured": scale["notes_measured"],
        "notes_without_pitch": scale["notes_without_pitch"],
        "silence_dbfs": scale["silence_dbfs"],
        "dc_dbfs": max(scale["dc_dbfs"], tour["dc_dbfs"]),
        "clicks": sum(_clicks(f) for f in (scale, tour)),
        "late_frames": scale["late_frames"] + tour["late_frames"],
        "host_equals_module": all(c["equal"] for c in compared.values()),
        "seconds": {"setup": set_up, **chain.seconds},
        "seconds_total": round(set_up + sum(chain.seconds.values()), 1),
    }


def _clicks(figures: dict[str, Any]) -> int:
    """Edges with a click; one that comes back at each edge counts as one."""
    clicks = figures["clicks"]
    return max(int(clicks["count"]), int(not clicks["clean"]))


def promises(voice: str) -> list[Promise]:
    """What is promised of a voice."""
    return [p for p in PROMISES if p.voices is None or voice in p.voices]


def kept(figures: dict[str, Any]) -> bool:
    """Tell whether every promise is kept."""
    return all(promise.kept(figures) for promise in promises(figures["voice"]))


def table(figures: dict[str, Any]) -> Table:
    """Show promises and figures side by side."""
    rows = Table(title=f"{figures['name']}: what was promised, and what was measured")
    rows.add_column("promise")
    rows.add_column("measured", justify="right")
    rows.add_column("kept")
    for promise in promises(figures["voice"]):
        value = figures[promise.figure]
        shown = "not measurable" if value is None else promise.shown(value)
        rows.add_row(
            promise.says, shown, "yes" if promise.kept(figures) else "[bold red]NO"
        )
    return rows


def hand_over(chain: Chain, figures: dict[str, Any], folder: Path) -> list[Path]:
    """Copy what a person wants to `folder`, and write chain.json there."""
    name = chain.name
    wanted = [
        chain.ticket / f"{name}.ticket",
        chain.ticket / f"{name}.tflite",
        chain.ticket / "controls.npy",
        chain.firmware / "tombola.elf",
        chain.firmware / "tombola.bin",
        chain.corpus / "corpus.png",
        chain.reduced / "reduce.png",
    ]
    copies = [(path, path.name) for path in wanted]
    for patch in ("scale", "tour"):
        copies += [
            (chain.played / f"{patch}-module{suffix}", f"{name}-{patch}{suffix}")
            for suffix in (".wav", ".png", ".json")
        ]
    for source, target in copies:
        with whole(folder / target) as temporary:
            shutil.copyfile(source, temporary)
    write_json(folder / "chain.json", figures)
    return [folder / target for _, target in copies]


def set_up_seconds(work: Path) -> float:
    """Seconds that bootstrap.sh took when it last had something to do; 0 if unknown."""
    path = work / "reports" / "setup.json"
    return float(_read(path)["seconds"]) if path.exists() else 0.0


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
