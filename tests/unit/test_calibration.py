"""What a calibration makes of measurements, on random boards and with bad patches."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from module_report import note
from simulated_module import Robot, SimulatedModule

from tombola import _core
from tombola.errors import TombolaError
from tombola.generated.settings import Calibration
from tombola.module.calibration import scale
from tombola.module.calibration.checks import BadPatchError, check_limits
from tombola.module.calibration.patches import Patch
from tombola.module.calibration.run import Outcome, run
from tombola.module.calibration.stages import (
    INPUTS,
    Stage,
    inputs_stage,
    output_stage,
    pitch_stage,
)
from tombola.virtual.front_end import FrontEnd

BOARDS = 100
OCTAVES = np.arange(-3, 8)


def calibrated(module: SimulatedModule, *stages: Stage) -> list[Outcome]:
    robot = Robot(module)
    return [run(stage, module, robot, lambda _: None) for stage in stages]


@pytest.fixture(scope="module")
def boards() -> list[tuple[SimulatedModule, list[Outcome]]]:
    stages = inputs_stage(), pitch_stage(-3, 7), output_stage()
    modules = [SimulatedModule(FrontEnd.drawn(seed)) for seed in range(BOARDS)]
    return [(module, calibrated(module, *stages)) for module in modules]


def played_cents(module: SimulatedModule, octave: float) -> float:
    """How far off a held voltage is as the module's own code plays it.

    By other readings than the calibration's, and their mean, as its follower takes it.
    """
    module.volts = np.zeros(6)
    module.volts[0] = octave
    notes = _core.played_notes(module.kept.pack(), module.words(64)[:, 0])
    return 100 * float(notes.astype(np.float64).mean() - 12 * octave)


def test_the_tools_reckon_as_the_module_does(
    boards: list[tuple[SimulatedModule, list[Outcome]]],
) -> None:
    words = np.arange(1, 65535, 37).astype(np.uint16)
    for module, _ in boards[:10]:
        played = _core.played_notes(module.kept.pack(), words)
        reckoned = 12 * scale.pitch_volts(module.kept, words)
        assert np.abs(played - reckoned).max() < 1e-4  # semitones: float32's own


def test_every_octave_of_a_hundred_boards_is_within_two_cents(
    boards: list[tuple[SimulatedModule, list[Outcome]]],
) -> None:
    errors = [[played_cents(module, v) for v in OCTAVES] for module, _ in boards]
    largest = float(np.abs(errors).max())
    note(calibration_cents_max=round(largest, 3), calibration_boards=BOARDS)
    assert largest < 2.0


def test_between_the_octaves_it_is_within_two_cents(
    boards: list[tuple[SimulatedModule, list[Outcome]]],
) -> None:
    """The correction is straight from octave to octave; the converter bends a bit."""
    errors = [[played_cents(m, v) for v in OCTAVES[:-1] + 0.5] for m, _ in boards]
    assert np.abs(errors).max() < 2.0


def test_the_boards_were_far_from_in_tune(
    boards: list[tuple[SimulatedModule, list[Outcome]]],
) -> None:
    before = [outcomes[1].before for _, outcomes in boards]
    assert np.median(before) > 20.0


def test_some_boards_need_more_than_a_line(
    boards: list[tuple[SimulatedModule, list[Outcome]]],
) -> None:
    bent = [any(module.kept.pitch_cents) for module, _ in boards]
    assert sum(bent) > BOARDS // 2
    exact = SimulatedModule(FrontEnd.exact())
    calibrated(exact, pitch_stage(-3, 7))
    assert not any(exact.kept.pitch_cents), "exact parts are straight"


def test_the_other_inputs_and_cv_out_pass(
    boards: list[tuple[SimulatedModule, list[Outcome]]],
) -> None:
    for _, (inputs, _, output) in boards:
        assert inputs.after < inputs.stage.limit
        assert output.after < output.stage.limit


@given(
    seed=st.integers(0, 2**32),
    low=st.integers(-3, 5),
    octaves=st.integers(2, 10),
)
@settings(max_examples=25, deadline=None)
def test_any_run_of_octaves_is_in_tune_where_it_was_measured(
    seed: int, low: int, octaves: int
) -> None:
    high = min(low + octaves, 7)
    module = SimulatedModule(FrontEnd.drawn(seed))
    calibrated(module, pitch_stage(low, high))
    errors = [played_cents(module, v) for v in range(low, high + 1)]
    assert np.abs(errors).max() < 2.0


PITCH_MISTAKES = {
    "wrong jack": (
        lambda p: replace(p, jack="X") if p.volts == 1.0 else p,
        r"the \+1 V arrive at X, not at V/OCT; move the cable",
    ),
    "3 V instead of 1 V": (
        lambda p: replace(p, volts=3.0) if p.volts == 1.0 else p,
        r"V/OCT reads \+(2\.9|3)\S* V, where \+1 V was asked for; set the source to",
    ),
    "unplugged": (
        lambda p: Patch() if p.volts == 2.0 else p,
        r"V/OCT reads 0 V, where \+2 V was asked for: nothing arrives there",
    ),
    "something at rest": (
        lambda p: replace(p, volts=1.0) if p.volts == 0.0 else p,
        r"V/OCT reads \+(0\.9\d|1(\.0\d)?) V, where 0 V was asked for; is a cable",
    ),
    "beyond the input": (
        lambda p: replace(p, volts=9.0) if p.volts == 7.0 else p,
        r"V/OCT is beyond what it can read, -3 to \+7 V",
    ),
    "a source off at one octave": (
        lambda p: replace(p, volts=4.1) if p.volts == 4.0 else p,
        r"at \+4 V, V/OCT lies \d+ cents off the line",
    ),
}


@pytest.mark.parametrize("mistake", PITCH_MISTAKES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_bad_patch_is_told_and_not_saved(mistake: str, seed: int) -> None:
    change, sentence = PITCH_MISTAKES[mistake]
    module = SimulatedModule(FrontEnd.drawn(seed))
    robot = Robot(module)
    robot.mistake = change
    with pytest.raises(BadPatchError, match=sentence):
        run(pitch_stage(-3, 7), module, robot, lambda _: None)
    assert module.saves == 0
    assert module.kept.pack() == Calibration().pack()


def test_a_scale_or_an_offset_that_parts_cannot_make_is_told() -> None:
    volts = np.arange(-3.0, 8.0)
    words = np.interp(volts, [-3.158, 7.285], [65535, 0])
    wide = scale.with_pitch(Calibration(), words, volts * 1.05)
    with pytest.raises(BadPatchError, match=r"V/OCT's scale is 5\.0 % off"):
        check_limits(wide)
    off = scale.with_pitch(Calibration(), words, volts + 0.6)
    with pytest.raises(BadPatchError, match="cv_zero_volts, cv_full_volts lies beyond"):
        check_limits(off)


def test_a_noisy_source_is_told() -> None:
    module = SimulatedModule(FrontEnd.drawn(1))
    module.noise = 0.02
    with pytest.raises(BadPatchError, match=r"V/OCT moves by 4\d mV while"):
        calibrated(module, pitch_stage(-3, 7))
    assert module.saves == 0


def test_a_source_that_drifts_is_told() -> None:
    module = SimulatedModule(FrontEnd.drawn(1))
    robot = Robot(module)

    def drift(text: str) -> None:
        module.source = 0.005

    with pytest.raises(BadPatchError, match=r"was \d\.\d cents off when it was measur"):
        run(pitch_stage(-3, 7), module, robot, drift)
    assert module.saves == 0


OUTPUT_MISTAKES = {
    "wrong jack": (
        lambda p: replace(p, jack="COLOR"),
        "the jack CV arrives at COLOR, not at X",
    ),
    "no cable": (lambda p: Patch(), "X does not follow the jack CV"),
}


@pytest.mark.parametrize("mistake", OUTPUT_MISTAKES)
def test_a_bad_loop_is_told_and_not_saved(mistake: str) -> None:
    change, sentence = OUTPUT_MISTAKES[mistake]
    module = SimulatedModule(FrontEnd.drawn(4))
    robot = Robot(module)
    robot.mistake = change
    with pytest.raises(BadPatchError, match=sentence):
        run(output_stage(), module, robot, lambda _: None)
    assert module.saves == 0


@pytest.mark.parametrize("name", INPUTS)
def test_five_volts_at_the_neighbour_are_told(name: str) -> None:
    module = SimulatedModule(FrontEnd.drawn(6))
    robot = Robot(module)
    robot.mistake = lambda p: replace(p, jack="V/OCT") if p.jack == name else p
    with pytest.raises(BadPatchError, match=f"arrive at V/OCT, not at {name}"):
        run(inputs_stage(), module, robot, lambda _: None)
    assert module.saves == 0


def test_whatever_ends_a_stage_leaves_the_old_calibration() -> None:
    """Ctrl-C at each patch, and once more while CV out is held."""
    for stage in (inputs_stage(), pitch_stage(-3, 7), output_stage()):
        for step in range(2 * len({s.patch for s in stage.steps}) - 1):
            module = SimulatedModule(FrontEnd.drawn(9))
            robot = Robot(module)
            patches = []

            def interrupt(patch: Patch, at: int = step, seen: list = patches) -> Patch:
                if len(seen) == at:
                    raise KeyboardInterrupt
                seen.append(patch)
                return patch

            robot.mistake = interrupt
            with pytest.raises(KeyboardInterrupt):
                run(stage, module, robot, lambda _: None)
            assert module.saves == 0
            assert module.word == 2048, "CV out is still held"


def test_a_module_that_keeps_something_else_gets_the_old_one_back() -> None:
    class Stubborn(SimulatedModule):
        def calibrate(self, calibration: Calibration) -> None:
            super().calibrate(replace(calibration, out_full_volts=4.9))

    module = Stubborn(FrontEnd.drawn(2))
    with pytest.raises(BadPatchError, match="kept another calibration"):
        calibrated(module, pitch_stage(-3, 7))
    assert module.saves == 2
    assert module.kept.pack()[:24] == Calibration().pack()[:24]


@pytest.mark.parametrize(("low", "high"), [(-4, 7), (0, 1), (3, 3), (5, 2), (-3, 8)])
def test_octaves_that_cannot_be_measured_are_refused(low: int, high: int) -> None:
    with pytest.raises(TombolaError, match="two octaves are the least"):
        pitch_stage(low, high)
