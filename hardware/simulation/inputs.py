"""What the CV and gate inputs do with the volts at their jacks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.circuit.model import Circuit
from hardware.circuit.panel import Control, Panel
from hardware.circuit.sheets import cv_net, gate_net, gates_in
from hardware.simulation.deck import Deck, element, node

ADC_VOLTS = 3.3
FRONT_END = ("power", "cv_inputs", "gate_inputs")
LIMIT = 12.0
CENTS_PER_VOLT = 1200.0
KELVIN = 20.0
# Where noise is counted: from a slow drift to far beyond the filter.
NOISE_BAND = (0.1, 100e3)


@dataclass(frozen=True)
class CvInput:
    """One CV input.

    volts_at_word: at the jack, for the ADC's first and last word. range_v: within which
    it is straight to a thousandth of the ADC's scale. adc_v: at the ADC while -12 to
    +12 V are patched. noise_v: at the jack, rms. current_a: the most that a jack takes.
    """

    name: str
    volts_at_word: tuple[float, float]
    range_v: tuple[float, float]
    adc_v: tuple[float, float]
    bandwidth_hz: float
    noise_v: float
    current_a: float


@dataclass(frozen=True)
class Spread:
    """What tolerances do to a CV input, over many modules.

    zero_v: the volts at the jack for the middle of the ADC's range, and gain, as a
    share of itself: standard deviations, and the largest seen. drift_v: what 20 K add
    after a calibration at the ends of the jack's range, rms.
    """

    name: str
    zero_v: float
    zero_worst_v: float
    gain: float
    gain_worst: float
    drift_v: float


@dataclass(frozen=True)
class GateInput:
    """Thresholds at the jack, and what the Seed's pin sees while +-12 V are patched."""

    name: str
    rises_v: float
    falls_v: float
    pin_v: tuple[float, float]
    delay_s: float


def _front_end(circuit: Circuit, noisy: bool = False) -> Deck:
    deck = Deck(circuit, FRONT_END, noisy=noisy)
    deck.supplies()
    deck.source("bp", "BUS_+12V", "dc 12")
    deck.source("bm", "BUS_-12V", "dc -12")
    return deck


def cv_inputs(circuit: Circuit, panel: Panel) -> list[CvInput]:
    """Return what every CV input does."""
    return [_cv_input(circuit, jack) for jack in panel.of("cv")]


def _cv_input(circuit: Circuit, jack: Control) -> CvInput:
    deck = _front_end(circuit, noisy=True)
    deck.source("jack", f"{jack.net}_IN", "dc 0 ac 1")
    out = f"v({node(cv_net(jack))})"
    low, high = NOISE_BAND
    answer = deck.run(
        [
            f"dc vjack {-LIMIT} {LIMIT} 0.02",
            f"wrdata sweep.data {out} i(vjack)",
            f"ac dec 100 1 {high:g}",
            f"wrdata ac.data vdb({node(cv_net(jack))})",
            f"noise {out} vjack dec 20 {low:g} {high:g}",
            "print onoise_total",
        ]
    )
    volts, adc, current = answer.tables["sweep"].T[:3]
    slope, offset = _line(volts, adc, jack.range)
    straight = np.abs(adc - (slope * volts + offset)) < ADC_VOLTS / 1000
    return CvInput(
        jack.name,
        volts_at_word=(-offset / slope, (ADC_VOLTS - offset) / slope),
        range_v=(float(volts[straight].min()), float(volts[straight].max())),
        adc_v=(float(adc.min()), float(adc.max())),
        bandwidth_hz=corner(*answer.tables["ac"].T[:2]),
        noise_v=answer.scalars["onoise_total"] / abs(slope),
        current_a=float(np.abs(current).max()),
    )


def _line(
    volts: NDArray[np.float64], adc: NDArray[np.float64], span: tuple[float, float]
) -> tuple[float, float]:
    inside = (volts >= span[0]) & (volts <= span[1])
    slope, offset = np.polyfit(volts[inside], adc[inside], 1)
    return float(slope), float(offset)


def corner(frequency: NDArray[np.float64], decibels: NDArray[np.float64]) -> float:
    """Return where a low pass is 3 dB below its first value."""
    below = np.nonzero(decibels < decibels[0] - 3.0103)[0]
    if len(below) == 0:
        return float(frequency[-1])
    i = below[0]
    pair = decibels[i], decibels[i - 1]
    share = (decibels[0] - 3.0103 - pair[0]) / (pair[1] - pair[0])
    ratio = frequency[i - 1] / frequency[i]
    return float(frequency[i] * ratio**share)


