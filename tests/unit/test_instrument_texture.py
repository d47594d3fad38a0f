"""The instrument with a ticket of the voice `texture`."""

import functools

import numpy as np
import pytest
import small_impact
from host_instrument import (
    DATA,
    SECOND,
    WARM,
    Audio,
    left,
    play,
    set_cv,
    set_knob,
    ticket,
    track,
)

from tombola._core import Instrument
from tombola.converter import convert
from tombola.generated.sound import BLOCK
from tombola.performance import PanelTrack


@functools.cache
def texture() -> bytes:
    return convert((DATA / "texture_small.tflite").read_bytes()).ticket


def heard(panel: PanelTrack) -> Audio:
    return left(play(panel, Instrument(texture())))


def test_a_gate_opens_it_and_it_never_repeats() -> None:
    sound = heard(track(SECOND, (WARM, SECOND)))
    assert not sound[: WARM * BLOCK].any()
    assert np.abs(sound).max() > 0.01
    first, second = sound[200 * BLOCK : 600 * BLOCK], sound[600 * BLOCK :]
    alike = np.corrcoef(first[: len(second)], second)[0, 1]
    assert abs(alike) < 0.1


def test_a_closed_gate_is_exactly_silent_within_a_second() -> None:
    sound = heard(track(2 * SECOND, (WARM, SECOND)))
    assert np.abs(sound[: SECOND * BLOCK]).max() > 0.01
    assert not sound[-BLOCK:].any()


def test_level_is_how_loud_it_is() -> None:
    levels = []
    for level in (0.0, 1.0):
        panel = track(SECOND, (WARM, SECOND))
        set_knob(panel, "LEVEL", level)
        levels.append(play(panel, Instrument(texture())).cv.max())
    assert levels[0] < levels[1]


@pytest.mark.parametrize("jack", ["X", "Y", "COLOR", "LEVEL", "V/OCT"])
def test_each_cv_changes_the_sound(jack: str) -> None:
    panel = track(300, (WARM, 300))
    before = heard(panel)
    set_cv(panel, jack, -3.0 if jack != "V/OCT" else 2.0)
    assert np.abs(heard(panel) - before).max() > 0.001


def test_frames_are_never_late() -> None:
    performance = play(track(SECOND, (WARM, SECOND)), Instrument(texture()))
    assert performance.late_frames == 0


def test_another_voice_comes_in_and_goes_again() -> None:
    made = Instrument(ticket())
    open_gate = track(400, (WARM, 400))
    play(open_gate, made)
    made.change_ticket(texture())
    rest = left(play(track(400, (0, 400)), made))
    assert np.abs(rest[300 * BLOCK :]).max() > 0.001
    made.change_ticket(ticket())
    assert not left(play(track(2 * SECOND), made))[-BLOCK:].any()


@pytest.mark.parametrize(
    ("bands", "reason"),
    [(15, "another number of bands"), (16, "no input `controls` of 6 int16")],
)
def test_a_ticket_that_does_not_fit_the_voice_is_refused(
    bands: int, reason: str
) -> None:
    wrong = {"voice": "texture", "partials": 0, "bands": bands}
    with pytest.raises(ValueError, match=reason):
        Instrument(convert(small_impact.tflite(small_impact.METADATA | wrong)).ticket)
