"""What a performance measures: tuning, silence, DC, clipping, clicks, level."""

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tombola.generated.sound import BLOCK, FULL_SCALE, SAMPLE_RATE
from tombola.performance import GATE_BIT, PanelTrack, Performance
from tombola.play.clicks import find_clicks
from tombola.play.loudness import integrated_loudness
from tombola.play.pitch import cents, fundamental
from tombola.play.words import patched_pitch

CORE_HERTZ = 480e6  # the Cortex-M7's clock, and its instructions at one a cycle
FLOOR_DBFS = -150.0  # stands for no signal at all; the last bit is at -138.5 dBFS
STEADY_CENTS = 1.0  # how far the patched pitch may move within a note
ATTACK_SECONDS = 0.04  # left out at the start of a note
NOTE_SECONDS_MAX = 0.5  # of a note that are looked at
QUIET_DBFS = -70.0  # notes below are not measured
RELEASE_SECONDS = 0.5  # how long the gate must have been low to expect silence
SILENCE_SECONDS = 0.1  # of the end that are looked at


@dataclass(frozen=True)
class NotePitch:
    """One note's tuning: start in s, the patched MIDI note, error in cents or None."""

    start: float
    pitch: float
    cents: float | None


def measure(
    track: PanelTrack, performance: Performance, voice: str = "tone"
) -> dict[str, Any]:
    """Return the figures of a performance of `track`, ready for JSON.

    Levels are dBFS with a floor of -150; what cannot be measured is None. Only `tone`
    has notes with a pitch; a hit of `impact` begins at its full amplitude, which is no
    click, and rings on whatever the gate does, so silence after it is not expected.
    """
    sound = performance.audio / (FULL_SCALE + 1.0)
    notes = note_pitches(track, sound.mean(axis=1)) if voice == "tone" else []
    errors = [abs(note.cents) for note in notes if note.cents is not None]
    strikes = _strikes(track) if voice == "impact" else []
    clicks = [find_clicks(channel, strikes) for channel in _different(sound)]
    worst = max(clicks, key=lambda found: (found.count, found.worst))
    per_second = performance.instructions_per_second
    return {
        "seconds": performance.seconds,
        "peak_dbfs": decibels(np.abs(sound).max()),
        "loudness_lufs": integrated_loudness(sound),
        "dc_dbfs": decibels(np.abs(sound.mean(axis=0)).max()),
        "clipped_samples": int((np.abs(performance.audio) >= FULL_SCALE).sum()),
        "silence_dbfs": (
            None if voice == "impact" else silence_after_gate(track, sound)
        ),
        "clicks": asdict(worst) | {"clean": all(found.clean for found in clicks)},
        "pitch_error_cents_max": max(errors, default=None),
        "pitch_error_cents_mean": float(np.mean(errors)) if errors else None,
        "notes_measured": len(errors),
        "notes_without_pitch": len(notes) - len(errors),
        "frames": performance.frames,
        "late_frames": performance.late_frames,
        "instr_per_second": per_second,
        "instr_share_of_480m": None if per_second is None else per_second / CORE_HERTZ,
        "notes": [asdict(note) for note in notes],
    }


def _strikes(track: PanelTrack) -> list[int]:
    """Return the blocks that hits begin in: those after the gate's rising edges."""
    gate = (track.gates & GATE_BIT) > 0
    after = np.flatnonzero(gate[1:-1] & ~gate[:-2]) + 2
    return [int(block) for block in after]


def _different(sound: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the channels, one of them if both are the same, as of one voice."""
    left, right = sound.T
    return [left] if np.array_equal(left, right) else [left, right]


def decibels(amplitude: float) -> float:
    """Return dBFS of an amplitude with full scale 1, at least -150."""
    return max(FLOOR_DBFS, float(20 * np.log10(max(amplitude, 1e-12))))


def note_pitches(track: PanelTrack, sound: NDArray[np.float64]) -> list[NotePitch]:
    """Return the tuning of every note that stands still long enough to have one.

    A note is a stretch with the gate high and the patched pitch within a cent. Its
    start is left out. Notes with too few periods (under six) or too quiet have None.
    """
    pitches = patched_pitch(track)
    notes = []
    for first, last in _steady_stretches(track, pitches):
        expected = float(pitches[first:last].mean())
        begin = first + round(ATTACK_SECONDS * SAMPLE_RATE / BLOCK)
        end = min(last, begin + round(NOTE_SECONDS_MAX * SAMPLE_RATE / BLOCK))
        samples = sound[begin * BLOCK : end * BLOCK]
        notes.append(
            NotePitch(first * BLOCK / SAMPLE_RATE, expected, _error(samples, expected))
        )
    return notes


def _error(samples: NDArray[np.float64], pitch: float) -> float | None:
    if not len(samples) or decibels(np.sqrt((samples**2).mean())) < QUIET_DBFS:
        return None
    hertz = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    found = fundamental(samples, hertz)
    return None if found is None else cents(found, hertz)


def _steady_stretches(
    track: PanelTrack, pitches: NDArray[np.float64]
) -> list[tuple[int, int]]:
    """Return (first, last + 1) of blocks with the gate high and the pitch still."""
    gate = (track.gates & GATE_BIT) > 0
    moves = np.abs(np.diff(pitches)) > STEADY_CENTS / 100
    breaks = np.flatnonzero(moves | (gate[1:] != gate[:-1])) + 1
    ends = [0, *breaks.tolist(), len(gate)]
    shortest = 2 * round(ATTACK_SECONDS * SAMPLE_RATE / BLOCK)
    return [
        (first, last)
        for first, last in pairwise(ends)
        if gate[first]
        and last - first >= shortest
        and np.ptp(pitches[first:last]) <= STEADY_CENTS / 100
    ]


def silence_after_gate(track: PanelTrack, sound: NDArray[np.float64]) -> float | None:
    """Return the peak of the last 100 ms in dBFS, or None.

    None if the gate was high in the performance's last half second.
    """
    low = (track.gates & GATE_BIT) == 0
    needed = round(RELEASE_SECONDS * SAMPLE_RATE / BLOCK)
    if len(low) < needed or not low[-needed:].all():
        return None
    return decibels(np.abs(sound[-round(SILENCE_SECONDS * SAMPLE_RATE) :]).max())


def compare(host: Performance, module: Performance) -> dict[str, Any]:
    """Tell whether two performances are the same samples, and where they first differ.

    Returns `equal`, `first_difference` (sample, or None), `largest_difference` (steps
    of 24 bits) and `differing_samples`; outputs CV, GATE and lights must be equal too
    (`panel_equal`). `equal` is false for performances of unequal length.
    """
    length = min(len(host.audio), len(module.audio))
    difference = np.abs(host.audio[:length] - module.audio[:length]).max(axis=1)
    differing = np.flatnonzero(difference)
    same_length = len(host.audio) == len(module.audio)
    first = None if same_length else length
    if len(differing):
        first = int(differing[0])
    panel_equal = all(
        np.array_equal(getattr(host, name), getattr(module, name))
        for name in ("cv", "gate", "lights")
    )
    return {
        "equal": first is None and panel_equal,
        "panel_equal": panel_equal,
        "first_difference": first,
        "largest_difference": int(difference.max(initial=0)),
        "differing_samples": len(differing),
    }
