"""Panel, board and Seed fit together: measured on the boards' files, with heights."""

from dataclasses import replace

import pytest

from hardware.circuit.model import Circuit
from hardware.circuit.panel import Panel, read_panel
from hardware.circuit.sheets import build
from hardware.fit.solids import round_holes, solids, standing
from hardware.fit.stack import DEPTH_MM, depth, faults
from hardware.make import BOARD_FILE
from hardware.panel.write import PANEL_BOARD
from hardware.sexpr import Node, find, parse


@pytest.fixture(scope="module")
def panel() -> Panel:
    return read_panel()


@pytest.fixture(scope="module")
def circuit(panel: Panel) -> Circuit:
    return build(panel)


@pytest.fixture(scope="module")
def board() -> Node:
    return parse(BOARD_FILE.read_text("utf-8"))


@pytest.fixture(scope="module")
def front() -> Node:
    return parse(PANEL_BOARD.read_text("utf-8"))


def shifted(board: Node, reference: str, right: float) -> Node:
    """Return a board whose part or hole of that name lies further right."""
    named = [
        footprint
        for footprint in find(board, "footprint")
        if str(find(footprint, "property")[0][2]) == reference
    ]
    assert len(named) == 1
    at = find(named[0], "at")[0]
    moved: Node = ["at", float(str(at[1])) + right, *at[2:]]
    footprint: Node = [moved if e is at else e for e in named[0]]
    return [footprint if e is named[0] else e for e in board]


def taller(circuit: Circuit, reference: str, by: float) -> Circuit:
    """Return a circuit with one part as much higher."""
    parts = list(circuit.parts)
    (i,) = (i for i, part in enumerate(parts) if part.reference == reference)
    item = parts[i].item
    item = replace(item, height_mm=item.height_mm + by)
    parts[i] = replace(parts[i], item=item)
    return replace(circuit, parts=parts)


def test_all_fits(board: Node, front: Node, circuit: Circuit, panel: Panel) -> None:
    stack = solids(board, circuit)
    assert {solid.part for solid in stack} >= {
        part.reference for part in circuit.parts if part.item.prefix != "TP"
    }
    assert faults(stack, round_holes(front), panel) == []
    assert 20.0 < depth(stack) < DEPTH_MM


@pytest.mark.parametrize("role", ["V_OCT.jack", "L.jack"])
def test_a_jack_that_is_moved_is_caught(
    board: Node, front: Node, circuit: Circuit, panel: Panel, role: str
) -> None:
    (jack,) = (part.reference for part in circuit.parts if part.role == role)
    stack = solids(shifted(board, jack, 0.02), circuit)
    found = faults(stack, round_holes(front), panel)
    assert f"{jack} is 0.020 mm beside its hole in the panel" in found


def test_a_panel_hole_that_is_moved_is_caught(
    board: Node, front: Node, circuit: Circuit, panel: Panel
) -> None:
    holes = round_holes(shifted(front, "H5", -0.02))
    found = faults(solids(board, circuit), holes, panel)
    knob = circuit.part("knobs", "PITCH.knob").reference
    assert set(found) == {f"{knob} is 0.020 mm beside its hole in the panel"}


def test_a_part_that_is_too_tall_is_caught(
    board: Node, front: Node, circuit: Circuit, panel: Panel
) -> None:
    converter = circuit.part("power", "converter").reference
    stack = solids(board, taller(circuit, converter, 9.0))
    found = faults(stack, round_holes(front), panel)
    assert f"{converter} reaches 31.0 mm behind the panel" in found


def test_only_what_is_low_fits_under_the_seed(
    board: Node, front: Node, circuit: Circuit, panel: Panel
) -> None:
    seed = circuit.part("seed", "seed").reference
    resistor = circuit.part("knobs", "isolation").reference
    (x,) = (p.place.x for p in standing(board, circuit) if p.reference == resistor)
    stack = solids(board, circuit)
    (middle,) = (s.centre[0] for s in stack if s.part == seed and s.colour == "board")
    under = shifted(board, resistor, middle - x)
    low, high = (
        faults(solids(under, taller(circuit, resistor, by)), round_holes(front), panel)
        for by in (0.0, 10.0)
    )
    assert f"{resistor} and {seed} collide" not in low
    assert f"{resistor} and {seed} collide" in high


def test_two_parts_in_one_place_are_caught(
    board: Node, front: Node, circuit: Circuit, panel: Panel
) -> None:
    chip = circuit.part("cv_inputs", "amplifiers_1").reference
    stack = solids(shifted(board, chip, 3.0), circuit)
    found = faults(stack, round_holes(front), panel)
    assert any(chip in row and "collide" in row for row in found)
