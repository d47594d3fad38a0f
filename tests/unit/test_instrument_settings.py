"""What settings, a calibration and another ticket do to the instrument, on the host."""

from dataclasses import replace
from pathlib import Path

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
from numpy.typing import NDArray

from tombola._core import Instrument
from tombola.generated.settings import Calibration, Settings
from tombola.generated.sound import BLOCK
from tombola.performance import PanelTrack
from tombola.play.clicks import find_clicks
from tombola.play.words import CV_INDEX, KNOB_INDEX

FACTORY = Path(__file__).parents[2] / "firmware/tickets/harp.ticket"
PITCH_OUT = Settings(cv_out=1)
WORDS_A_VOLT = 409.5  # of the jack CV
KNOB_DELAY = 6  # blocks that a turning knob is behind a jack
ZIPPER = -66.0  # dB, of a turned knob's sound to that of the same sweep at its jack


def instrument(
    settings: Settings | None = None, calibration: Calibration | None = None
) -> Instrument:
    made = Instrument(ticket())
    made.apply((settings or Settings()).pack(), (calibration or Calibration()).pack())
    return made


def pitch_words(panel: PanelTrack, made: Instrument) -> NDArray[np.int64]:
    return play(panel, made).cv.astype(np.int64)


def word(volts: float) -> int:
    return round((volts + 5.0) * WORDS_A_VOLT)


def test_v_oct_is_pitch_within_its_block() -> None:
    panel = track(100)
    set_cv(panel, "V/OCT", np.where(np.arange(100) < 50, -1.0, 2.5))
    words = pitch_words(panel, instrument(PITCH_OUT))
    np.testing.assert_allclose(words[20:50], word(-1.0), atol=1)
    np.testing.assert_allclose(words[50:], word(2.5), atol=1)


@pytest.mark.parametrize("note", [24, 36, 60, 84])
def test_a_calibrated_board_is_in_tune(note: int) -> None:
    """An off-scale V/OCT, bent by 30 cents at +1 V, plays within a cent."""
    volts = (note - 36) / 12
    bend = -30.0 * max(0.0, 1.0 - abs(volts - 1.0))  # cents
    zero, full = 7.6, -3.4
    panel = track(SECOND + 100, (WARM, SECOND + 100))
    set_tonal(panel)
    at_adc = volts + bend / 1200
    panel.cv[:, CV_INDEX["V/OCT"]] = round(65535 * (at_adc - zero) / (full - zero))
    cents = tuple(30.0 if point == 1 else 0.0 for point in range(-3, 8))
    nominal = Calibration()
    calibration = replace(
        nominal,
        cv_zero_volts=(zero, *nominal.cv_zero_volts[1:]),
        cv_full_volts=(full, *nominal.cv_full_volts[1:]),
        pitch_cents=cents,
    )
    sound = left(play(panel, instrument(calibration=calibration)))[100 * BLOCK :]
    want = 440.0 * 2.0 ** ((note - 69) / 12)
    assert abs(cents_off(sound, want)) < 1.0


def test_tuning_is_in_cents() -> None:
    panel = track(SECOND + 100, (WARM, SECOND + 100))
    set_tonal(panel)
    set_cv(panel, "V/OCT", 2.0)
    sound = left(play(panel, instrument(Settings(tuning_cents=-37.5))))
    assert cents_off(sound[100 * BLOCK :], 440 * 2 ** ((60 - 69) / 12)) == (
        pytest.approx(-37.5, abs=0.5)
    )


def test_the_jack_cv_is_calibrated() -> None:
    panel = track(100)
    set_cv(panel, "V/OCT", 3.0)
    calibration = replace(Calibration(), out_zero_volts=-5.3, out_full_volts=4.8)
    words = pitch_words(panel, instrument(PITCH_OUT, calibration))
    volts = -5.3 + (4.8 + 5.3) * words[-1] / 4095
    assert volts == pytest.approx(3.0, abs=0.002)


def test_a_smooth_pitch_knob_has_no_steps_and_rests_at_noon() -> None:
    smooth = replace(PITCH_OUT, pitch_steps=1)
    blocks = 2 * SECOND
    panel = track(blocks)
    set_knob(panel, "PITCH", np.linspace(0.0, 24.0, blocks))
    steps = np.diff(pitch_words(panel, instrument(smooth))[50:])
    # 12 semitones a second are 0.4 words a block.
    assert set(np.unique(steps)) <= {0, 1}
    assert steps.sum() == pytest.approx(2 * WORDS_A_VOLT, rel=0.05)
    panel = track(blocks)
    panel.knobs[:, KNOB_INDEX["PITCH"]] += (
        np.random.default_rng(1).integers(-100, 100, blocks).astype(np.uint16)
    )
    assert len(set(pitch_words(panel, instrument(smooth)))) == 1, "noon wobbles"


@pytest.mark.parametrize(
    ("knob", "low", "high"),
    [("LEVEL", 0.3, 0.49), ("COLOR", 0.1, 0.45), ("X", 0.05, 0.45)],
)
def test_a_turned_knob_sounds_like_the_same_sweep_at_its_jack(
    knob: str, low: float, high: float
) -> None:
    """A knob is read in every eighth block only, a jack in each."""
    blocks = 1000

    def sweep(behind: int) -> NDArray[np.float64]:
        begin = 100 + behind
        return np.interp(np.arange(blocks), [begin, begin + 900], [low, high])

    def sound(panel: PanelTrack) -> NDArray[np.float64]:
        return left(play(panel))[150 * BLOCK :]

    turned, patched = (track(blocks, (WARM, blocks)) for _ in range(2))
    set_knob(turned, knob, sweep(0))
    set_knob(patched, knob, 0.0)
    set_cv(patched, knob, 10.0 * sweep(KNOB_DELAY))
    reference = sound(patched)
    residue = np.std(sound(turned) - reference) / np.std(reference)
    assert 20 * np.log10(residue) < ZIPPER


def test_a_record_that_is_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="tuning_cents is out of its range"):
        instrument(Settings(tuning_cents=200.0))


def test_another_ticket_comes_in_without_a_click() -> None:
    tickets = [FACTORY.read_bytes(), ticket()]
    made = Instrument(tickets[0])
    parts = []
    for turn in range(1, 6):
        panel = track(300, (WARM if turn == 1 else 0, 300))
        set_tonal(panel)
        parts.append(play(panel, made))
        made.change_ticket(tickets[turn % 2])
        assert made.changing
    sound = np.concatenate([left(part) for part in parts])
    clicks = find_clicks(sound)
    assert clicks.clean, str(clicks)
    hard = np.concatenate([sound[: 500 * BLOCK], sound[800 * BLOCK :]])
    assert not find_clicks(hard).clean, "a cut from ticket to ticket goes unnoticed"


def test_another_ticket_takes_less_than_50_ms() -> None:
    made = instrument()
    panel = track(300, (WARM, 300))
    before = np.abs(left(play(panel, made))).max()
    made.change_ticket(FACTORY.read_bytes())
    panel = track(50, (0, 50))
    play(panel, made)
    assert not made.changing
    with pytest.raises(ValueError, match="the ticket cannot be played"):
        made.change_ticket(b"no ticket at all")
    assert not made.changing
    after = np.abs(left(play(panel, made))).max()
    assert before > 0.01
    assert after > 0.01
