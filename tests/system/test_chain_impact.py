"""A folder of hits becomes a ticket of the voice impact on the virtual module."""

from pathlib import Path

import numpy as np
import soundfile

from tombola.chain.report import figures_of, promises
from tombola.chain.voice import run_chain
from tombola.training.reduction.lottery import ReduceConfig
from tombola.training.train.config import TrainConfig
from tombola.training.voices.impact import ImpactWidths

TRAINING = TrainConfig.of_voice(
    "impact",
    steps=20,
    batch=2,
    frames=50,
    rewind_step=2,
    widths=ImpactWidths(24, 32, 24),
)
HOLD = {
    "differing_operators",
    "instr_share",
    "dc_dbfs",
    "late_frames",
    "host_equals_module",
}


def hit(number: int) -> np.ndarray:
    """Two modes and some noise, float32."""
    time = np.arange(24000) / 48000
    hertz = 60.0 * 1.3**number
    modes = np.sin(2 * np.pi * hertz * time) + np.sin(2 * np.pi * 2.3 * hertz * time)
    noise = np.random.default_rng(number).uniform(-1, 1, len(time))
    audio = (modes + 0.3 * noise) * np.exp(-time * (10 + 3 * number))
    return (0.2 * audio).astype(np.float32)


def test_the_chain_makes_a_ticket_of_hits(tmp_path: Path) -> None:
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    for number in range(8):
        soundfile.write(sounds / f"hit-{number}.wav", hit(number), 48000)
    reduction = ReduceConfig(keep=0.5, rounds=1, batches=2)
    chain = run_chain(sounds, "kit", "CC0-1.0", tmp_path, TRAINING, reduction)
    figures = figures_of(chain, set_up=0.0)
    assert figures["voice"] == "impact"
    kept = [p for p in promises("impact") if p.figure in HOLD]
    assert {p.figure for p in kept} == HOLD
    assert not [p.says for p in kept if not p.kept(figures)]
