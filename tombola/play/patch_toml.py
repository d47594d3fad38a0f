"""Reads patches in TOML; docs/formats/patch.md specifies the format."""

import re
import tomllib
from typing import Any

from tombola.errors import TombolaError
from tombola.generated.panel import CVS, KNOBS, PITCH_AT_ZERO_VOLTS
from tombola.play.patch import GATE_NAMES, SECONDS_MAX, Lfo, Note, Patch, Points
from tombola.play.toml_table import Table, choice, number
from tombola.play.words import CV_INDEX, KNOB_INDEX

LEVEL_RANGE = CVS[CV_INDEX["LEVEL"]].range
VOLTS_RANGE = CVS[CV_INDEX["V/OCT"]].range
TEMPO_RANGE = (10.0, 400.0)
LFO_HERTZ_RANGE = (0.001, 100.0)  # a CV is read every millisecond

_NOTE_NAME = re.compile(r"([A-Ga-g])([#b]?)(-?\d)")
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def parse(text: str, name: str) -> Patch:
    """Return the patch that `text` describes; `name` is what it is called if it does
    not say.

    Raises TombolaError naming the place, the value and the limit of what is wrong.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise TombolaError(f"is not TOML: {error}") from error
    root = Table("the patch", document)
    about = root.table("patch")
    title = about.text("name", name)
    tempo = about.number("tempo", TEMPO_RANGE, default=60.0)
    seconds = (
        about.number("seconds", (0.001, SECONDS_MAX)) if about.has("seconds") else None
    )
    about.text("about", "")
    about.finish()
    clock = _Clock(60.0 / tempo)
    patch = Patch(
        name=title,
        seconds=seconds,
        knobs=_read_knobs(root, clock),
        notes=_read_notes(root, clock),
        cvs=_read_points(root, clock) + _read_lfos(root, clock),
        gates=_read_gates(root, clock),
    )
    root.finish()
    return patch


def pitch_of(text: str, where: str) -> float:
    """Return the MIDI note of a name such as "C4" (60), "F#3" or "Bb2"."""
    match = _NOTE_NAME.fullmatch(text)
    if match is None:
        raise TombolaError(
            f'{where} is "{text}"; write a note as "C4", "F#3" or "Bb2", '
            "or as a MIDI number such as 60"
        )
    letter, accidental, octave = match.groups()
    sharp = {"#": 1, "b": -1, "": 0}[accidental]
    return float(12 * (int(octave) + 1) + _SEMITONES[letter.upper()] + sharp)


class _Clock:
    """Turns times of the file, in beats, into seconds."""

    def __init__(self, beat: float) -> None:
        self._beat = beat

    def start(self, value: Any, where: str) -> float:
        return number(value, where, (0.0, SECONDS_MAX / self._beat)) * self._beat

    def length(self, value: Any, where: str) -> float:
        least = 0.001  # one block
        limits = (least / self._beat, SECONDS_MAX / self._beat)
        return number(value, where, limits) * self._beat


def _read_knobs(root: Table, clock: _Clock) -> dict[str, Points]:
    table = root.table("knobs")
    knobs = {}
    for name in table.names():
        knob = KNOBS[KNOB_INDEX[choice(name, "a key of [knobs]", tuple(KNOB_INDEX))]]
        knobs[name] = Points((0.0,), (table.number(name, knob.range),))
    for turn in root.tables("turn"):
        name = turn.choice("knob", tuple(KNOB_INDEX))
        if name in knobs:
            raise TombolaError(
                f"{turn.where} turns {name}, whose place stands elsewhere already; "
                "keep one [[turn]] a knob, and leave it out of [knobs]"
            )
        knobs[name] = _curve(turn, clock, KNOBS[KNOB_INDEX[name]].range)
    return knobs


def _read_notes(root: Table, clock: _Clock) -> tuple[Note, ...]:
    if not root.has("score"):
        return ()
    score = root.table("score")
    level = score.number("level", LEVEL_RANGE, default=0.0)
    notes = []
    for where, row in score.rows("notes", (3, 4)):
        pitch = row[2]
        if isinstance(pitch, str):
            pitch = pitch_of(pitch, f"the pitch of {where}")
        lowest, highest = (PITCH_AT_ZERO_VOLTS + 12 * volts for volts in VOLTS_RANGE)
        notes.append(
            Note(
                start=clock.start(row[0], f"the start of {where}"),
                length=clock.length(row[1], f"the length of {where}"),
                pitch=number(pitch, f"the pitch of {where}", (lowest, highest)),
                level=number(row[3], f"the level of {where}", LEVEL_RANGE)
                if len(row) == 4
                else level,
            )
        )
    score.finish()
    return tuple(sorted(notes, key=lambda note: note.start))


def _read_points(root: Table, clock: _Clock) -> tuple[tuple[str, Points | Lfo], ...]:
    curves = []
    for table in root.tables("cv"):
        jack = table.choice("jack", tuple(CV_INDEX))
        curves.append((jack, _curve(table, clock, CVS[CV_INDEX[jack]].range)))
    return tuple(curves)


def _curve(table: Table, clock: _Clock, limits: tuple[float, float]) -> Points:
    """Read `points` and `shape`; times must rise."""
    times: list[float] = []
    values = []
    for where, (time, value) in table.rows("points", (2,)):
        times.append(clock.start(time, f"the time of {where}"))
        values.append(number(value, f"the value of {where}", limits))
        if len(times) > 1 and times[-1] <= times[-2]:
            raise TombolaError(f"{where} does not come after the one before it")
    step = table.has("shape") and table.choice("shape", ("linear", "step")) == "step"
    table.finish()
    return Points(tuple(times), tuple(values), step)


def _read_lfos(root: Table, clock: _Clock) -> tuple[tuple[str, Points | Lfo], ...]:
    lfos = []
    for table in root.tables("lfo"):
        jack = table.choice("jack", tuple(CV_INDEX))
        low, high = CVS[CV_INDEX[jack]].range
        start, length = 0.0, SECONDS_MAX
        if table.has("start"):
            start = clock.start(table.get("start"), f"{table.where} start")
        if table.has("length"):
            length = clock.length(table.get("length"), f"{table.where} length")
        lfo = Lfo(
            hertz=table.number("hertz", LFO_HERTZ_RANGE),
            volts=table.number("volts", (0.0, (high - low) / 2)),
            centre=table.number("centre", (low, high), default=0.0),
            phase=table.number("phase", (0.0, 1.0), default=0.0),
            start=start,
            length=length,
        )
        table.finish()
        lfos.append((jack, lfo))
    return tuple(lfos)


def _read_gates(root: Table, clock: _Clock) -> tuple[tuple[str, float, float], ...]:
    gates = []
    for table in root.tables("gate"):
        jack = table.choice("jack", GATE_NAMES)
        for where, (start, length) in table.rows("times", (2,)):
            gates.append(
                (
                    jack,
                    clock.start(start, f"the start of {where}"),
                    clock.length(length, f"the length of {where}"),
                )
            )
        table.finish()
    return tuple(gates)
