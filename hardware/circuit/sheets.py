"""The circuit, sheet by sheet: which part joins which nets, and why it has its value.

Supply nets: +12V and -12V behind fuse and diode, +5V for the Daisy Seed, +3V3A and
+3V3D that the Seed makes from it, -3V3REF for offsets, GND.
"""

import inspect
from collections.abc import Callable

from hardware.circuit.catalogue import item, resistor
from hardware.circuit.model import Circuit, Sheet
from hardware.circuit.panel import Control, Panel
from hardware.circuit.seed_header import HEADER, header_number, header_pin

Stage = tuple[str, str, str]  # the nets of an amplifier: plus, minus, out


def build(panel: Panel) -> Circuit:
    """Return the whole circuit for a panel."""
    circuit = Circuit()
    for name, declare in SHEETS.items():
        declare(circuit.sheet(name, inspect.getdoc(declare) or ""), panel)
    return circuit


def cv_net(jack: Control) -> str:
    """The net from a CV jack's stage to the ADC."""
    return f"CV_{jack.net}"


def gate_net(jack: Control) -> str:
    """The net from a gate jack's stage to the Seed: low while the gate is high."""
    return f"GATE_{jack.net}"


def seed_nets(panel: Panel) -> dict[str, str]:
    """Return the net of every pin of the Seed's header that the panel uses."""
    nets = {header_number(panel.knobs_pin): "KNOB"}
    for i, pin in enumerate(panel.select):
        nets[header_number(pin)] = f"KNOB_S{i}"
    for control in panel.controls:
        if control.pin is not None:
            nets[header_number(control.pin)] = _control_net(control)
    return nets


def _control_net(control: Control) -> str:
    if control.direction == "out" and control.kind != "light":
        return {"dac": "CV_OUT", "gate": "GATE_OUT"}[control.kind]
    kind = control.kind.upper()
    return f"{kind}_{control.net}"


def _jack(sheet: Sheet, role: str, tip: str, normal: str | None = None) -> None:
    """A jack; unpatched, its tip rests on the net `normal`."""
    nets = {"S": "GND", "T": tip} | ({"TN": normal} if normal else {})
    sheet.add(role, item("jack"), **nets)


def _amplifiers(
    sheet: Sheet, role: str, kind: str, rails: tuple[str, str], stages: list[Stage]
) -> None:
    """A package of amplifiers with what each of them joins, and its bypass."""
    package = item(kind)
    nets = dict(zip(package.supply, rails, strict=True))
    for pins, stage in zip(package.units, stages, strict=True):
        nets |= dict(zip(pins, stage, strict=True))
    sheet.add(role, package, **nets)
    high, low = rails
    sheet.add(f"{role}.bypass", item("100n"), high, "GND")
    if low != "GND":
        sheet.add(f"{role}.bypass_low", item("100n"), "GND", low)


def _power(sheet: Sheet, panel: Panel) -> None:
    """12 V from the bus to clean rails, 5 V for the Seed, and the offsets' reference.

    The reference is the ADC's own 3.3 V, inverted: offsets then move with the ADC's
    scale, and 0 V at a jack keeps its word whatever the Seed's regulator does. Its
    47 R isolates the 1 uF that makes it quiet from the amplifier, which is fed back
    behind it; 10 nF is the way for high frequencies.
    """
    bus = {f"p{pin}": "GND" for pin in range(3, 9)}
    bus |= {"p1": "BUS_-12V", "p2": "BUS_-12V", "p9": "BUS_+12V", "p10": "BUS_+12V"}
    sheet.add("bus", item("power"), **bus)
    sheet.add("positive.fuse", item("fuse"), "BUS_+12V", "FUSED_+12V")
    sheet.add("positive.diode", item("schottky"), "+12V", "FUSED_+12V")
    sheet.add("positive.reservoir", item("47u"), "+12V", "GND")
    sheet.add("negative.fuse", item("fuse"), "BUS_-12V", "FUSED_-12V")
    sheet.add("negative.diode", item("schottky"), "FUSED_-12V", "-12V")
    sheet.add("negative.reservoir", item("47u"), "GND", "-12V")

    sheet.add("converter.choke", item("10uH"), "+12V", "CONVERTER_12V")
    sheet.add("converter.input", item("10u"), "CONVERTER_12V", "GND")
    sheet.add("converter", item("converter"), "CONVERTER_12V", "GND", "CONVERTER_5V")
    sheet.add("converter.output", item("10u"), "CONVERTER_5V", "GND")
    sheet.add("converter.bead", item("bead"), "CONVERTER_5V", "+5V")
    sheet.add("converter.reservoir", item("47u"), "+5V", "GND")

    _amplifiers(
        sheet,
        "amplifier",
        "tl072",
        ("+12V", "-12V"),
        [("GND", "REF_SUM", "REF_DRIVE"), ("CV_OUT", "CV_OUT_SUM", "CV_OUT_DRIVE")],
    )
    sheet.add("reference.input", resistor("10k", "precise"), "+3V3A", "REF_SUM")
    sheet.add("reference.feedback", resistor("10k", "precise"), "REF_SUM", "-3V3REF")
    sheet.add("reference.fast", item("10n"), "REF_SUM", "REF_DRIVE")
    sheet.add("reference.isolation", resistor("47"), "REF_DRIVE", "-3V3REF")
    sheet.add("reference.reservoir", item("1u"), "GND", "-3V3REF")
    for net in ("+12V", "-12V", "+5V", "+3V3A", "-3V3REF", "GND"):
        sheet.add(f"test {net}", item("testpoint"), net)


