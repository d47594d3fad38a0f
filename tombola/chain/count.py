"""Counts the instructions that a trained network makes the module execute."""

import json
from dataclasses import dataclass
from pathlib import Path

from tombola._core import Network
from tombola.converter import convert
from tombola.files import write_json
from tombola.generated.sound import BLOCK, SAMPLE_RATE
from tombola.performance import PanelTrack
from tombola.play.patch import panel_track
from tombola.play.patch_files import load
from tombola.play.render import build_firmware, play_on_module
from tombola.training.corpus.corpus import Corpus
from tombola.training.export.run import export_run
from tombola.training.train.run import Run

_SECONDS = 2.65  # of the patch that tunings are measured on: its first octave


@dataclass(frozen=True)
class Counted:
    """What a network costs on the module.

    Attributes:
        instr_per_second: All that the module executes for a second of sound: network,
            DSP, panel.
        late_frames: Of the network; those were heard late.
        ticket_bytes: Flash that the ticket takes.
        arena_bytes: RAM that the network takes while it runs.
    """

    instr_per_second: float
    late_frames: int
    ticket_bytes: int
    arena_bytes: int


def count_on_module(run: Run, corpus: Corpus) -> Counted:
    """Export the run's network, build it into the firmware, and play an octave.

    What was counted is kept as `count.json` in the run's folder, and not counted again.

    Raises:
        TombolaError: The network loses too much when it is quantised, or is too large
            for the module.
    """
    kept = run.folder / "count.json"
    if not kept.exists():
        ticket = convert(export_run(run, corpus, "study").content).ticket
        played = play_on_module(build_firmware(ticket), lowest_octave())
        counted = {
            "instr_per_second": played.instructions_per_second,
            "late_frames": played.late_frames,
            "ticket_bytes": len(ticket),
            "arena_bytes": Network(ticket).arena_bytes,
        }
        write_json(kept, counted)
    return Counted(**json.loads(kept.read_text(encoding="utf-8")))


def lowest_octave() -> PanelTrack:
    """Return what is counted. All partials sound there, which costs the most."""
    track = panel_track(load(Path("patches", "scale.toml")))
    blocks = round(_SECONDS * SAMPLE_RATE / BLOCK)
    return PanelTrack(
        cv=track.cv[:blocks],
        knobs=track.knobs[:blocks],
        gates=track.gates[:blocks],
        audio=track.audio[: blocks * BLOCK],
    )
