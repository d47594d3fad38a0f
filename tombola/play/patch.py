"""A patch: what hands and cables do at the panel, in seconds, volts and positions.

`patch_toml` and `patch_midi` read patches from files; `panel_track` turns a patch into
the words that the panel's hardware would deliver, block by block.
"""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tombola.errors import TombolaError
from tombola.generated.panel import BUTTONS, CVS, GATES, KNOBS
from tombola.generated.sound import BLOCK, SAMPLE_RATE
from tombola.performance import PanelTrack
from tombola.play.words import CV_INDEX, cv_words, knob_words, volts_of_pitch

BLOCK_RATE = SAMPLE_RATE / BLOCK
SECONDS_MAX = 600.0
TAIL_SECONDS = 1.5  # after the last event, when a patch does not say how long it is

# Gates and the button, in the order of the bits of `PanelTrack.gates`.
GATE_NAMES = tuple(part.name for part in GATES + BUTTONS)

# Where the knobs stand in a patch that does not say: the sound as it was learned, at
# its full size, played by the gate alone.
KNOB_DEFAULTS = {
    "PITCH": 0.0,
    "X": 0.5,
    "Y": 0.5,
    "COLOR": 0.5,
    "SHAPE": 0.0,
    "LEVEL": 0.5,
    "TICKET": 1.0,
    "ANSWER": 0.0,
}


@dataclass(frozen=True)
class Note:
    """One note: `pitch` as MIDI note at V/OCT, `level` in volts at LEVEL.

    A note that starts where another ends is played legato: the gate stays high.
    """

    start: float
    length: float
    pitch: float
    level: float = 0.0


@dataclass(frozen=True)
class Points:
    """A curve through (seconds, value) points; it holds its ends before and after."""

    times: tuple[float, ...]
    values: tuple[float, ...]
    step: bool = False

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at these times; a step counts from its own time on."""
        if not self.step:
            return np.interp(seconds, self.times, self.values)
        place = np.searchsorted(self.times, seconds + 1e-9, side="right") - 1
        values: NDArray[np.float64] = np.asarray(self.values)[np.maximum(place, 0)]
        return values


@dataclass(frozen=True)
class Lfo:
    """A sine of `volts` around `centre`, from `start` for `length` seconds."""

    hertz: float
    volts: float
    centre: float = 0.0
    phase: float = 0.0  # turns
    start: float = 0.0
    length: float = SECONDS_MAX

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the volts at these times, zero outside the LFO's own."""
        time = seconds - self.start
        sine = np.sin(2 * np.pi * (self.hertz * time + self.phase))
        inside = (time >= 0) & (time < self.length)
        return np.where(inside, self.centre + self.volts * sine, 0.0)


@dataclass(frozen=True)
class Patch:
    """What is patched, all times in seconds.

    knobs: position of each knob that does not stay at its default.
    notes: in order; they drive V/OCT, LEVEL and GATE.
    cvs: (jack, curve) pairs; curves on one jack add up, also to the notes' volts.
    gates: (jack, start, length).
    seconds: of the performance; None: until a while after the last event.

    Raises TombolaError for times, volts and positions that cannot be played.
    """

    name: str
    knobs: dict[str, Points] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    cvs: tuple[tuple[str, Points | Lfo], ...] = ()
    gates: tuple[tuple[str, float, float], ...] = ()
    seconds: float | None = None

    def __post_init__(self) -> None:
        _check_notes(self.notes)
        _check_gates(self.gates, has_notes=bool(self.notes))
        duration, last = self.duration, self._last_event()
        if not 0 < duration <= SECONDS_MAX:
            raise TombolaError(
                f"the patch lasts {duration:g} s; it can last up to "
                f"{SECONDS_MAX:g} s: shorten it"
            )
        if last > duration + 1e-9:
            raise TombolaError(
                f"something happens at {last:g} s, but the patch ends at "
                f"{duration:g} s: raise [patch] seconds or move it"
            )

    @property
    def duration(self) -> float:
        """Seconds that the performance lasts."""
        if self.seconds is not None:
            return self.seconds
        return self._last_event() + TAIL_SECONDS

    def _last_event(self) -> float:
        ends = [note.start + note.length for note in self.notes]
        ends += [start + length for _, start, length in self.gates]
        curves = [*self.knobs.values(), *(curve for _, curve in self.cvs)]
        for curve in curves:
            ends.append(curve.times[-1] if isinstance(curve, Points) else curve.start)
        return max(ends, default=0.0)


