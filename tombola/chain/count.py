"""Counts the instructions that a trained network makes the module execute."""

import json
from pathlib import Path

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


def instructions_per_second(run: Run, corpus: Corpus) -> float:
    """Export the run's network, build it into the firmware, and play an octave.

    All that the module does for a second of sound counts: network, DSP, panel. A count
    that was made is kept as `count.json` in the run's folder, and not made again.

    Raises:
        TombolaError: The network loses too much when it is quantised.
    """
    kept = run.folder / "count.json"
    if not kept.exists():
        ticket = convert(export_run(run, corpus, "study").content).ticket
        played = play_on_module(build_firmware(ticket), lowest_octave())
        counted = {
            "instr_per_second": played.instructions_per_second,
            "late_frames": played.late_frames,
        }
        write_json(kept, counted)
    content = json.loads(kept.read_text(encoding="utf-8"))
    return float(content["instr_per_second"])


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
