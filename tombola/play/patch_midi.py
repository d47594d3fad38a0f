"""Reads a MIDI file as a patch, the way a MIDI-to-CV converter plays it.

One voice: the lowest channel that has notes, percussion (channel 10) left out. The
last key pressed plays; when it is let go, the last one still held plays on, legato.
"""

import io
from dataclasses import dataclass, field, replace

import mido

from tombola.errors import TombolaError
from tombola.generated.panel import CVS
from tombola.play.patch import BLOCK_RATE, SECONDS_MAX, Lfo, Note, Patch, Points
from tombola.play.words import CV_INDEX, volts_of_pitch

PERCUSSION = 9  # channel 10, counted from 0
BEND_SEMITONES = 2.0  # General MIDI's range of the pitch wheel
# Continuous controllers by number (MIDI 1.0: modulation wheel, timbre, brightness).
CONTROL_JACKS = {1: "X", 71: "Y", 74: "COLOR"}
# -5 V at 0, 0 V at 64, nearly +5 V at 127: with the knobs at noon, their whole way.
VALUE_VOLTS = 5.0
RETRIGGER = 2.0 / BLOCK_RATE  # the gate falls so long between notes that touch


def parse(data: bytes, name: str) -> Patch:
    """Return the patch that a Standard MIDI File plays.

    Raises TombolaError for what is no MIDI file, has no notes, or lasts too long.
    """
    messages = _timed_messages(data)
    channels = {m.channel for _, m in messages if m.type == "note_on"} - {PERCUSSION}
    if not channels:
        raise TombolaError("has no notes outside the percussion channel 10")
    player = _Converter()
    for seconds, message in messages:
        if getattr(message, "channel", None) == min(channels):
            player.take(seconds, message)
    player.release_all(messages[-1][0])
    curves: list[tuple[str, Points | Lfo]] = [
        (jack, Points(tuple(points), tuple(points.values()), step=True))
        for jack, points in player.curves.items()
    ]
    return Patch(name=name, notes=tuple(player.notes), cvs=tuple(curves))


def _timed_messages(data: bytes) -> list[tuple[float, mido.Message]]:
    """Return the file's messages with their time in seconds, tempo followed."""
    try:
        song = mido.MidiFile(file=io.BytesIO(data))
        if song.ticks_per_beat <= 0:
            raise TombolaError("counts time in SMPTE frames; save it with beats")
        now, messages = 0.0, []
        for message in song:
            now += message.time
            if now > SECONDS_MAX:
                raise TombolaError(f"lasts over {SECONDS_MAX:g} s; shorten it")
            messages.append((now, message))
    except (
        OSError,
        EOFError,
        ValueError,
        LookupError,
        TypeError,
        ArithmeticError,
    ) as error:
        raise TombolaError(
            f"is not a MIDI file that can be played: {error or 'it is cut off'}"
        ) from error
    return messages


@dataclass
class _Converter:
    """A MIDI-to-CV converter: takes messages in time, leaves notes and curves."""

    notes: list[Note] = field(default_factory=list)
    curves: dict[str, dict[float, float]] = field(default_factory=dict)
    _held: dict[int, int] = field(default_factory=dict)  # key -> velocity, in order
    _since: float = 0.0

    def take(self, now: float, message: mido.Message) -> None:
        if message.type == "note_on" and message.velocity > 0:
            if not self._held:
                self._separate(now)
            self._end_note(now)
            self._held.pop(message.note, None)
            self._held[message.note] = message.velocity
        elif message.type in ("note_on", "note_off"):
            if message.note not in self._held:
                return
            if message.note == next(reversed(self._held)):
                self._end_note(now)
            del self._held[message.note]
        elif message.type == "pitchwheel":
            self._curve("V/OCT", now, message.pitch / 8192 * BEND_SEMITONES / 12)
        elif message.type == "control_change" and message.control in CONTROL_JACKS:
            volts = (message.value - 64) / 64 * VALUE_VOLTS
            self._curve(CONTROL_JACKS[message.control], now, volts)

    def release_all(self, now: float) -> None:
        """Let go of keys that are still held when the file ends."""
        self._end_note(now)
        self._held.clear()

    def _end_note(self, now: float) -> None:
        """Write down what sounded from the last change until `now`."""
        if self._held and now - self._since >= 1.0 / BLOCK_RATE:
            key, velocity = next(reversed(self._held.items()))
            self._append(now, key, velocity)
        self._since = now

    def _separate(self, now: float) -> None:
        """Let the gate fall before a note that starts where a released one ended."""
        if not self.notes:
            return
        last = self.notes[-1]
        gap = now - (last.start + last.length)
        if gap < RETRIGGER and last.length > 2 * RETRIGGER:
            self.notes[-1] = replace(last, length=last.length - RETRIGGER)

    def _append(self, now: float, key: int, velocity: int) -> None:
        low, high = CVS[CV_INDEX["V/OCT"]].range
        volts = float(volts_of_pitch(key))
        if not low <= volts <= high:
            raise TombolaError(
                f"plays the key {key} at {self._since:g} s, which is {volts:g} V; "
                f"V/OCT takes {low:g} to {high:g} V: transpose the file"
            )
        level = (velocity - 64) / 64 * VALUE_VOLTS
        self.notes.append(Note(self._since, now - self._since, float(key), level))

    def _curve(self, jack: str, now: float, volts: float) -> None:
        self.curves.setdefault(jack, {0.0: 0.0})[now] = volts
