"""The schematic: KiCad has nothing to say, and its nets are the declared ones."""

import re
from pathlib import Path

import pytest

from hardware.circuit.model import Circuit
from hardware.circuit.panel import PANEL, Panel, read_panel
from hardware.circuit.pins import (
    FIRMWARE,
    firmware_faults,
    header_faults,
    schematic_faults,
)
from hardware.circuit.sheets import build
from hardware.kicad import components, electrical_rules, netlist, nets
from hardware.make import BOARD, is_taken_over, made
from hardware.schematic.write import schematic_files
from hardware.sexpr import Node

SCHEMATIC = BOARD / "tombola.kicad_sch"


@pytest.fixture(scope="module")
def panel() -> Panel:
    return read_panel()


@pytest.fixture(scope="module")
def circuit(panel: Panel) -> Circuit:
    return build(panel)


@pytest.fixture(scope="module")
def exported() -> Node:
    return netlist(SCHEMATIC)


def test_made_files_are_what_their_sources_say() -> None:
    stale = [
        path.name
        for path, text in made().items()
        if not is_taken_over(path, text) and path.read_text("utf-8") != text
    ]
    assert stale == []


def test_making_twice_gives_the_same_bytes() -> None:
    assert made() == made()


def test_the_electrical_rules_report_nothing() -> None:
    assert electrical_rules(SCHEMATIC) == []


def test_nets_in_the_schematic_are_the_declared_ones(
    circuit: Circuit, exported: Node
) -> None:
    assert set(nets(exported).values()) == set(circuit.nets().values())


def test_nets_that_the_schematic_names_have_their_declared_names(
    circuit: Circuit, exported: Node
) -> None:
    named = {n.rsplit("/", 1)[-1]: p for n, p in nets(exported).items()}
    declared = circuit.nets()
    shared = named.keys() & declared.keys()
    assert {"GND", "+12V", "-3V3REF", "CV_V_OCT", "AUDIO_IN"} <= shared
    assert {n: named[n] for n in shared} == {n: declared[n] for n in shared}


def test_parts_in_the_schematic_can_be_ordered(
    circuit: Circuit, exported: Node
) -> None:
    found = components(exported)
    assert found.keys() == {part.reference for part in circuit.parts}
    for part in circuit.parts:
        row, item = found[part.reference], part.item
        assert (row["value"], row["footprint"]) == (item.value, item.footprint)
        assert row["Part number"] == item.number
        assert row["Rating"] == item.rating != ""
        if item.prefix != "TP":
            assert item.number
            assert item.alternative


def test_panel_header_schematic_and_firmware_mean_the_same_pins(
    panel: Panel, circuit: Circuit, exported: Node
) -> None:
    seed = circuit.part("seed", "seed").reference
    assert header_faults(panel) == []
    assert firmware_faults(panel, FIRMWARE.read_text("utf-8")) == []
    assert schematic_faults(panel, nets(exported), seed) == []


def swapped(text: str, first: str, second: str) -> str:
    """Return a text with two words exchanged."""
    assert first in text
    assert second in text
    words = {first: second, second: first}
    pattern = "|".join(rf"{re.escape(w)}(?!\w)" for w in (first, second))
    return re.sub(pattern, lambda match: words[match.group()], text)


@pytest.mark.parametrize(
    ("first", "second"),
    [('"A1", port = "PA3"', '"A2", port = "PB1"'), ('"D7"', '"D10"'), ('"D1"', '"D2"')],
)
def test_a_pin_moved_on_the_panel_is_caught(
    tmp_path: Path, circuit: Circuit, exported: Node, first: str, second: str
) -> None:
    path = tmp_path / "panel.toml"
    path.write_text(swapped(PANEL.read_text("utf-8"), first, second), "utf-8")
    moved = read_panel(path)
    assert firmware_faults(moved, FIRMWARE.read_text("utf-8"))
    if not header_faults(moved):
        seed = circuit.part("seed", "seed").reference
        assert schematic_faults(moved, nets(exported), seed)


def test_a_pin_moved_in_the_firmware_is_caught(panel: Panel) -> None:
    header = FIRMWARE.read_text("utf-8")
    assert firmware_faults(panel, swapped(header, "{'G', 10", "{'G', 11"))


def test_wires_moved_in_the_schematic_are_caught(
    panel: Panel, circuit: Circuit, tmp_path: Path
) -> None:
    files = schematic_files(circuit, panel)
    files["seed.kicad_sch"] = swapped(files["seed.kicad_sch"], '"CV_X"', '"CV_Y"')
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    found = nets(netlist(tmp_path / "tombola.kicad_sch"))
    assert set(found.values()) != set(circuit.nets().values())
    seed = circuit.part("seed", "seed").reference
    assert len(schematic_faults(panel, found, seed)) == 2


def test_a_file_that_a_person_took_over_is_left_alone(tmp_path: Path) -> None:
    path, text = next((p, t) for p, t in made().items() if p == SCHEMATIC)
    theirs = tmp_path / path.name
    theirs.write_text(text.replace("Made by", "Edited by"), "utf-8")
    assert is_taken_over(theirs, text)
    theirs.write_text(text, "utf-8")
    assert not is_taken_over(theirs, text)