def _cv_inputs(sheet: Sheet, panel: Panel) -> None:
    """Six inverting stages on the ADC's own supply.

    An amplifier between 0 and 3.3 V cannot drive the ADC beyond its limits, whatever is
    patched; its inputs then see at most 0.12 mA through 100 k, and may take 2 mA. Gain
    31.6 k / 100 k puts 10.4 V on 3.3 V: the jack's range and 0.1 V or more either side.
    The offset resistor sets which volts are in the middle: 63.4 k for -5..+5 V, 45.3 k
    for V/OCT's -3..+7 V. 4.7 nF ends the band at 1.07 kHz; 330 R and 10 nF feed the
    ADC's sampling capacitor.
    """
    jacks = panel.of("cv")
    stages: list[Stage] = []
    for jack in jacks:
        name, series = jack.net, "precise" if jack.name == "V/OCT" else "resistor"
        tip, total, out = f"{name}_IN", f"{name}_SUM", f"{name}_AMP"
        _jack(sheet, f"{name}.jack", tip, "GND")
        offset = "45.3k" if jack.range == (-3.0, 7.0) else "63.4k"
        sheet.add(f"{name}.input", resistor("100k", series), tip, total)
        sheet.add(f"{name}.offset", resistor(offset, series), "-3V3REF", total)
        sheet.add(f"{name}.feedback", resistor("31.6k", series), total, out)
        sheet.add(f"{name}.band", item("4.7n"), total, out)
        sheet.add(f"{name}.isolation", resistor("330"), out, cv_net(jack))
        sheet.add(f"{name}.reservoir", item("10n"), cv_net(jack), "GND")
        stages.append(("GND", total, out))
    for gate in gates_in(panel):
        stages.append((f"{gate.net}_LEVEL", f"{gate.net}_CLAMPED", f"{gate.net}_TRIG"))
    for i in (0, 1):
        four = stages[4 * i : 4 * i + 4]
        _amplifiers(sheet, f"amplifiers_{i + 1}", "mcp6004", ("+3V3A", "GND"), four)
    sheet.add("test V_OCT", item("testpoint"), cv_net(jacks[0]))


def gates_in(panel: Panel) -> list[Control]:
    """Return the gate jacks that are inputs."""
    return [gate for gate in panel.of("gate") if gate.direction == "in"]


def _gate_inputs(sheet: Sheet, panel: Panel) -> None:
    """Two inverting Schmitt triggers, from the CV inputs' second package.

    100 k and the diodes keep +-12 V out. 12 k and 10 k from 3.3 V with 39 k of feedback
    switch at 1.72 V up and 1.32 V down; 100 pF takes out what a cable picks up (10 us).
    """
    for gate in gates_in(panel):
        name = gate.net
        tip, clamped, level = f"{name}_GATE_IN", f"{name}_CLAMPED", f"{name}_LEVEL"
        _jack(sheet, f"{name}.jack", tip, "GND")
        sheet.add(f"{name}.load", resistor("100k"), tip, "GND")
        sheet.add(f"{name}.input", resistor("100k"), tip, clamped)
        sheet.add(f"{name}.clamp", item("clamp"), "GND", "+3V3A", clamped)
        sheet.add(f"{name}.filter", item("100p"), clamped, "GND")
        sheet.add(f"{name}.high", resistor("12k"), "+3V3A", level)
        sheet.add(f"{name}.low", resistor("10k"), level, "GND")
        sheet.add(f"{name}.hysteresis", resistor("39k"), level, f"{name}_TRIG")
        sheet.add(f"{name}.output", resistor("1k"), f"{name}_TRIG", gate_net(gate))