def panel_track(patch: Patch) -> PanelTrack:
    """Return what the panel delivers while `patch` is played, block by block.

    Raises TombolaError if curves that add up leave the range of their jack.
    """
    blocks = max(1, round(patch.duration * BLOCK_RATE))
    seconds = np.arange(blocks) / BLOCK_RATE
    volts, gates = _play_notes(patch.notes, seconds)
    for jack, curve in patch.cvs:
        volts[:, CV_INDEX[jack]] += curve.at(seconds)
    _check_volts(volts)
    for jack, start, length in patch.gates:
        bit = 1 << GATE_NAMES.index(jack)
        gates[_block(start) : max(_block(start + length), _block(start) + 1)] |= bit
    positions = {name: Points((0.0,), (at,)) for name, at in KNOB_DEFAULTS.items()}
    positions |= patch.knobs
    return PanelTrack(
        cv=np.stack(
            [cv_words(part, volts[:, index]) for index, part in enumerate(CVS)], axis=1
        ),
        knobs=np.stack(
            [knob_words(part, positions[part.name].at(seconds)) for part in KNOBS],
            axis=1,
        ),
        gates=gates,
        audio=np.zeros((blocks * BLOCK, 2), np.int32),
    )


def _block(seconds: float) -> int:
    return math.floor(seconds * BLOCK_RATE + 0.5)


def _play_notes(
    notes: tuple[Note, ...], seconds: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Return volts [blocks, 6] and gates [blocks] of a sequencer that plays `notes`.

    Pitch and level hold until the next note, so that releases keep theirs.
    """
    volts = np.zeros((len(seconds), len(CVS)))
    gates = np.zeros(len(seconds), np.uint8)
    if notes:
        times = tuple(note.start for note in notes)
        pitch = Points(times, tuple(float(note.pitch) for note in notes), step=True)
        level = Points(times, tuple(float(note.level) for note in notes), step=True)
        middle = seconds + 0.5 / BLOCK_RATE  # a start belongs to the nearest block
        volts[:, CV_INDEX["V/OCT"]] = volts_of_pitch(pitch.at(middle))
        volts[:, CV_INDEX["LEVEL"]] = level.at(middle)
    for note in notes:
        first, last = _block(note.start), _block(note.start + note.length)
        gates[first : max(last, first + 1)] = 1
    return volts, gates


def _check_notes(notes: tuple[Note, ...]) -> None:
    for number, (note, after) in enumerate(pairwise(notes), 1):
        end = note.start + note.length
        if after.start < end - 1e-9:
            raise TombolaError(
                f"note {number + 1} starts at {after.start:g} s while note {number} "
                f"lasts until {end:g} s; the module plays one note at a time: "
                "shorten the first or move the second"
            )


def _check_gates(gates: tuple[tuple[str, float, float], ...], has_notes: bool) -> None:
    for jack in GATE_NAMES:
        spans = sorted((start, length) for name, start, length in gates if name == jack)
        if spans and jack == "GATE" and has_notes:
            raise TombolaError(
                "GATE is driven by the notes and by a [[gate]]; keep one of them"
            )
        for (start, length), (after, _) in pairwise(spans):
            if after < start + length - 1e-9:
                raise TombolaError(
                    f"the {jack} gate rises at {after:g} s while it is still high "
                    f"until {start + length:g} s; let it fall first"
                )


def _check_volts(volts: NDArray[np.float64]) -> None:
    for index, part in enumerate(CVS):
        low, high = part.range
        for extreme in (volts[:, index].min(), volts[:, index].max()):
            if not low - 1e-9 <= extreme <= high + 1e-9:
                block = int(np.argmax(volts[:, index] == extreme))
                raise TombolaError(
                    f"the jack {part.name} gets {extreme:g} V at "
                    f"{block / BLOCK_RATE:g} s; it takes {low:g} to {high:g} V: "
                    "mind that curves and notes on one jack add up"
                )
