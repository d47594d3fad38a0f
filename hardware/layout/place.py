"""Where every part lies, and which way round.

Lengths are mm from the panel's top left corner as the player sees it, y downwards.
Angles are KiCad's, degrees: at 0 pin 1 of a two-legged part lies left, at 90 below, at
180 right, at 270 above; a package on the back has its first row of pins on the left,
counted upwards.

Knobs, jacks, lights and the button lie where panel.toml has them, on the front. All
else lies on the back, where a hand and an iron reach it: power at the top left, as far
from the jacks as the board is long; the Daisy Seed with its analog end downwards; below
it the CV and gate stages, each package amid its own parts; and between the columns of
jacks, whose pins leave the back free, the stages at +-12 V, each above the jack that it
drives.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hardware.circuit.model import Circuit
from hardware.circuit.panel import Control, Panel
from hardware.circuit.sheets import gates_in
from hardware.layout.footprints import Place
from hardware.layout.items import LayoutError

# Where the shaft, hole or lens is in a footprint, and its angle: pins below a knob.
PANEL_PARTS = {
    "knob": ((7.5, 2.5), 90.0),
    "jack": ((0.0, 6.48), 0.0),
    "light": ((1.27, 0.0), 0.0),
    "button": ((3.25, 2.25), 0.0),
}

Spot = tuple[float, float, float]  # x, y, angle
Key = tuple[str, str]  # sheet, role

# The board behind the panel: 0.5 mm narrower on either side than 16 HP, and clear of
# the case's rails, which reach 9 mm inwards from the panel's edges.
CORNER = (1.0, 9.5)
SIZE = (79.0, 109.5)
COPPER_LAYERS = 4

# From the bus (-12 V left, as on the cable) down through fuses and diodes at the left
# edge; +12 V then turns right to the converter, which is beside the Seed's VIN.
POWER: dict[str, Spot] = {
    "bus": (7.0, 14.6, 270),
    "negative.fuse": (3.25, 24.1, 270),
    "positive.fuse": (7.9, 24.1, 270),
    "negative.diode": (3.25, 32.75, 270),
    "positive.diode": (7.9, 32.75, 90),
    "negative.reservoir": (5.3, 43.6, 90),
    "positive.reservoir": (15.5, 40.3, 0),
    "converter.choke": (25.06, 14.8, 90),
    "converter.input": (31.2, 11.4, 0),
    "converter": (31.0, 14.9, 0),
    "converter.output": (35.7, 11.4, 180),
    "converter.bead": (36.0, 22.5, 0),
    "converter.reservoir": (30.0, 40.3, 180),
    "test +12V": (2.6, 87.0, 0),
    "test -12V": (2.6, 90.5, 0),
    "test +5V": (2.6, 94.0, 0),
    "test +3V3A": (2.6, 97.5, 0),
    "test -3V3REF": (2.6, 101.0, 0),
    "test GND": (2.6, 104.5, 0),
}

# Multiplexer and the knobs' capacitors, whose charge its switching takes.
KNOBS: dict[str, Spot] = {
    "multiplexer": (74.6, 40.5, 0),
    "multiplexer.bypass": (74.6, 47.4, 180),
    "SHAPE.filter": (68.8, 43.4, 180),
    "TICKET.filter": (68.8, 40.6, 180),
    "LEVEL.filter": (68.8, 37.8, 180),
    "PITCH.filter": (64.9, 43.4, 180),
    "ANSWER.filter": (64.9, 40.6, 180),
    "COLOR.filter": (64.9, 37.8, 180),
    "X.filter": (61.0, 43.4, 180),
    "Y.filter": (61.0, 40.6, 180),
    "isolation": (61.0, 37.8, 0),
    "reservoir": (37.75, 39.65, 180),
}

SEED: dict[str, Spot] = {
    "seed": (56.62, 13.0, 180),
    "analog.reservoir": (37.75, 61.4, 180),
    "analog.bypass": (33.8, 61.4, 180),
    "ribbon": (66.0, 15.5, 0),
    "bench": (77.4, 12.4, 180),
}

BUTTON: dict[str, Spot] = {
    "SLOT.damping": (11.0, 79.2, 180),
    "SLOT.filter": (11.0, 81.8, 0),
    "SLOT.pull": (6.8, 79.2, 0),
}

GATE_OUT: dict[str, Spot] = {
    "GATE.bypass": (75.6, 57.2, 0),
    "GATE.buffer": (75.6, 60.2, 180),
    "GATE.pull": (75.6, 63.2, 0),
    "GATE.clamp": (75.6, 66.4, 180),
    "GATE.guard": (75.6, 69.6, 180),
}

# Between two columns of jacks, x from the middle between them. The package lies across,
# pins 1..4 above: its first amplifier's parts lie above it, the second's below.
CHANNEL = 5.9
LEFT, RIGHT = -1.95, 1.95
LINE_OUT: dict[str, Spot] = {
    "L.band": (LEFT, 89.8, 180),
    "L.input": (RIGHT, 89.8, 180),
    "L.feedback": (LEFT, 92.4, 180),
    "amplifiers_out.bypass_low": (RIGHT, 92.4, 0),
    "amplifiers_out": (0.0, 97.5, 270),
    "amplifiers_out.bypass": (LEFT, 102.85, 0),
    "R.feedback": (RIGHT, 102.85, 180),
    "R.input": (LEFT, 105.45, 0),
    "R.band": (RIGHT, 105.45, 180),
    "L.guard": (-2.3, 110.8, 270),
    "R.guard": (2.3, 110.8, 270),
}
LINE_IN: dict[str, Spot] = {
    "IN.isolation": (LEFT, 87.2, 0),
    "IN.band": (LEFT, 89.8, 180),
    "IN.input": (RIGHT, 89.8, 180),
    "IN.feedback": (LEFT, 92.4, 180),
    "amplifier_in.bypass_low": (RIGHT, 92.4, 0),
    "amplifier_in": (0.0, 97.5, 270),
    "amplifier_in.bypass": (LEFT, 102.85, 0),
}
REFERENCE: dict[str, Spot] = {
    "reference.reservoir": (LEFT, 87.2, 0),
    "reference.input": (RIGHT, 87.2, 180),
    "reference.isolation": (LEFT, 89.8, 0),
    "reference.feedback": (RIGHT, 89.8, 0),
    "reference.fast": (LEFT, 92.4, 180),
    "amplifier.bypass_low": (RIGHT, 92.4, 0),
    "amplifier": (0.0, 97.5, 270),
    "amplifier.bypass": (LEFT, 102.85, 0),
}
CV_OUT: dict[str, Spot] = {
    "CV.fast": (RIGHT, 102.85, 180),
    "CV.filter": (LEFT, 105.45, 180),
    "CV.feedback": (RIGHT, 105.45, 0),
    "CV.pull": (LEFT, 108.05, 180),
    "CV.offset": (RIGHT, 108.05, 180),
    "CV.ground": (RIGHT, 110.65, 0),
    "CV.guard": (0.0, 113.6, 0),
}
GATE_IN: dict[str, Spot] = {
    "load": (0.0, 103.6, 0),
    "input": (0.0, 106.2, 0),
    "clamp": (0.0, 109.6, 0),
}

# Round a quad amplifier: rows 2.58 mm apart leave a track or a name between two parts.
# Near parts lie beside its pins, far ones outside. Angles are those of parts on the
# left, where pin 2 of `feedback`, the output, then lies inside.
ROW = 2.58
NEAR, FAR = 5.8, 9.7
CV_STAGE: dict[str, Spot] = {
    "isolation": (NEAR, 0.5 * ROW, 180),
    "feedback": (NEAR, 1.5 * ROW, 0),
    "band": (NEAR, 2.5 * ROW, 0),
    "input": (FAR, 1.5 * ROW, 0),
    "offset": (FAR, 2.5 * ROW, 0),
}
GATE_STAGE: dict[str, Spot] = {
    "output": (NEAR, 0.5 * ROW, 180),
    "hysteresis": (NEAR, 1.5 * ROW, 0),
    "filter": (NEAR, 2.5 * ROW, 180),
    "low": (FAR, 1.5 * ROW, 180),
    "high": (FAR, 2.5 * ROW, 0),
}


@dataclass(frozen=True)
class Quad:
    """A quad amplifier and the corners that its four stages have, left -1, below +1.

    beside_supply: the stage whose place nearest to the package the bypass takes.
    """

    role: str
    at: Spot
    beside_supply: str
    corners: tuple[tuple[str, int, int], ...]


QUADS = (
    Quad(
        "amplifiers_1",
        (27.3, 77.2, 0),
        "X",
        (("V_OCT", -1, 1), ("X", -1, -1), ("Y", 1, -1), ("COLOR", 1, 1)),
    ),
    Quad(
        "amplifiers_2",
        (51.1, 77.2, 180),
        "LEVEL",
        (("LEVEL", 1, -1), ("TICKET", 1, 1), ("GATE", -1, 1), ("DRAW", -1, -1)),
    ),
)


def seen_parts(panel: Panel) -> Iterator[tuple[Control, Key, str]]:
    """Yield the parts that a player sees: sheet and role, and the kind of part."""
    sheets = {
        "knob": ("knobs", "knob"),
        "cv": ("cv_inputs", "jack"),
        "audio": ("audio", "jack"),
        "dac": ("outputs", "jack"),
        "gate": ("gate_inputs", "jack"),
        "light": ("lights", "light"),
        "button": ("lights", "button"),
    }
    for control in panel.controls:
        sheet, kind = sheets[control.kind]
        if control.kind == "gate" and control.direction == "out":
            sheet = "outputs"
        yield control, (sheet, f"{control.net}.{kind}"), kind


def _panel_parts(panel: Panel) -> Iterator[tuple[Key, Place]]:
    """Yield where the parts that a player sees lie."""
    for control, key, kind in seen_parts(panel):
        anchor, angle = PANEL_PARTS[kind]
        dx, dy = Place(0.0, 0.0, angle, "F").at(anchor)
        x, y = control.position
        yield key, Place(round(x - dx, 4), round(y - dy, 4), angle, "F")


def _beside(table: Mapping[str, Spot], x: float) -> dict[str, Spot]:
    return {role: (x + dx, y, angle) for role, (dx, y, angle) in table.items()}


def _channels(panel: Panel) -> Iterator[tuple[str, Mapping[str, Spot]]]:
    """Yield what lies between jacks: right of IN and L, left of CV, by the gates."""
    audio = {jack.name: jack.position[0] for jack in panel.of("audio")}
    yield "audio", _beside(LINE_OUT, audio["L"] + CHANNEL)
    yield "audio", _beside(LINE_IN, audio["IN"] + CHANNEL)
    cv_out = panel.of("dac")[0].position[0]
    yield "power", _beside(REFERENCE, cv_out - CHANNEL)
    yield "outputs", _beside(CV_OUT, cv_out - CHANNEL)
    for gate in gates_in(panel):
        spots = _beside(GATE_IN, gate.position[0] + CHANNEL)
        yield "gate_inputs", {f"{gate.net}.{role}": s for role, s in spots.items()}


def _quads() -> Iterator[tuple[str, Mapping[str, Spot]]]:
    """Yield the CV inputs' packages with their stages."""
    for quad in QUADS:
        x, y, _ = quad.at
        yield "cv_inputs", {quad.role: quad.at}
        for name, right, below in quad.corners:
            is_gate = name in {"GATE", "DRAW"}
            table = GATE_STAGE if is_gate else CV_STAGE
            spots = {f"{name}.{role}": spot for role, spot in table.items()}
            if name == quad.beside_supply:
                dx, dy, angle = table["isolation"]
                spots[f"{quad.role}.bypass"] = (dx, dy, angle)
                spots[f"{name}.isolation"] = (FAR, dy, angle)
            turn = 180.0 if right > 0 else 0.0
            yield (
                "gate_inputs" if is_gate else "cv_inputs",
                {
                    role: (x + right * dx, y + below * dy, (angle + turn) % 360)
                    for role, (dx, dy, angle) in spots.items()
                },
            )