def _knobs(sheet: Sheet, panel: Panel) -> None:
    """Eight knobs across the ADC's supply, one after the other to one ADC input.

    10 nF at each wiper is the charge that the multiplexer's switching takes from;
    turned right, the wiper goes to 3.3 V.
    """
    ways = ("13", "14", "15", "12", "1", "5", "2", "4")
    select = {"p11": "KNOB_S0", "p10": "KNOB_S1", "p9": "KNOB_S2"}
    supply = {"p16": "+3V3A", "p6": "GND", "p7": "GND", "p8": "GND", "p3": "KNOB_COM"}
    knobs = panel.of("knob")
    wipers = {
        f"p{way}": f"KNOB_{knob.net}" for way, knob in zip(ways, knobs, strict=True)
    }
    sheet.add("multiplexer", item("multiplexer"), **select, **supply, **wipers)
    sheet.add("multiplexer.bypass", item("100n"), "+3V3A", "GND")
    sheet.add("isolation", resistor("330"), "KNOB_COM", "KNOB")
    sheet.add("reservoir", item("1n"), "KNOB", "GND")
    for knob in knobs:
        wiper = f"KNOB_{knob.net}"
        sheet.add(f"{knob.net}.knob", item("knob"), "GND", wiper, "+3V3A")
        sheet.add(f"{knob.net}.filter", item("10n"), wiper, "GND")


def _audio(sheet: Sheet, panel: Panel) -> None:
    """Line level on the Seed's side, Eurorack's on the other, DC-coupled.

    The Seed couples its codec with capacitors of its own and takes 2 Vpp: a tenth of
    the jack's voltage lets 20 Vpp through unclipped and keeps 12 V within 1.2 V. Full
    scale out of the codec, 2 Vpp, leaves as 10 Vpp. Both codec inputs hear the one
    jack. Each output's 1 k stands a short to +12 V for ever.
    """
    ins = [jack for jack in panel.of("audio") if jack.direction == "in"]
    outs = [jack for jack in panel.of("audio") if jack.direction == "out"]
    for jack in ins:
        _jack(sheet, f"{jack.net}.jack", f"{jack.net}_AUDIO_IN", "GND")
    sheet.add("IN.input", resistor("100k"), "IN_AUDIO_IN", "IN_SUM")
    sheet.add("IN.feedback", resistor("10k"), "IN_SUM", "IN_AMP")
    sheet.add("IN.band", item("220p"), "IN_SUM", "IN_AMP")
    sheet.add("IN.isolation", resistor("470"), "IN_AMP", "AUDIO_IN")
    for jack in outs:
        name = jack.net
        sheet.add(f"{name}.input", resistor("10k"), f"AUDIO_OUT_{name}", f"{name}_SUM")
        sheet.add(f"{name}.feedback", resistor("49.9k"), f"{name}_SUM", f"{name}_AMP")
        sheet.add(f"{name}.band", item("47p"), f"{name}_SUM", f"{name}_AMP")
        guard = resistor("1k", "output")
        sheet.add(f"{name}.guard", guard, f"{name}_AMP", f"{name}_AUDIO_OUT")
        _jack(sheet, f"{name}.jack", f"{name}_AUDIO_OUT")
    rails = ("+12V", "-12V")
    stages: list[Stage] = [("GND", f"{j.net}_SUM", f"{j.net}_AMP") for j in outs]
    _amplifiers(sheet, "amplifiers_out", "tl072", rails, stages)
    spare: Stage = ("GND", "SPARE", "SPARE")
    stages = [("GND", "IN_SUM", "IN_AMP"), spare]
    _amplifiers(sheet, "amplifier_in", "tl072", rails, stages)


