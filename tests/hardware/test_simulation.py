"""What the circuit does with volts, as ngspice says it."""

import tomllib
from dataclasses import replace

import pytest

from hardware.circuit.catalogue import quantity, resistor
from hardware.circuit.model import Circuit
from hardware.circuit.panel import Panel, read_panel
from hardware.circuit.sheets import build
from hardware.fab.bom import lines
from hardware.simulate import FRONT_END, Results, front_end, simulate
from hardware.simulation.inputs import ADC_VOLTS, CENTS_PER_VOLT, cv_inputs
from hardware.simulation.outputs import GUARD_WATTS

MODULES = 24


@pytest.fixture(scope="module")
def panel() -> Panel:
    return read_panel()


@pytest.fixture(scope="module")
def circuit(panel: Panel) -> Circuit:
    return build(panel)


@pytest.fixture(scope="module")
def results(circuit: Circuit, panel: Panel) -> Results:
    return simulate(circuit, panel, MODULES)


def test_twelve_volts_at_a_cv_jack_stay_within_the_adc(results: Results) -> None:
    for cv in results.cv:
        assert 0.0 <= cv.adc_v[0] < cv.adc_v[1] <= ADC_VOLTS
        # The amplifier's inputs may take 2 mA.
        assert cv.current_a < 0.2e-3


def test_cv_jacks_hear_their_whole_range(results: Results, panel: Panel) -> None:
    for cv, jack in zip(results.cv, panel.of("cv"), strict=True):
        assert cv.range_v[0] < jack.range[0] - 0.1
        assert cv.range_v[1] > jack.range[1] + 0.1


def test_the_panel_names_the_scale_that_the_circuit_has(
    results: Results, panel: Panel
) -> None:
    """An uncalibrated module is off by what its parts are, not by the table."""
    for cv, jack in zip(results.cv, panel.of("cv"), strict=True):
        assert cv.volts_at_word == pytest.approx(jack.volts_at_word, abs=2e-3)


def test_noise_on_v_oct_is_below_a_tenth_of_a_cent(results: Results) -> None:
    assert results.cv[0].name == "V/OCT"
    assert results.cv[0].noise_v * CENTS_PER_VOLT < 0.1


def test_cv_inputs_pass_an_envelope_and_stop_before_the_scan(results: Results) -> None:
    """A scan takes 665 us, so that what is much above 1 kHz would fold back."""
    for cv in results.cv:
        assert 900 < cv.bandwidth_hz < 1300


def test_tolerances_leave_what_a_calibration_can_take_out(
    results: Results, panel: Panel
) -> None:
    pitch, *others = results.spread
    assert pitch.gain < 0.001 < min(other.gain for other in others)
    for spread, cv, jack in zip(
        results.spread, results.cv, panel.of("cv"), strict=True
    ):
        worst = spread.zero_worst_v + 5.0 * spread.gain_worst
        assert worst < jack.range[0] - cv.volts_at_word[1]
    assert pitch.drift_v * CENTS_PER_VOLT < 6


def test_gates_switch_where_the_panel_says(results: Results, panel: Panel) -> None:
    for gate in results.gates:
        middle = (gate.rises_v + gate.falls_v) / 2
        assert middle == pytest.approx(panel.gate_threshold, abs=0.1)
        hysteresis = gate.rises_v - gate.falls_v
        assert hysteresis == pytest.approx(panel.gate_hysteresis, abs=0.05)
        assert 0.0 <= gate.pin_v[0] < gate.pin_v[1] <= ADC_VOLTS
        assert gate.delay_s < 100e-6


def test_cv_out_reaches_five_volts_under_load(results: Results) -> None:
    assert results.cv_out.range_v == pytest.approx((-5.0, 5.0), abs=0.05)
    assert results.cv_out.loaded_v < 1e-3


def test_gate_out_is_a_gate(results: Results) -> None:
    assert abs(results.gate_out.low_v) < 0.1
    assert results.gate_out.high_10k_v > 4.5


