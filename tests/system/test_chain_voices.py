"""A folder of sounds without a pitch becomes a ticket on the virtual module, too."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tombola.chain.report import figures_of, hand_over, promises
from tombola.chain.voice import run_chain
from tombola.training.reduction.lottery import ReduceConfig
from tombola.training.train.config import TrainConfig
from tombola.training.voices.impact import ImpactWidths
from tombola.training.voices.texture import TextureWidths
from tombola.training.voices.voice import Widths

RATE = 48000
# Promises that take a good training, which a test has no time for.
TRAINED = {"params_removed", "loss_over_dense"}


def noise(number: int, seconds: float) -> NDArray[np.float64]:
    return np.random.default_rng(number).uniform(-1, 1, int(seconds * RATE))


def hit(number: int) -> NDArray[np.float64]:
    """Two modes and some noise that die away."""
    time = np.arange(RATE // 2) / RATE
    hertz = 60.0 * 1.3**number
    modes = np.sin(2 * np.pi * hertz * time) + np.sin(2 * np.pi * 2.3 * hertz * time)
    return (modes + 0.3 * noise(number, 0.5)) * np.exp(-time * (10 + 3 * number))


def surf(number: int) -> NDArray[np.float64]:
    """Noise that swells and grows brighter, twice a second."""
    time = np.arange(RATE) / RATE
    swell = 0.5 - 0.5 * np.cos(4 * np.pi * time + number)
    dull = np.convolve(noise(number, 1.0), np.ones(8 + number) / 8, "same")
    return swell * (dull + 0.3 * swell * noise(number + 100, 1.0))


@pytest.mark.parametrize(
    ("voice", "sound", "widths"),
    [
        ("impact", hit, ImpactWidths(24, 32, 24)),
        ("texture", surf, TextureWidths(8, 12, 6, 7, 5)),
    ],
)
def test_the_chain_makes_a_ticket(
    tmp_path: Path, voice: str, sound: Callable[[int], NDArray], widths: Widths
) -> None:
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    for number in range(8):
        soundfile.write(sounds / f"{number}.wav", 0.2 * sound(number), RATE)
    training = TrainConfig.of_voice(
        voice, steps=20, batch=2, frames=50, rewind_step=2, widths=widths
    )
    reduction = ReduceConfig.of_voice(voice, keep=0.5, rounds=1, batches=2)
    chain = run_chain(sounds, "own", "CC0-1.0", tmp_path, training, reduction)
    figures = figures_of(chain, set_up=0.0)
    assert figures["voice"] == voice
    assert figures["params_ticket"] <= 0.5 * figures["params_dense"]
    given = [p for p in promises(voice) if p.figure not in TRAINED]
    broken = [f"{p.says}: {figures[p.figure]}" for p in given if not p.kept(figures)]
    assert not broken
    for path in hand_over(chain, figures, tmp_path / "handed"):
        assert path.stat().st_size > 0, path.name
