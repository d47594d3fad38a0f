"""The virtual board's analogue parts: what volts at the jacks become."""

import numpy as np
import pytest

from tombola.generated.front_end import CV_INPUTS, CV_OUTPUT, GATE_INPUTS
from tombola.generated.panel import CVS
from tombola.play.words import WORD_MAX, cv_volts, cv_words
from tombola.virtual.front_end import ADC_LINEARITY, FrontEnd

BOARDS = 300


def straight(jack: int, front_end: FrontEnd) -> tuple[float, float]:
    """Volts at the ADC's first word and gain of a jack, by its range's ends."""
    low, high = CVS[jack].range
    volts = np.zeros((2, 64, len(CVS)))
    volts[0, :, jack], volts[1, :, jack] = low, high
    bottom, top = front_end.cv_words(volts)[:, :, jack].mean(axis=1)
    slope = (high - low) / (top - bottom)
    return low + slope * (WORD_MAX / 2 - bottom), slope * WORD_MAX


def test_exact_parts_give_the_panels_words() -> None:
    volts = np.linspace(-2.9, 5.0, 80)
    words = FrontEnd.exact().cv_words(np.tile(volts, (len(CVS), 1)).T)
    for i, jack in enumerate(CVS):
        np.testing.assert_array_equal(words[:, i], cv_words(jack, volts))


def test_an_unplugged_jack_is_at_rest() -> None:
    words = FrontEnd.exact().cv_words(np.zeros(len(CVS)))
    for jack, word in zip(CVS, words, strict=True):
        assert cv_volts(jack, word) == pytest.approx(0.0, abs=2e-4)


def test_twelve_volts_stay_on_the_scale() -> None:
    """The amplifiers end just before the ADC does, as was simulated."""
    words = FrontEnd.exact().cv_words(np.multiply.outer([12.0, -12.0], np.ones(6)))
    for i, cv in enumerate(CV_INPUTS):
        ends = cv_volts(CVS[i], words[:, i])
        assert ends == pytest.approx(sorted(cv.range_v, reverse=True), abs=1e-3)


def test_a_board_repeats_and_no_two_are_alike() -> None:
    volts = np.linspace(-3, 3, 6 * 50).reshape(50, 6)
    one, again, other = (FrontEnd.drawn(seed).cv_words(volts) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one.astype(int) - other).max() > 20


def test_boards_are_spread_as_the_circuit_was_simulated() -> None:
    """Of V/OCT's and X's middle; the Seed's 3.3 V adds to the gain's spread."""
    for jack in (0, 1):
        found = np.array(
            [straight(jack, FrontEnd.drawn(seed)) for seed in range(BOARDS)]
        )
        table = CV_INPUTS[jack]
        # 2 % at most, a third of it rms, over the middle's distance from 0 V.
        reference = 0.02 / 3 * abs(np.mean(table.volts_at_word))
        zero_sd = np.hypot(table.zero_sd_v, reference)
        assert found[:, 0].std() == pytest.approx(zero_sd, rel=0.15)
        gain_sd = np.hypot(table.gain_sd, 0.02 / 3)
        gains = found[:, 1] / found[:, 1].mean()
        assert gains.std() == pytest.approx(gain_sd, rel=0.15)


def test_no_line_fits_the_adc_but_its_data_sheet_does() -> None:
    volts = np.linspace(-3.0, 7.0, 201)
    jacks = np.zeros((201, 400, 6))
    jacks[:, :, 0] = volts[:, None]
    words = FrontEnd.drawn(3).cv_words(jacks)[:, :, 0].mean(axis=1)
    bent = np.abs(words - np.polyval(np.polyfit(volts, words, 1), volts)).max()
    assert 1.0 < bent < 2 * ADC_LINEARITY


def test_noise_is_a_word_or_two() -> None:
    words = FrontEnd.drawn(5).cv_words(np.zeros((2000, 6)))
    assert (words.std(axis=0) > 0.7).all()
    assert (words.std(axis=0) < 2.0).all()


def test_cv_out_rises_from_end_to_end() -> None:
    exact = FrontEnd.exact()
    assert exact.cv_out_volts(0) == pytest.approx(CV_OUTPUT.volts_at_word[0])
    assert exact.cv_out_volts(4095) == pytest.approx(CV_OUTPUT.volts_at_word[1])
    for seed in range(20):
        board = FrontEnd.drawn(seed)
        volts = [board.cv_out_volts(word) for word in range(100, 4000, 50)]
        assert (np.diff(volts) > 0.08).all(), f"board {seed} steps back"
        assert volts == pytest.approx(
            [exact.cv_out_volts(word) for word in range(100, 4000, 50)], abs=0.15
        )


def test_gates_have_hysteresis() -> None:
    exact = FrontEnd.exact()
    between = [(gate.rises_v + gate.falls_v) / 2 for gate in GATE_INPUTS]
    assert exact.gates(between, 0b00) == 0b00
    assert exact.gates(between, 0b10) == 0b10
    assert exact.gates([5.0, 0.0], 0b10) == 0b01
    assert exact.gates([-12.0, 12.0], 0b00) == 0b10
