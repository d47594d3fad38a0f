"""The instrument with a ticket of the voice `impact`."""

import functools

import numpy as np
import pytest
from host_instrument import (
    DATA,
    SECOND,
    WARM,
    left,
    play,
    set_cv,
    set_knob,
    ticket,
    track,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_impact import METADATA, tflite

from tombola._core import Instrument
from tombola.converter import convert
from tombola.errors import TombolaError
from tombola.generated.panel import CVS, KNOBS
from tombola.generated.sound import BLOCK, FRAME, FULL_SCALE
from tombola.performance import GATE_BIT, PanelTrack, Performance
from tombola.play.measure import measure
from tombola.play.ticket_file import voice_of


@functools.cache
def impact() -> bytes:
    """Random weights, louder with LEVEL and longer with SHAPE."""
    return convert((DATA / "impact_small.tflite").read_bytes()).ticket


def strike(panel: PanelTrack) -> Performance:
    return play(panel, Instrument(impact()))


def hits(blocks: int, *at: int) -> PanelTrack:
    """SHAPE at noon, and triggers of 5 ms."""
    panel = track(blocks)
    set_knob(panel, "SHAPE", 0.5)
    for block in at:
        panel.gates[block : block + 5] = GATE_BIT
    return panel


def test_nothing_sounds_before_the_gate() -> None:
    performance = strike(hits(SECOND))
    assert not performance.audio.any()
    assert (performance.cv == 2048).all()


@pytest.mark.parametrize("block", range(50, 58))
def test_a_hit_sounds_in_the_next_block(block: int) -> None:
    sound = left(strike(hits(200, block)))
    assert int(np.flatnonzero(sound)[0]) // BLOCK == block + 1


def test_the_gates_length_does_nothing_to_the_sound() -> None:
    short, long = hits(SECOND, 50), hits(SECOND)
    long.gates[50:] = GATE_BIT
    assert np.array_equal(strike(short).audio, strike(long).audio)


def test_a_hit_dies_away_to_exact_silence() -> None:
    panel = hits(6 * SECOND, 50)
    set_knob(panel, "SHAPE", 0.0)
    sound = left(strike(panel))
    assert np.abs(sound).max() > 0.01
    assert not sound[-SECOND * BLOCK :].any()


def test_each_hit_is_as_loud_as_the_first() -> None:
    sound = left(strike(hits(3 * SECOND, 50, 1050, 2050)))
    first, second, third = (
        np.abs(sound[block * BLOCK :][: 10 * FRAME]).max() for block in (50, 1050, 2050)
    )
    assert second == pytest.approx(first, rel=0.2)
    assert third == pytest.approx(first, rel=0.2)


def test_level_is_the_loudness_of_the_hit() -> None:
    peaks = []
    for level in (0.0, 0.5, 1.0):
        panel = hits(300, 50)
        set_knob(panel, "LEVEL", level)
        performance = strike(panel)
        peaks.append(np.abs(left(performance)).max())
        loudness = -50.0 + 38.0 * level
        want = 2048 + 2047 * (1 + loudness / 80.0)
        assert performance.cv.max() == pytest.approx(want, abs=1)
    assert peaks[0] < peaks[1] < peaks[2]


def test_cv_out_follows_the_hit_down() -> None:
    cv = strike(hits(6 * SECOND, 50)).cv.astype(int)
    assert (np.diff(cv[51:]) <= 0).all()
    assert cv[-1] == 2048


def test_shape_is_how_long_it_sounds() -> None:
    lengths = []
    for shape in (0.0, 0.5, 1.0):
        panel = hits(4 * SECOND, 50)
        set_knob(panel, "SHAPE", shape)
        power = left(strike(panel)) ** 2
        lengths.append(float(np.average(np.arange(len(power)), weights=power)))
    assert lengths[0] < lengths[1] < lengths[2]


@pytest.mark.parametrize("jack", ["X", "Y", "COLOR", "LEVEL", "TICKET", "V/OCT"])
def test_each_cv_changes_the_hit(jack: str) -> None:
    panel = hits(300, 50)
    before = left(strike(panel))
    set_cv(panel, jack, -3.0)
    assert np.abs(left(strike(panel)) - before).max() > 0.001


def test_knobs_that_turn_after_the_hit_wait_for_the_next() -> None:
    panel = hits(600, 50)
    before = strike(panel).audio
    for jack in ("X", "Y", "COLOR", "LEVEL"):
        panel.cv[60:, [cv.name for cv in CVS].index(jack)] = 0
    assert np.array_equal(strike(panel).audio, before)


def test_a_sound_at_in_does_nothing() -> None:
    panel = hits(600, 50)
    quiet = strike(panel)
    wave = 0.5 * FULL_SCALE * np.sin(np.arange(600 * BLOCK) * 0.05)
    panel.audio[:] = wave.astype(np.int32)[:, None]
    loud = strike(panel)
    assert np.array_equal(loud.audio, quiet.audio)
    assert np.array_equal(loud.gate, quiet.gate)


@pytest.mark.parametrize("apart", [7, 20, 61])
def test_a_roll_goes_on_without_late_frames(apart: int) -> None:
    performance = strike(hits(SECOND, *range(50, SECOND - 10, apart)))
    assert performance.late_frames == 0
    assert np.abs(left(performance)).max() < 1.0


@pytest.mark.parametrize("volts", [-1.0, 2.0])
def test_a_roll_clicks_nowhere_but_where_it_is_struck(volts: float) -> None:
    panel = hits(2 * SECOND, *range(50, 2 * SECOND - 10, 271))
    set_cv(panel, "V/OCT", volts)
    performance = strike(panel)
    figures = measure(panel, performance, "impact")
    assert figures["clicks"]["clean"], figures["clicks"]
    assert figures["notes"] == []
    assert measure(panel, performance)["clicks"]["count"] > 4


def test_a_ticket_of_each_voice_comes_in_after_the_other() -> None:
    made = Instrument(ticket())
    panel = track(300, (WARM, 300))
    assert np.abs(left(play(panel, made))).max() > 0.01
    made.change_ticket(impact())
    rest = left(play(track(300), made))
    assert not rest[60 * BLOCK :].any(), "a hit without a gate"
    struck = left(play(hits(SECOND, 50), made))
    assert np.abs(struck[50 * BLOCK :]).max() > 0.01
    made.change_ticket(ticket())
    assert not left(play(track(2 * SECOND), made))[SECOND * BLOCK :].any()
    alone = left(play(track(400, (100, 400))))
    after = left(play(track(400, (100, 400)), made))
    assert np.std(after) == pytest.approx(np.std(alone), rel=0.1)


def test_a_hit_does_not_outlast_its_ticket() -> None:
    made = Instrument(impact())
    panel = hits(100, 80)
    set_knob(panel, "SHAPE", 1.0)
    play(panel, made)
    made.change_ticket(impact())
    assert not left(play(track(300), made))[40 * BLOCK :].any()


def test_a_ticket_says_its_voice() -> None:
    assert [voice_of(made) for made in (ticket(), impact())] == ["tone", "impact"]
    with pytest.raises(TombolaError, match="shorter than its header"):
        voice_of(b"")


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), runs=st.integers(1, 60))
def test_any_words_stay_within_full_scale(seed: int, runs: int) -> None:
    random = np.random.default_rng(seed)
    blocks = 240

    def words(count: int) -> NDArray[np.uint16]:
        values = np.repeat(random.integers(0, 65536, (runs, count)), 4, axis=0)
        return np.resize(values, (blocks, count)).astype(np.uint16)

    panel = PanelTrack(
        words(len(CVS)),
        words(len(KNOBS)),
        random.integers(0, 8, blocks).astype(np.uint8),
        random.integers(-FULL_SCALE - 1, FULL_SCALE + 1, (blocks * BLOCK, 2)).astype(
            np.int32
        ),
    )
    performance = strike(panel)
    assert np.abs(performance.audio).max() <= FULL_SCALE
    assert performance.cv.max() <= 4095
    assert performance.late_frames == 0


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"partials": 31}, "another number of modes or noise bands"),
        ({"voice": "tone", "partials": 64, "bands": 65}, "no input `controls` of 4"),
    ],
)
def test_a_ticket_that_does_not_fit_the_voice_is_refused(
    wrong: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        Instrument(convert(tflite(METADATA | wrong)).ticket)
