"""The main board: KiCad has no complaint, and it is the circuit, where it belongs."""

import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.circuit.model import Circuit
from hardware.circuit.panel import Control, Panel, read_panel
from hardware.circuit.sheets import build
from hardware.kicad import Violation, design_rules
from hardware.layout.netclasses import CLASSES
from hardware.layout.place import CORNER, SIZE
from hardware.layout.write import DIGESTS, board_files, is_as_made
from hardware.make import BOARD, BOARD_FILE
from hardware.schematic.page import MARK
from hardware.schematic.write import schematic_files
from hardware.sexpr import Node, find, parse

SEGMENT = re.compile(r"\t\(segment\n(?:\t\t.*\n)+?\t\)\n")
# What switches while the module plays; all else is audio, control voltage or supply.
DIGITAL = re.compile(r"/(LIGHT_\d|KNOB_S\d|SERIAL_..|SWDIO|SWCLK|SWO|NRST)$")


@pytest.fixture(scope="module")
def panel() -> Panel:
    return read_panel()


@pytest.fixture(scope="module")
def circuit(panel: Panel) -> Circuit:
    return build(panel)


@pytest.fixture(scope="module")
def text() -> str:
    return BOARD_FILE.read_text("utf-8")


@pytest.fixture(scope="module")
def board(text: str) -> Node:
    return parse(text)


def numbers(node: Node, name: str) -> list[float]:
    return [float(str(n)) for n in find(node, name)[0][1:]]


def reference(footprint: Node) -> str:
    (row,) = [p for p in find(footprint, "property") if p[1] == "Reference"]
    return str(row[2])


def nets(board: Node) -> set[frozenset[tuple[str, str]]]:
    """Return the (reference, pin) pairs of every net that joins something."""
    joined: dict[str, set[tuple[str, str]]] = {}
    for footprint in find(board, "footprint"):
        for pad in find(footprint, "pad"):
            for net in find(pad, "net"):
                name = str(net[2])
                joined.setdefault(name, set()).add((reference(footprint), str(pad[1])))
    return {
        frozenset(pins)
        for name, pins in joined.items()
        if not name.startswith("unconnected-")
    }


def middle(footprint: Node) -> tuple[float, float]:
    """Return where a panel part's shaft, bushing, lens or stem is.

    The library draws a circle around it.
    """
    x, y, *rest = numbers(footprint, "at")
    turn = math.radians(rest[0] if rest else 0.0)
    dx, dy = numbers(find(footprint, "fp_circle")[0], "center")
    return (
        x + dx * math.cos(turn) + dy * math.sin(turn),
        y - dx * math.sin(turn) + dy * math.cos(turn),
    )


def panel_parts(circuit: Circuit, panel: Panel) -> Iterator[tuple[str, Control]]:
    """Yield the reference of every part that a player sees, with its control."""
    own = {"knob": "knob", "light": "light", "button": "button"}
    for control in panel.controls:
        role = f"{control.net}.{own.get(control.kind, 'jack')}"
        found = {p.sheet: p.reference for p in circuit.parts if p.role == role}
        if len(found) > 1:
            is_output = control.direction == "out"
            found = {s: r for s, r in found.items() if (s == "outputs") == is_output}
        (reference_,) = found.values()
        yield reference_, control


def misplaced(board: Node, circuit: Circuit, panel: Panel) -> list[str]:
    """Return the panel parts that are 0.01 mm or more beside their place."""
    places = {reference(f): f for f in find(board, "footprint")}
    return [
        name
        for name, control in panel_parts(circuit, panel)
        if math.dist(middle(places[name]), control.position) >= 0.01
    ]


def rules(folder: Path, text: str) -> list[Violation]:
    """Return what KiCad says of a board with this content, beside its schematic."""
    for path in BOARD.glob("*"):
        if path != BOARD_FILE:
            shutil.copy(path, folder / path.name)
    changed = folder / BOARD_FILE.name
    changed.write_text(text, "utf-8")
    return design_rules(changed, with_schematic=True)


def test_the_design_rules_and_the_schematic_have_no_complaint() -> None:
    assert design_rules(BOARD_FILE, with_schematic=True) == []


def test_its_nets_are_the_declared_ones(board: Node, circuit: Circuit) -> None:
    assert nets(board) == set(circuit.nets().values())


