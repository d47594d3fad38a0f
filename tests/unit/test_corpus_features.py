"""Pitch, loudness and timbre against sounds whose values are known."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from tombola.generated.sound import FRAME
from tombola.training.corpus.features import LOADING, MARGIN, fill, listen

RATE = 48000


def glide(notes: NDArray[np.float64], harmonics: list[float]) -> NDArray[np.float32]:
    """Partials of the given levels along a curve of MIDI notes, one a sample."""
    phase = 2 * np.pi * np.cumsum(440.0 * 2 ** ((notes - 69) / 12)) / RATE
    parts = [level * np.sin((n + 1) * phase) for n, level in enumerate(harmonics)]
    return (0.2 * np.sum(parts, axis=0)).astype(np.float32)


def times(frames: int) -> NDArray[np.int_]:
    """Sample on which each frame is centred: docs/design.md."""
    return FRAME * (np.arange(frames) + 1)


@pytest.mark.parametrize("note", [36, 48, 60, 72, 84, 96, 103])
@pytest.mark.parametrize(
    "harmonics",
    [[1.0], [1.0, 0.5, 0.33, 0.25], [0.08, 1.0, 0.14, 0.4]],
    ids=["sine", "bright", "weak fundamental"],
)
def test_pitch_of_steady_tones(note: int, harmonics: list[float]) -> None:
    sound = glide(np.full(RATE // 2 + 2 * MARGIN, float(note)), harmonics)
    pitch = listen(sound).pitch
    assert np.isfinite(pitch).all(), f"{np.isnan(pitch).sum()} frames unpitched"
    worst = 100 * np.abs(pitch - note).max()
    assert worst < 15, f"{worst:.1f} cents at note {note}"


@pytest.mark.parametrize("note", [45.0, 69.0, 84.0])
def test_vibrato_is_followed_in_time(note: float) -> None:
    """With frames centred 10 ms off, the error would be 12 cents from that alone."""
    seconds = np.arange(2 * RATE + 2 * MARGIN) / RATE
    notes = note + 0.5 * np.sin(2 * np.pi * 5.5 * seconds)
    pitch = listen(glide(notes, [1.0, 0.5, 0.3])).pitch
    inner = slice(25, -25)
    error = 100 * (pitch - notes[MARGIN + times(len(pitch))])[inner]
    assert np.sqrt(np.mean(error**2)) < 12, f"{np.abs(error).max():.1f} cents at most"


def test_noise_and_silence_have_no_pitch() -> None:
    random = np.random.default_rng(0)
    noise = random.uniform(-0.5, 0.5, RATE).astype(np.float32)
    assert np.isnan(listen(noise).pitch).mean() > 0.95
    assert np.isnan(listen(np.zeros(RATE, np.float32)).pitch).all()


@pytest.mark.parametrize(
    ("hertz", "weight"),
    # IEC 61672-1, table 3
    [(125, -16.1), (250, -8.6), (1000, 0.0), (2500, 1.3), (8000, -1.1)],
)
def test_loudness_is_a_weighted(hertz: float, weight: float) -> None:
    sine = np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE).astype(np.float32)
    assert listen(sine).loudness == pytest.approx(weight - 3.01, abs=0.3)


def test_loudness_rises_where_the_sound_does() -> None:
    sound = glide(np.full(RATE + 2 * MARGIN, 69.0), [1.0])
    onset = 24000
    sound[: MARGIN + onset] = 0.0
    loudness = listen(sound).loudness
    half = np.flatnonzero(loudness > loudness.max() - 6.0)[0]
    assert abs(times(len(loudness))[half] - onset) <= FRAME


def test_timbre_carries_no_level() -> None:
    sound = glide(np.full(RATE, 57.0), [1.0, 0.5, 0.3, 0.2])
    loud, soft = listen(sound).timbre, listen(0.1 * sound).timbre
    clear = loud > -50.0
    assert np.abs(loud - soft)[clear].max() < 0.2
    assert 10 * np.log10((10 ** (loud / 10)).sum(axis=1)) == pytest.approx(0, abs=1e-3)


def test_gaps_are_interpolated_and_ends_held() -> None:
    gaps = np.array([np.nan, 60, np.nan, np.nan, 63, np.nan], np.float32)
    assert fill(gaps).tolist() == [60, 60, 61, 62, 63, 63]


# Loads the features as a process does that does not wait for its turn.
IMPATIENT = """
import functools, filelock
filelock.FileLock = functools.partial(filelock.FileLock, timeout=0)
import tombola.training.corpus.features
"""


def test_processes_load_librosa_in_turns() -> None:
    with LOADING:
        done = subprocess.run(
            [sys.executable, "-c", IMPATIENT],
            capture_output=True,
            text=True,
            check=False,
        )
    assert "filelock" in done.stderr, "librosa was loaded while another loads it"
    assert done.returncode != 0