def _reservoirs(panel: Panel) -> dict[str, Spot]:
    """The CV inputs' capacitors, each beside its pin of the Seed.

    Two give way to the lug of the knob that is there.
    """
    rows = (58.8, 56.2, 53.6, 51.0, 42.25, 44.85)
    return {
        f"{jack.net}.reservoir": (37.75, y, 180.0)
        for jack, y in zip(panel.of("cv"), rows, strict=True)
    }


def _lights(panel: Panel) -> dict[str, Spot]:
    """A light's resistor above its anode."""
    return {
        f"{light.net}.resistor": (x + 1.27, y - 3.0, 270)
        for light in panel.of("light")
        for x, y in (light.position,)
    }


def _back_parts(panel: Panel) -> Iterator[tuple[str, Mapping[str, Spot]]]:
    yield "power", POWER
    yield "knobs", KNOBS
    yield "seed", SEED
    yield "lights", BUTTON
    yield "outputs", GATE_OUT
    yield "cv_inputs", {"test V_OCT": (34.3, 58.3, 0)}
    yield "cv_inputs", _reservoirs(panel)
    yield "lights", _lights(panel)
    yield from _quads()
    yield from _channels(panel)


def places(circuit: Circuit, panel: Panel) -> dict[str, Place]:
    """Return every part's place, by its reference."""
    placed = dict(_panel_parts(panel))
    for sheet, table in _back_parts(panel):
        for role, (x, y, angle) in table.items():
            placed[sheet, role] = Place(round(x, 4), round(y, 4), angle, "B")
    parts = {(part.sheet, part.role): part.reference for part in circuit.parts}
    if parts.keys() != placed.keys():
        odd = sorted(parts.keys() ^ placed.keys())
        raise LayoutError(f"these have a part or a place, but not both: {odd}")
    return {reference: placed[key] for key, reference in parts.items()}
