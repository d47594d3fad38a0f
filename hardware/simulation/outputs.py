"""What the outputs give, into loads and shorts; audio; the supply."""

from dataclasses import dataclass

import numpy as np

from hardware.circuit.model import Circuit
from hardware.circuit.panel import Panel
from hardware.simulation.deck import Deck, node
from hardware.simulation.inputs import corner, draw

DAC_OHMS = 13e3  # DS12556, R_O with the buffer off, typical
SHORTS = (-12.0, 0.0, 12.0)
FULL_SCALE_VPP = 2.0  # at the Seed's audio pins; the codec's 0.6 times 3.3 V
GUARD_WATTS = 0.66


@dataclass(frozen=True)
class CvOutput:
    """CV out: volts of the DAC's ends, unloaded; loaded_v: what 10 k takes off 5 V.

    zero_sd_v, gain_sd: what tolerances do to the volts of the DAC's middle and to their
    span, as a share of it; standard deviations over many modules.
    """

    range_v: tuple[float, float]
    loaded_v: float
    bandwidth_hz: float
    short_a: float
    guard_w: float
    zero_sd_v: float
    gain_sd: float


@dataclass(frozen=True)
class GateOutput:
    """Gate out: volts, unloaded and into 10 k; the worst of a short to 0 or +-12 V."""

    low_v: float
    high_v: float
    high_10k_v: float
    short_a: float
    guard_w: float
    drive_v: tuple[float, float]


@dataclass(frozen=True)
class AudioPath:
    """Gain, -3 dB, noise in dB below full scale in 20 Hz..20 kHz; limits at +-12 V."""

    gain: float
    bandwidth_hz: float
    noise_db: float
    limit_v: float


@dataclass(frozen=True)
class Supply:
    """Currents of the module when idle, and the rails with the cable the wrong way."""

    positive_ma: float
    negative_ma: float
    reversed_rail_v: float
    reversed_a: float


def _deck(circuit: Circuit, sheet: str, noisy: bool = False) -> Deck:
    deck = Deck(circuit, [sheet], noisy=noisy)
    deck.supplies()
    return deck


def cv_output(circuit: Circuit, modules: int, seed: int) -> CvOutput:
    """Return what CV out does with the DAC's buffer off, and many modules' spread."""
    out = node("CV_JACK")
    drive = node("CV_OUT_DRIVE")
    deck = _deck(circuit, "outputs")
    deck.source("dac", "CV_OUT", "dc 1.65 ac 1", DAC_OHMS)
    open_ = deck.run(
        [
            "dc vdac 0 3.3 0.05",
            f"wrdata d.data v({out})",
            "ac dec 50 1 100k",
            f"wrdata ac.data vdb({out})",
        ]
    )
    volts = open_.tables["d"][:, 1]
    deck.load("jack", "CV_JACK", 10e3)
    loaded = deck.run(["dc vdac 0 3.3 0.05", f"wrdata d.data v({out})"]).tables["d"]
    worst, watts = _shorted(circuit, "outputs", ("CV_OUT", (0.0, 3.3)), out, drive)
    zero, gain = _cv_output_spread(circuit, modules, seed)
    return CvOutput(
        range_v=(float(volts[0]), float(volts[-1])),
        loaded_v=float(np.abs(volts - loaded[:, 1]).max()),
        bandwidth_hz=corner(*open_.tables["ac"].T[:2]),
        short_a=worst,
        guard_w=watts,
        zero_sd_v=zero,
        gain_sd=gain,
    )


def _cv_output_spread(circuit: Circuit, modules: int, seed: int) -> tuple[float, float]:
    deck = _deck(circuit, "outputs")
    deck.source("dac", "CV_OUT", "dc 0", DAC_OHMS)
    rng = np.random.default_rng(seed)
    commands = []
    for _ in range(modules):
        commands += draw(deck, rng)
        for name, volts in (("low", 0.0), ("high", 3.3)):
            commands += [f"alter vdac dc = {volts}", "op"]
            commands += [f"let {name} = v({node('CV_JACK')})", f"print {name}"]
            commands.append("destroy all")
    series = deck.run(commands).series
    low, high = np.asarray(series["low"]), np.asarray(series["high"])
    span = high - low
    return float(((low + high) / 2).std()), float(span.std() / span.mean())


def _shorted(
    circuit: Circuit,
    sheet: str,
    driven: tuple[str, tuple[float, ...]],
    out: str,
    drive: str,
) -> tuple[float, float]:
    """Return the most amperes and the guard's most watts over all drives and shorts."""
    currents, watts = [0.0], [0.0]
    for short in SHORTS:
        for value in driven[1]:
            deck = _deck(circuit, sheet)
            deck.source("in", driven[0], f"dc {value}", DAC_OHMS)
            deck.lines.append(f"vshort {out} 0 dc {short}")
            row = deck.run(
                [
                    "op",
                    f"let u=v({drive})-({short})",
                    "let c=i(vshort)",
                    "print u",
                    "print c",
                ]
            ).scalars
            currents.append(abs(row["c"]))
            watts.append(row["u"] ** 2 / 1e3)
    return max(currents), max(watts)