def test_what_a_player_sees_is_where_the_panel_has_it(
    board: Node, circuit: Circuit, panel: Panel
) -> None:
    assert len(list(panel_parts(circuit, panel))) == len(panel.controls)
    assert misplaced(board, circuit, panel) == []


def test_a_part_that_is_moved_is_caught(
    text: str, circuit: Circuit, panel: Panel
) -> None:
    (jack,) = [r for r, c in panel_parts(circuit, panel) if c.name == "V/OCT"]
    x, y = next(
        numbers(f, "at") for f in find(parse(text), "footprint") if reference(f) == jack
    )
    moved = text.replace(f"\t\t(at {x:g} {y:g})\n", f"\t\t(at {x + 0.02:g} {y:g})\n", 1)
    assert moved != text
    assert misplaced(parse(moved), circuit, panel) == [jack]


def test_a_swapped_net_and_a_missing_track_are_caught(
    text: str, circuit: Circuit, tmp_path: Path
) -> None:
    pads = (rf'\t\t\t\(net \d+ "/CV inputs/CV_{name}"\)\n' for name in "XY")
    one, other = (re.findall(pad, text)[0] for pad in pads)
    swapped = text.replace(one, other, 1)
    assert nets(parse(swapped)) != set(circuit.nets().values())
    track = next(t for t in SEGMENT.findall(text) if '(layer "In1.Cu")' in t)
    found = rules(tmp_path, swapped.replace(track, "", 1))
    assert {"net_conflict", "unconnected_items"} <= {v.rule for v in found}


def test_ground_is_whole(board: Node) -> None:
    layers = {str(find(track, "layer")[0][1]) for track in find(board, "segment")}
    assert layers == {"F.Cu", "In1.Cu", "B.Cu"}, "In2 is ground and nothing else"
    poured = [zone for zone in find(board, "zone") if find(zone, "filled_polygon")]
    assert {str(find(zone, "net_name")[0][1]) for zone in poured} == {"GND"}


def test_every_track_has_its_class_width(board: Node, circuit: Circuit) -> None:
    declared = {pin: net for net, pins in circuit.nets().items() for pin in pins}
    names = {}
    for footprint in find(board, "footprint"):
        for pad in find(footprint, "pad"):
            for net in find(pad, "net"):
                pin = (reference(footprint), str(pad[1]))
                names[str(net[1])] = declared.get(pin, "")
    widths = {net: c.width for c in CLASSES for net in c.nets}
    assert widths.keys() <= set(names.values())
    for track in find(board, "segment"):
        net = names[str(find(track, "net")[0][1])]
        assert numbers(track, "width") == [widths.get(net, CLASSES[0].width)], net


def test_digital_tracks_stay_above_the_analog_stages(board: Node, panel: Panel) -> None:
    names = {str(net[1]): str(net[2]) for net in find(board, "net")}
    below = max(light.position[1] for light in panel.of("light")) + 2.0
    for segment in find(board, "segment"):
        if DIGITAL.search(names[str(find(segment, "net")[0][1])]):
            assert numbers(segment, "start")[1] < below
            assert numbers(segment, "end")[1] < below


def test_it_fits_behind_the_panel_and_between_the_rails(
    board: Node, panel: Panel
) -> None:
    assert CORNER[0] >= 0.5
    assert CORNER[0] + SIZE[0] <= panel.size[0] - 0.5
    assert CORNER[1] >= 9.0
    assert CORNER[1] + SIZE[1] <= panel.size[1] - 9.0


def test_a_board_that_a_person_took_over_is_left_alone(
    text: str, circuit: Circuit, panel: Panel, tmp_path: Path
) -> None:
    theirs = tmp_path / BOARD_FILE.name
    edited = text.replace(MARK, "Edited by hand").replace("TOMBOLA", "OURS")
    theirs.write_text(edited, "utf-8")
    files = board_files(circuit, panel, schematic_files(circuit, panel), theirs)
    assert files[BOARD_FILE.name] == edited


def test_a_board_is_kept_while_what_it_is_made_from_and_itself_are_the_same(
    text: str,
) -> None:
    found = DIGESTS.search(text)
    assert found is not None
    assert is_as_made(text, found[1])
    assert not is_as_made(text, "0" * 16), "made from something else"
    assert not is_as_made(text.replace("(width 0.25)", "(width 0.3)", 1), found[1])
