"""Simulate the declared circuit and say what came out.

    python -m hardware.simulate

Writes build/reports/hardware.json, and hardware/frontend.toml: what the virtual module
has to know of the hardware in front of its converters.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hardware.circuit.model import Circuit
from hardware.circuit.panel import Panel, read_panel
from hardware.circuit.sheets import build
from hardware.fab.bom import cost, lines
from hardware.report import add_to_report
from hardware.simulation import inputs, outputs

FRONT_END = Path(__file__).with_name("frontend.toml")
MODULES = 200
SEED = 1


@dataclass(frozen=True)
class Results:
    """All that was simulated."""

    cv: list[inputs.CvInput]
    spread: list[inputs.Spread]
    gates: list[inputs.GateInput]
    cv_out: outputs.CvOutput
    gate_out: outputs.GateOutput
    audio_in: outputs.AudioPath
    audio_out: dict[str, outputs.AudioPath]
    audio_short: tuple[float, float]
    supply: outputs.Supply


def simulate(circuit: Circuit, panel: Panel, modules: int = MODULES) -> Results:
    """Run every simulation; modules: how many the tolerances are drawn for."""
    return Results(
        cv=inputs.cv_inputs(circuit, panel),
        spread=inputs.spreads(circuit, panel, modules, SEED),
        gates=inputs.gate_inputs(circuit, panel),
        cv_out=outputs.cv_output(circuit, modules, SEED),
        gate_out=outputs.gate_output(circuit),
        audio_in=outputs.audio_input(circuit),
        audio_out=outputs.audio_outputs(circuit, panel),
        audio_short=outputs.audio_short(circuit, panel),
        supply=outputs.supply(circuit),
    )


def _number(value: float) -> str:
    """Four significant digits: what another version of ngspice gives as well."""
    return repr(float(f"{value:.4g}"))


def front_end(results: Results) -> str:
    """Return the TOML that the virtual module's front end is made from."""
    rows = [
        "# Simulated from hardware/circuit by: python -m hardware.simulate",
        "#",
        "# volts_at_word: at the jack, for the ADC's first and last word, if all parts",
        "# are exact. zero_sd_v, gain_sd: the spread that a calibration takes out.",
        "# drift_v: rms, what 20 K add after it. noise_v: rms, at the jack.",
        "",
    ]
    for cv, spread in zip(results.cv, results.spread, strict=True):
        ends = ", ".join(map(_number, cv.volts_at_word))
        straight = ", ".join(map(_number, cv.range_v))
        rows += [
            "[[cv]]",
            f'name = "{cv.name}"',
            f"volts_at_word = [{ends}]",
            f"range_v = [{straight}]",
            f"zero_sd_v = {_number(spread.zero_v)}",
            f"gain_sd = {_number(spread.gain)}",
            f"drift_v = {_number(spread.drift_v)}",
            f"noise_v = {_number(cv.noise_v)}",
            f"bandwidth_hz = {_number(cv.bandwidth_hz)}",
            "",
        ]
    for gate in results.gates:
        rows += [
            "[[gate]]",
            f'name = "{gate.name}"',
            f"rises_v = {_number(gate.rises_v)}",
            f"falls_v = {_number(gate.falls_v)}",
            "",
        ]
    ends = ", ".join(map(_number, results.cv_out.range_v))
    out = next(iter(results.audio_out.values()))
    rows += [
        "# The DAC's first and last word, its buffer off, and their spread.",
        "[cv_out]",
        f"volts_at_word = [{ends}]",
        f"zero_sd_v = {_number(results.cv_out.zero_sd_v)}",
        f"gain_sd = {_number(results.cv_out.gain_sd)}",
        "",
        "# Volts at the Seed for a volt at the jack, and the other way about.",
        "[audio]",
        f"full_scale_vpp = {_number(outputs.FULL_SCALE_VPP)}",
        f"in_gain = {_number(results.audio_in.gain)}",
        f"out_gain = {_number(out.gain)}",
        "",
    ]
    return "\n".join(rows)


def report(results: Results, circuit: Circuit) -> dict[str, Any]:
    """Return what build/reports/hardware.json says of the circuit."""
    bought = lines(circuit)
    pitch = results.cv[0]
    return {
        "parts": sum(line.count for line in bought if line.references),
        "unique_parts": sum(1 for line in bought if line.references),
        "cv_range_v": {cv.name: cv.range_v for cv in results.cv},
        "voct_noise_cents": pitch.noise_v * inputs.CENTS_PER_VOLT,
        "voct_drift_cents": results.spread[0].drift_v * inputs.CENTS_PER_VOLT,
        "current_12v_ma": results.supply.positive_ma,
        "current_neg12v_ma": results.supply.negative_ma,
        **{f"cost_{n}": round(cost(circuit, n), 2) for n in (1, 10, 100)},
        "simulation": asdict(results),
    }


def main() -> None:
    """Simulate, report, and write the front end's table."""
    panel = read_panel()
    circuit = build(panel)
    results = simulate(circuit, panel)
    add_to_report(report(results, circuit))
    FRONT_END.write_text(front_end(results), encoding="utf-8")
    for cv in results.cv:
        low, high = cv.range_v
        print(f"{cv.name:7} {low:+.2f} .. {high:+.2f} V  {cv.bandwidth_hz:.0f} Hz")
    noise = results.cv[0].noise_v * inputs.CENTS_PER_VOLT
    print(f"V/OCT's noise is {noise:.3f} cents")
    print(f"+12 V: {results.supply.positive_ma:.0f} mA")
    print(f"-12 V: {results.supply.negative_ma:.0f} mA")
    print(f"parts for one module: {cost(circuit, 1):.0f} US dollars")


if __name__ == "__main__":
    main()
