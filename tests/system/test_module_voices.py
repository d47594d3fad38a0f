"""Tickets of each voice on the firmware: the host's samples, in time."""

from pathlib import Path

import numpy as np
import pytest
from host_instrument import DATA, WARM, play, set_knob, track
from module_report import note

from tombola._core import Instrument
from tombola.generated.sound import BLOCK, SAMPLE_RATE
from tombola.performance import GATE_BIT, PanelTrack
from tombola.play.measure import compare
from tombola.play.render import build_firmware
from tombola.virtual.render import CORE_HZ, render

BLOCK_INSTRUCTIONS = CORE_HZ * BLOCK / SAMPLE_RATE
BLOCKS = 600


def roll() -> PanelTrack:
    """Gates of 20 ms, 61 ms apart, while SHAPE and COLOR turn."""
    panel = track(BLOCKS)
    for block in range(WARM, 400, 61):
        panel.gates[block : block + 20] = GATE_BIT
    set_knob(panel, "SHAPE", np.linspace(0.2, 0.9, BLOCKS))
    set_knob(panel, "COLOR", np.linspace(0.0, 1.0, BLOCKS))
    return panel


@pytest.mark.parametrize("voice", ["impact", "texture"])
def test_host_and_module_play_the_same_and_in_time(voice: str) -> None:
    ticket = Path(DATA / f"{voice}_small.ticket").read_bytes()
    panel = roll()
    module = render(build_firmware(ticket), panel)
    found = compare(play(panel, Instrument(ticket)), module)
    assert found["equal"], found
    assert np.abs(module.audio).max() > 10000
    assert module.audio_instructions is not None
    assert module.instructions_per_second is not None
    worst = int(module.audio_instructions.max())
    load = module.instructions_per_second / CORE_HZ
    first = int(np.flatnonzero(module.audio.any(axis=1))[0])
    latency = 1000 * (first - WARM * BLOCK) / SAMPLE_RATE
    figures = {
        "worst_block_instr": worst,
        "load_percent": round(100 * load, 2),
        "trigger_latency_ms": round(latency, 3),
        "late_frames": module.late_frames,
    }
    note(**{f"{voice}_{name}": figure for name, figure in figures.items()})
    assert module.late_frames == module.late_blocks == module.late_scans == 0
    assert worst < 0.35 * BLOCK_INSTRUCTIONS
    assert load < 0.35
    assert 1.0 <= latency < 2.0, "a trigger sounds in the next block"