def _outputs(sheet: Sheet, panel: Panel) -> None:
    """CV out, from the DAC's 0..3.3 V to -4.98..+4.99 V, and gate out, 0 or 5 V.

    The DAC's own buffer ends 0.2 V before its rails, so it is to be left off; its 13 k
    then see only the amplifier and 10 M (0.13 %); 1 nF smooths its steps. 24.9 k,
    16.5 k to 3.3 V and 48.7 k set gain and offset in one stage; the feedback is taken
    behind the 1 k, so that a load takes nothing from the volts.

    100 k keeps the gate low until the firmware runs; the diodes carry what +-12 V on
    the jack drives through 1 k.
    """
    sheet.add("CV.pull", resistor("10M"), "CV_OUT", "GND")
    sheet.add("CV.filter", item("1n"), "CV_OUT", "GND")
    sheet.add("CV.offset", resistor("16.5k", "precise"), "+3V3A", "CV_OUT_SUM")
    sheet.add("CV.ground", resistor("48.7k", "precise"), "CV_OUT_SUM", "GND")
    sheet.add("CV.feedback", resistor("24.9k", "precise"), "CV_OUT_SUM", "CV_JACK")
    sheet.add("CV.fast", item("1n"), "CV_OUT_SUM", "CV_OUT_DRIVE")
    sheet.add("CV.guard", resistor("1k", "output"), "CV_OUT_DRIVE", "CV_JACK")
    _jack(sheet, "CV.jack", "CV_JACK")

    sheet.add("GATE.pull", resistor("100k"), "GATE_OUT", "GND")
    sheet.add(
        "GATE.buffer", item("buffer"), "GND", "GATE_OUT", "GND", "GATE_DRIVE", "+5V"
    )
    sheet.add("GATE.bypass", item("100n"), "+5V", "GND")
    sheet.add("GATE.clamp", item("clamp"), "GND", "+5V", "GATE_DRIVE")
    sheet.add("GATE.guard", resistor("1k", "output"), "GATE_DRIVE", "GATE_JACK")
    _jack(sheet, "GATE.jack", "GATE_JACK")


def _lights(sheet: Sheet, panel: Panel) -> None:
    """Eight lights at 1.4 mA from the Seed's pins; the button, debounced by 1 ms."""
    for light in panel.of("light"):
        net, anode = f"LIGHT_{light.net}", f"LIGHT_{light.net}_A"
        sheet.add(f"{light.net}.resistor", resistor("1k"), net, anode)
        sheet.add(f"{light.net}.light", item("light"), "GND", anode)
    for button in panel.of("button"):
        net, contact = f"BUTTON_{button.net}", f"{button.net}_CONTACT"
        sheet.add(f"{button.net}.pull", resistor("10k"), "+3V3D", net)
        sheet.add(f"{button.net}.filter", item("100n"), net, "GND")
        sheet.add(f"{button.net}.damping", resistor("1k"), net, contact)
        sheet.add(f"{button.net}.button", item("button"), contact, "GND")


def _seed(sheet: Sheet, panel: Panel) -> None:
    """The Daisy Seed on its sockets, and what a bench needs.

    SWD is not on the Seed's header: a 10-way ribbon goes from the Seed's own connector
    to `ribbon`, and `bench` brings it out with the serial port at 2.54 mm.
    """
    fixed = {
        "VIN": "+5V",
        "3V3_A": "+3V3A",
        "3V3_D": "+3V3D",
        "AGND": "GND",
        "DGND": "GND",
        "AUDIO_IN_L": "AUDIO_IN",
        "AUDIO_IN_R": "AUDIO_IN",
        "AUDIO_OUT_L": "AUDIO_OUT_L",
        "AUDIO_OUT_R": "AUDIO_OUT_R",
        "D29": "SERIAL_TX",
        "D30": "SERIAL_RX",
    }
    nets = {header_pin(name).number: net for name, net in fixed.items()}
    taken = set(nets) & set(seed_nets(panel))
    if taken:
        raise ValueError(f"pin {', '.join(taken)} of the Daisy Seed has two uses")
    nets |= seed_nets(panel)
    order = {f"p{pin.number}": nets[pin.number] for pin in HEADER if pin.number in nets}
    sheet.add("seed", item("seed"), **order)
    sheet.add("analog.reservoir", item("10u"), "+3V3A", "GND")
    sheet.add("analog.bypass", item("100n"), "+3V3A", "GND")
    ribbon = ["+3V3D", "SWDIO", "GND", "SWCLK", "GND", "SWO"]
    sheet.add("ribbon", item("swd"), *ribbon, p9="GND", p10="NRST")
    bench = ["+3V3D", "SWDIO", "SWCLK", "SWO", "NRST", "SERIAL_TX", "SERIAL_RX", "GND"]
    sheet.add("bench", item("bench"), *bench)


SHEETS: dict[str, Callable[[Sheet, Panel], None]] = {
    "power": _power,
    "cv_inputs": _cv_inputs,
    "gate_inputs": _gate_inputs,
    "knobs": _knobs,
    "audio": _audio,
    "outputs": _outputs,
    "lights": _lights,
    "seed": _seed,
}
