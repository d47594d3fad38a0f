"""MIDI files as patches."""

import io
from contextlib import suppress

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tombola.errors import TombolaError
from tombola.generated.panel import CVS
from tombola.play.patch import Patch, panel_track
from tombola.play.patch_midi import parse
from tombola.play.words import CV_INDEX, cv_volts, patched_pitch

Event = tuple[str, int, dict[str, int]]
TICKS = 480  # a beat, half a second


def song(*events: Event) -> bytes:
    """A MIDI file of (type, ticks after the last event, fields)."""
    track = mido.MidiTrack(
        mido.Message(kind, time=ticks, **fields) for kind, ticks, fields in events
    )
    out = io.BytesIO()
    mido.MidiFile(ticks_per_beat=TICKS, tracks=[track]).save(file=out)
    return out.getvalue()


def on(ticks: int, note: int, velocity: int = 64, channel: int = 0) -> Event:
    return ("note_on", ticks, {"note": note, "velocity": velocity, "channel": channel})


def off(ticks: int, note: int) -> Event:
    return ("note_off", ticks, {"note": note})


def notes(patch: Patch) -> list[tuple[float, float, float]]:
    return [
        (round(n.start, 3), round(n.start + n.length, 3), n.pitch) for n in patch.notes
    ]


def test_the_last_key_plays_and_gives_back_to_the_one_held() -> None:
    data = song(on(0, 60), on(480, 64), off(480, 64), off(480, 60))
    assert notes(parse(data, "x")) == [(0, 0.5, 60), (0.5, 1, 64), (1, 1.5, 60)]
    gates = panel_track(parse(data, "x")).gates
    assert (np.diff(gates.astype(int)) != 0).sum() == 1  # legato all the way


def test_notes_that_touch_are_struck_again() -> None:
    data = song(on(0, 60), off(480, 60), on(0, 60), off(480, 60))
    gates = panel_track(parse(data, "x")).gates
    assert (np.diff(gates.astype(int)) == 1).sum() == 1


def test_velocity_wheel_and_controllers_become_volts() -> None:
    data = song(
        ("control_change", 0, {"control": 1, "value": 0}),
        ("control_change", 0, {"control": 74, "value": 96}),
        ("pitchwheel", 0, {"pitch": 4096}),
        on(0, 60, velocity=96),
        off(480, 60),
    )
    track = panel_track(parse(data, "x"))
    volts = {
        part.name: float(cv_volts(part, track.cv[100, i])) for i, part in enumerate(CVS)
    }
    assert patched_pitch(track)[100] == pytest.approx(61, abs=0.001)
    assert volts["X"] == pytest.approx(-5, abs=0.001)
    assert volts["COLOR"] == pytest.approx(2.5, abs=0.001)
    assert volts["LEVEL"] == pytest.approx(2.5, abs=0.001)
    assert volts["Y"] == pytest.approx(0, abs=0.001)


def test_percussion_and_higher_channels_are_left_out() -> None:
    with pytest.raises(TombolaError, match="no notes"):
        parse(song(on(0, 40, channel=9)), "x")
    data = song(
        on(0, 40, channel=9), on(0, 50, channel=3), on(0, 60, channel=2), off(480, 60)
    )
    assert [note.pitch for note in parse(data, "x").notes] == [60]


def test_keys_beyond_the_jack_are_told() -> None:
    with pytest.raises(TombolaError, match=r"key 127 at 0 s, which is 7\.58333 V"):
        parse(song(on(0, 127), off(480, 127)), "x")


def test_ten_hours_are_told() -> None:
    data = song(*[on(0, 60), *[off(200_000_00, 60)] * 4])
    with pytest.raises(TombolaError, match="over 600 s"):
        parse(data, "x")


WHOLE = song(on(0, 60), on(480, 64), off(480, 64), off(480, 60))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(WHOLE)), st.binary(max_size=6))
def test_broken_files_are_told(place: int, junk: bytes) -> None:
    for data in (WHOLE[:place], WHOLE[:place] + junk + WHOLE[place + len(junk) :]):
        with suppress(TombolaError):
            panel_track(parse(data, "x"))


def test_level_is_neutral_at_velocity_64() -> None:
    track = panel_track(parse(song(on(0, 60), off(480, 60)), "x"))
    level = CV_INDEX["LEVEL"]
    assert float(cv_volts(CVS[level], track.cv[10, level])) == pytest.approx(
        0, abs=0.001
    )