def test_outputs_stand_a_short_for_ever(results: Results) -> None:
    """To ground and to +-12 V; half of the resistor's rating is left for a hot case."""
    watts = (
        results.cv_out.guard_w,
        results.gate_out.guard_w,
        results.audio_short[1],
    )
    assert max(watts) < GUARD_WATTS * 0.7
    # What the buffer's pin sees, and may: 0.5 V beyond its rails.
    assert results.gate_out.drive_v[0] > -0.5
    assert results.gate_out.drive_v[1] < 5.5


def test_audio_is_at_the_seeds_level(results: Results) -> None:
    assert results.audio_in.gain == pytest.approx(0.1, rel=0.01)
    # 12 V at the jack stay within what the Seed's input takes.
    assert results.audio_in.limit_v < 1.5
    for out in results.audio_out.values():
        assert out.gain == pytest.approx(5.0, rel=0.01)
        assert out.limit_v > 10.0
    for path in (results.audio_in, *results.audio_out.values()):
        assert path.bandwidth_hz > 40e3
        assert path.noise_db < -95


def test_the_supply_is_within_the_panels_promise(results: Results) -> None:
    assert results.supply.positive_ma < 150
    assert results.supply.negative_ma < 20
    assert results.supply.reversed_rail_v < 0.01
    assert results.supply.reversed_a < 1e-3


def test_the_front_ends_table_is_what_is_simulated(results: Results) -> None:
    """Spreads are drawn for fewer modules here, so they are only alike."""
    said = tomllib.loads(FRONT_END.read_text("utf-8"))
    found = tomllib.loads(front_end(results))
    loose = {"zero_sd_v": 0.5, "gain_sd": 0.5, "drift_v": 0.5}
    for kind in ("cv", "gate"):
        for mine, theirs in zip(said[kind], found[kind], strict=True):
            for key, value in mine.items():
                if key == "name":
                    assert value == theirs[key]
                else:
                    rel = loose.get(key, 2e-3)
                    assert theirs[key] == pytest.approx(value, rel=rel), key
    for key, value in said["cv_out"].items():
        rel = loose.get(key, 2e-3)
        assert found["cv_out"][key] == pytest.approx(value, rel=rel), key
    assert said["audio"] == pytest.approx(found["audio"], rel=2e-3)


def test_a_wrong_offset_resistor_is_caught(circuit: Circuit, panel: Panel) -> None:
    wrong = build(panel)
    for i, part in enumerate(wrong.parts):
        if part.role == "V_OCT.offset":
            wrong.parts[i] = replace(part, item=resistor("63.4k", "precise"))
    pitch = cv_inputs(wrong, panel)[0]
    assert pitch.range_v[1] < panel.of("cv")[0].range[1]


@pytest.mark.parametrize(
    ("value", "ohms"),
    [("470", 470.0), ("31.6k", 31600.0), ("10M", 1e7), ("4.7n", 4.7e-9)],
)
def test_values_are_read_as_they_are_printed(value: str, ohms: float) -> None:
    assert quantity(value) == pytest.approx(ohms)


def test_part_numbers_carry_their_values() -> None:
    assert resistor("31.6k").number == "RC0805FR-0731K6L"
    assert resistor("31.6k").alternative == "Panasonic ERJ-6ENF3162V"
    assert resistor("330").number == "RC0805FR-07330RL"
    assert resistor("45.3k", "precise").number == "RT0805BRD0745K3L"
    assert resistor("1k", "output").number == "ERJ-P08F1001V"


def test_the_bill_of_materials_has_every_part_once(circuit: Circuit) -> None:
    listed = [ref for line in lines(circuit) for ref in line.references]
    wanted = [p.reference for p in circuit.parts if p.item.prefix != "TP"]
    assert sorted(listed) == sorted(wanted)
    assert all(line.item.number for line in lines(circuit))