def spreads(circuit: Circuit, panel: Panel, modules: int, seed: int) -> list[Spread]:
    """Return what tolerances and 20 K make of the CV inputs of many modules.

    Values are normal with the tolerance at three sigma; amplifiers' offsets likewise.
    """
    jacks = panel.of("cv")
    deck = _front_end(circuit)
    for jack in jacks:
        deck.source(f"in_{jack.net}", f"{jack.net}_IN", "dc 0")
    rng = np.random.default_rng(seed)
    commands = []
    for _ in range(modules):
        commands += draw(deck, rng)
        commands += _measure(jacks)
        commands += _warm(deck, rng)
        commands += _measure(jacks)
    answer = deck.run(commands)
    result = []
    for jack in jacks:
        low, high = (
            np.asarray(answer.series[f"{end}_{jack.net.lower()}"]).reshape(-1, 2)
            for end in ("low", "high")
        )
        result.append(_spread(jack, low, high))
    return result


def _spread(
    jack: Control, low: NDArray[np.float64], high: NDArray[np.float64]
) -> Spread:
    """low, high: the ADC's volts at the range's ends, [modules, cold and warm]."""
    bottom, top = jack.range
    slope = (high - low) / (top - bottom)
    zero = (ADC_VOLTS / 2 - low) / slope + bottom
    gain = slope[:, 0] / slope[:, 0].mean() - 1
    offset = zero[:, 0] - zero[:, 0].mean()
    # What a calibration made when cold says of the warm module's voltages.
    drift = np.concatenate(
        [
            (warm - low[:, 0]) / slope[:, 0] + bottom - volts
            for warm, volts in ((low[:, 1], bottom), (high[:, 1], top))
        ]
    )
    return Spread(
        jack.name,
        zero_v=float(offset.std()),
        zero_worst_v=float(np.abs(offset).max()),
        gain=float(gain.std()),
        gain_worst=float(np.abs(gain).max()),
        drift_v=float(np.sqrt(np.mean(drift**2))),
    )


def draw(deck: Deck, rng: np.random.Generator) -> list[str]:
    """Return the commands that make another module of the deck."""
    deck.drawn.clear()
    commands = []
    for part in deck.passives:
        value = part.item.quantity * (1 + part.item.tolerance / 3 * _normal(rng))
        deck.drawn[part.reference] = value
        commands.append(f"alter {element(part)} = {value:.9g}")
    for name, part in deck.amplifiers:
        offset = part.item.model["offset"] / 3 * _normal(rng)
        deck.drawn[name] = offset
        commands.append(f"alter v.{name}.vos dc = {offset:.6g}")
    return commands


def _warm(deck: Deck, rng: np.random.Generator) -> list[str]:
    """Return the commands that warm the module up by 20 K."""
    commands = []
    for part in deck.passives:
        ppm = part.item.model.get("ppm_per_k", 0.0) / 3 * _normal(rng)
        value = deck.drawn[part.reference] * (1 + ppm * 1e-6 * KELVIN)
        commands.append(f"alter {element(part)} = {value:.9g}")
    for name, part in deck.amplifiers:
        drift = part.item.model["drift"] * _normal(rng) * KELVIN
        commands.append(f"alter v.{name}.vos dc = {deck.drawn[name] + drift:.6g}")
    return commands


def _normal(rng: np.random.Generator) -> float:
    """A normal number within three sigma: what lies outside was sorted out."""
    return float(np.clip(rng.standard_normal(), -3, 3))


def _measure(jacks: tuple[Control, ...]) -> list[str]:
    commands = []
    for name, end in (("low", 0), ("high", 1)):
        for jack in jacks:
            commands.append(f"alter vin_{jack.net.lower()} dc = {jack.range[end]}")
        commands.append("op")
        for jack in jacks:
            key = f"{name}_{jack.net.lower()}"
            commands += [f"let {key} = v({node(cv_net(jack))})", f"print {key}"]
        commands.append("destroy all")
    return commands


def gate_inputs(circuit: Circuit, panel: Panel) -> list[GateInput]:
    """Return what every gate input does."""
    return [_gate_input(circuit, gate) for gate in gates_in(panel)]


def _gate_input(circuit: Circuit, gate: Control) -> GateInput:
    """A slow triangle for the thresholds, a step of 5 V for the delay, +-12 V."""
    deck = _front_end(circuit)
    pin = f"v({node(gate_net(gate))})"
    jack = f"{gate.net}_GATE_IN"
    deck.source("jack", jack, "dc 0 pwl(0 0 50m 5 100m 0 101m 0 101.001m 5 105m 5)")
    slow = deck.run(["tran 10u 105m 0 50u", f"wrdata t.data {pin} v({node(jack)})"])
    time, out, volts = slow.tables["t"].T[:3]
    low = out < ADC_VOLTS / 2
    change = np.nonzero(low[1:] != low[:-1])[0] + 1
    deck = _front_end(circuit)
    deck.source("jack", jack, "dc 0")
    far = deck.run(["dc vjack -12 12 0.1", f"wrdata d.data {pin}"]).tables["d"]
    return GateInput(
        gate.name,
        rises_v=float(volts[change[0]]),
        falls_v=float(volts[change[1]]),
        pin_v=(float(far[:, 1].min()), float(far[:, 1].max())),
        delay_s=float(time[change[2]] - 101e-3),
    )
