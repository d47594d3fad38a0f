"""The instrument on the host: what its panel does to its sound."""

import numpy as np
import pytest
from host_instrument import (
    SECOND,
    WARM,
    cents_off,
    left,
    play,
    set_cv,
    set_knob,
    set_tonal,
    ticket,
    track,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tombola._core import Instrument
from tombola.generated.panel import CVS, KNOBS
from tombola.generated.sound import BLOCK, FULL_SCALE
from tombola.performance import DRAW_BIT, PanelTrack
from tombola.play.words import KNOB_INDEX


def test_nothing_sounds_before_the_gate() -> None:
    performance = play(track(SECOND))
    assert not performance.audio.any()
    assert not performance.gate.any()
    assert not performance.lights.any()
    assert (performance.cv == 2048).all()


def test_left_and_right_are_the_same_sound() -> None:
    audio = play(track(SECOND, (WARM, SECOND))).audio
    assert np.abs(audio).max() > FULL_SCALE // 100
    assert np.array_equal(audio[:, 0], audio[:, 1])


@pytest.mark.parametrize("block", range(50, 58))
def test_the_gate_sounds_in_the_next_block(block: int) -> None:
    performance = play(track(200, (block, 200)))
    first = int(np.flatnonzero(left(performance))[0])
    assert first // BLOCK == block + 1
    assert np.array_equal(np.flatnonzero(performance.gate), np.arange(block, 200))


def test_a_gate_restarts_the_frame() -> None:
    assert play(track(400)).frames == 100
    assert play(track(400, (50, 400))).frames == 101  # due at 48, and at 50


@pytest.mark.parametrize("shape", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("held", [5, 200])
def test_a_closed_gate_ends_in_exact_silence(shape: float, held: int) -> None:
    panel = track(held + 50 + 2 * SECOND, (50, 50 + held))
    set_knob(panel, "SHAPE", shape)
    sound = left(play(panel))
    assert np.abs(sound).max() > 0.01
    assert not sound[(50 + held + SECOND) * BLOCK :].any()


@pytest.mark.parametrize("note", [24, 36, 47, 60, 72, 84])
def test_volts_are_notes(note: int) -> None:
    panel = track(SECOND + 100, (WARM, SECOND + 100))
    set_tonal(panel)
    set_cv(panel, "V/OCT", (note - 36) / 12)
    want = 440.0 * 2.0 ** ((note - 69) / 12)
    assert abs(cents_off(left(play(panel))[100 * BLOCK :], want)) < 0.5


def test_the_pitch_knob_transposes_in_semitones() -> None:
    panel = track(SECOND + 100, (WARM, SECOND + 100))
    set_tonal(panel)
    set_knob(panel, "PITCH", 6.8)
    want = 440.0 * 2.0 ** ((36 + 7 - 69) / 12)
    assert abs(cents_off(left(play(panel))[100 * BLOCK :], want)) < 0.5


def test_the_state_stays_between_calls() -> None:
    panel = track(300, (WARM, 200))
    whole = play(panel)
    instrument = Instrument(ticket())
    parts = [
        play(
            PanelTrack(
                panel.cv[a:b],
                panel.knobs[a:b],
                panel.gates[a:b],
                panel.audio[a * BLOCK : b * BLOCK],
            ),
            instrument,
        )
        for a, b in ((0, 7), (7, 101), (101, 300))
    ]
    assert np.array_equal(np.concatenate([p.audio for p in parts]), whole.audio)
    assert np.array_equal(np.concatenate([p.lights for p in parts]), whole.lights)
    assert sum(p.frames for p in parts) == whole.frames
    assert whole.late_frames == 0


@pytest.mark.parametrize("jack", ["X", "Y", "COLOR", "LEVEL", "TICKET"])
def test_each_cv_changes_the_sound(jack: str) -> None:
    panel = track(SECOND // 2, (WARM, SECOND // 2))
    before = left(play(panel))
    set_cv(panel, jack, -3.0)
    after = left(play(panel))
    assert np.abs(after - before).max() > 0.001


def test_ticket_leaves_units_out_from_the_next_frame_on() -> None:
    panel = track(SECOND, (WARM, SECOND))
    plain = left(play(panel))
    panel.knobs[SECOND // 2 :, KNOB_INDEX["TICKET"]] = 32768
    fewer = left(play(panel))
    assert np.array_equal(fewer[: SECOND // 2 * BLOCK], plain[: SECOND // 2 * BLOCK])
    assert np.abs(fewer - plain)[(SECOND // 2 + 60) * BLOCK :].max() > 0.001


def test_a_noisy_ticket_knob_plays_the_same_units() -> None:
    panel = track(SECOND, (WARM, SECOND))
    set_knob(panel, "TICKET", 0.5)  # where groups of 12 and of 20 units change
    steady = left(play(panel))
    noise = np.random.default_rng(1).integers(-20, 21, len(panel.knobs) - WARM)
    knob = panel.knobs[WARM:, KNOB_INDEX["TICKET"]]
    panel.knobs[WARM:, KNOB_INDEX["TICKET"]] = knob + noise
    assert np.array_equal(left(play(panel)), steady)


def test_level_is_the_loudness_between_the_tickets_bounds() -> None:
    panel = track(SECOND, (WARM, SECOND))
    for level, loudness in ((1.0, -12.0), (0.5, -31.0), (0.0, -50.0)):
        set_knob(panel, "LEVEL", level)
        word = play(panel).cv[-1]
        assert word == pytest.approx(2048 + 2047 * (1 + loudness / 80.0), abs=1)


def test_draw_moves_the_place_and_a_knob_takes_it_back() -> None:
    panel = track(2 * SECOND, (WARM, 2 * SECOND))
    plain = left(play(panel))
    panel.gates[500:510] |= DRAW_BIT
    drawn = left(play(panel))
    assert np.array_equal(drawn[: 500 * BLOCK], plain[: 500 * BLOCK])
    assert np.abs(drawn - plain)[510 * BLOCK :].max() > 0.001


def test_no_dc() -> None:
    panel = track(SECOND, (WARM, SECOND))
    for volts in (-1.0, 0.0, 3.0):
        set_cv(panel, "V/OCT", volts)
        sound = left(play(panel))[100 * BLOCK :]
        window = np.hanning(len(sound))
        assert abs(np.average(sound, weights=window)) < 1e-3


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), runs=st.integers(1, 60), rail=st.booleans())
def test_any_words_stay_within_full_scale(seed: int, runs: int, rail: bool) -> None:
    """Words that jump anywhere, at any time, also from rail to rail."""
    random = np.random.default_rng(seed)
    blocks = 240

    def words(count: int) -> NDArray[np.uint16]:
        values = random.integers(0, 65536, (runs, count))
        values = 65535 * (values & 1) if rail else values
        return np.resize(np.repeat(values, 4, axis=0), (blocks, count)).astype(
            np.uint16
        )

    panel = PanelTrack(
        words(len(CVS)),
        words(len(KNOBS)),
        random.integers(0, 8, blocks).astype(np.uint8),
        random.integers(-FULL_SCALE - 1, FULL_SCALE + 1, (blocks * BLOCK, 2)).astype(
            np.int32
        ),
    )
    instrument = Instrument(ticket())
    performance = play(panel, instrument)
    assert np.abs(performance.audio).max() <= FULL_SCALE
    assert performance.cv.max() <= 4095
    assert set(np.unique(performance.gate)) <= {0, 1}
    assert performance.late_frames == 0
    rest = left(play(track(2 * SECOND), instrument))
    assert not rest[SECOND * BLOCK :].any()


def test_the_lights_follow_the_level() -> None:
    performance = play(track(3 * SECOND, (WARM, SECOND)))
    lit = [bin(word).count("1") for word in performance.lights]
    assert max(lit) > 3
    assert lit[-1] == 0
    assert {int(word) & (int(word) + 1) for word in performance.lights} == {0}


def test_what_cannot_be_played_is_refused() -> None:
    with pytest.raises(ValueError, match="the ticket cannot be played"):
        Instrument(b"")
    damaged = bytearray(ticket())
    damaged[len(damaged) // 2] ^= 1
    with pytest.raises(ValueError, match="the ticket cannot be played"):
        Instrument(bytes(damaged))


def test_arrays_of_the_wrong_shape_are_refused() -> None:
    instrument = Instrument(ticket())
    panel = track(4)
    with pytest.raises(ValueError, match=r"cv has the shape \[4, 5\], not \[4, 6\]"):
        instrument.render(
            np.ascontiguousarray(panel.cv[:, 1:]), panel.knobs, panel.gates, panel.audio
        )
    with pytest.raises(ValueError, match=r"audio has the shape \[191, 2\]"):
        instrument.render(panel.cv, panel.knobs, panel.gates, panel.audio[1:])
    with pytest.raises(ValueError, match="knobs has to be a C-ordered array of uint16"):
        instrument.render(panel.cv, panel.knobs.astype(int), panel.gates, panel.audio)