def gate_output(circuit: Circuit) -> GateOutput:
    """Return what gate out does."""
    out, drive = node("GATE_JACK"), node("GATE_DRIVE")
    levels = []
    for volts, load in ((0.0, 1e6), (3.3, 1e6), (3.3, 10e3)):
        deck = _deck(circuit, "outputs")
        deck.source("in", "GATE_OUT", f"dc {volts}")
        deck.source("dac", "CV_OUT", "dc 1.65", DAC_OHMS)
        deck.load("jack", "GATE_JACK", load)
        levels.append(deck.run(["op", f"let a=v({out})", "print a"]).scalars["a"])
    drives = []
    for short in SHORTS:
        for volts in (0.0, 3.3):
            deck = _deck(circuit, "outputs")
            deck.source("in", "GATE_OUT", f"dc {volts}")
            deck.lines.append(f"vshort {out} 0 dc {short}")
            commands = ["op", f"let a=v({drive})", "print a"]
            drives.append(deck.run(commands).scalars["a"] + 1j * short)
    currents = [abs(d.real - d.imag) / 1e3 for d in drives]
    return GateOutput(
        low_v=levels[0],
        high_v=levels[1],
        high_10k_v=levels[2],
        short_a=max(currents),
        guard_w=max(currents) ** 2 * 1e3,
        drive_v=(min(d.real for d in drives), max(d.real for d in drives)),
    )


def _audio(
    circuit: Circuit, start: str, end: str, full_scale: float, limit: float
) -> AudioPath:
    """full_scale: volts peak to peak at the end; limit: volts at the start."""
    deck = _deck(circuit, "audio", noisy=True)
    deck.source("in", start, "dc 0 ac 1")
    out = node(end)
    answer = deck.run(
        [
            "ac dec 50 10 1meg",
            f"wrdata ac.data vdb({out})",
            f"noise v({out}) vin dec 20 20 20k",
            "print onoise_total",
            f"dc vin {-limit} {limit} {limit / 20}",
            f"wrdata d.data v({out})",
        ]
    )
    frequency, decibels = answer.tables["ac"].T[:2]
    noise = answer.scalars["onoise_total"] / (full_scale / 2 / np.sqrt(2))
    return AudioPath(
        gain=float(10 ** (np.interp(1e3, frequency, decibels) / 20)),
        bandwidth_hz=corner(frequency, decibels),
        noise_db=float(20 * np.log10(noise)),
        limit_v=float(np.abs(answer.tables["d"][:, 1]).max()),
    )


def audio_input(circuit: Circuit) -> AudioPath:
    """Return the way from IN to the Seed; its limit is at the Seed, for +-12 V."""
    return _audio(circuit, "IN_AUDIO_IN", "AUDIO_IN", FULL_SCALE_VPP, 12.0)


def audio_outputs(circuit: Circuit, panel: Panel) -> dict[str, AudioPath]:
    """Return the way from the Seed to L and R; their limit is what they can give."""
    return {
        jack.name: _audio(
            circuit, f"AUDIO_OUT_{jack.net}", f"{jack.net}_AUDIO_OUT", 10.0, 4.0
        )
        for jack in panel.of("audio")
        if jack.direction == "out"
    }


def audio_short(circuit: Circuit, panel: Panel) -> tuple[float, float]:
    """Return the most amperes and watts in an audio output that is shorted."""
    name = next(j.net for j in panel.of("audio") if j.direction == "out")
    driven = (f"AUDIO_OUT_{name}", (-4.0, 0.0, 4.0))
    ends = node(f"{name}_AUDIO_OUT"), node(f"{name}_AMP")
    return _shorted(circuit, "audio", driven, *ends)


def supply(circuit: Circuit) -> Supply:
    """Return what the module takes from +12 and -12 V, by its parts' data sheets."""
    drawn = {"+12V": 0.0, "-12V": 0.0, "+5V": 0.0, "+3V3A": 0.0}
    efficiency = idle = 0.0
    for part in circuit.parts:
        for net, milliamperes in part.item.supply_ma.items():
            drawn[net] += milliamperes
        if part.item.name == "converter":
            efficiency = part.item.model["efficiency"]
            idle = part.item.model["idle_a"] * 1e3
        if part.item.name == "knob":
            drawn["+3V3A"] += 3.3 / part.item.quantity * 1e3
        if part.item.name == "light":
            drawn["+3V3A"] += 1.4
    # The Seed's own regulators are fed from 5 V; what they give to the board is taken
    # as if from a linear one.
    five = drawn["+5V"] + drawn["+3V3A"]
    converter = idle + five * 5.0 / 11.6 / efficiency
    rail, current = _reversed(circuit)
    return Supply(drawn["+12V"] + converter, drawn["-12V"], rail, current)


def _reversed(circuit: Circuit) -> tuple[float, float]:
    """+12 V where -12 V belongs, the other way about: rails and current then."""
    deck = Deck(circuit, ["power"])
    deck.source("bp", "BUS_+12V", "dc -12")
    deck.source("bm", "BUS_-12V", "dc 12")
    deck.load("p", "+12V", 1e3)
    deck.load("m", "-12V", 1e3)
    deck.load("a", "+3V3A", 1e3)
    deck.load("c", "CONVERTER_5V", 1e3)
    row = deck.run(
        [
            "op",
            "let a=v(p12v)",
            "let b=v(m12v)",
            "let c=i(vbp)",
            "print a",
            "print b",
            "print c",
        ]
    ).scalars
    return max(abs(row["a"]), abs(row["b"])), abs(row["c"])
