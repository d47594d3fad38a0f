"""The front panel: its holes are where panel.toml says, and KiCad has no complaint."""

import math
from pathlib import Path

import pytest

from hardware.circuit.panel import Panel, read_panel
from hardware.kicad import design_rules
from hardware.panel.draw import HP, hole_size, mounting_holes
from hardware.panel.write import PANEL_BOARD
from hardware.sexpr import Node, find, parse

# Doepfer, A-100 technical details: holes for M3 screws, 128.5 mm high, 122.5 mm apart.
SCREWS_APART = 122.5
WIDEST_THREAD = 3.2


@pytest.fixture(scope="module")
def panel() -> Panel:
    return read_panel()


def holes(board: Node) -> dict[tuple[float, float], tuple[float, ...]]:
    """Return every hole's size (one number, or two of a slot) by its centre."""
    found = {}
    for footprint in find(board, "footprint"):
        x, y = (float(str(n)) for n in find(footprint, "at")[0][1:3])
        for pad in find(footprint, "pad"):
            drill = find(pad, "drill")[0][1:]
            assert find(pad, "at")[0][1:] == ["0", "0"]
            found[x, y] = tuple(float(str(n)) for n in drill if n != "oval")
    return found


def test_every_control_has_its_hole_and_no_hole_has_none(panel: Panel) -> None:
    found = holes(parse(PANEL_BOARD.read_text("utf-8")))
    wanted = [(c.position, hole_size(c)) for c in panel.controls]
    for position, size in wanted:
        near = [h for h in found if math.dist(h, position) <= 0.01]
        assert len(near) == 1, f"no hole at {position}"
        assert found.pop(near[0]) == (size,)
    assert sorted(found) == sorted(mounting_holes(panel))


def test_the_screws_fit_the_rails(panel: Panel) -> None:
    found = holes(parse(PANEL_BOARD.read_text("utf-8")))
    slots = [hole for hole, size in found.items() if len(size) == 2]
    xs, ys = (sorted({hole[axis] for hole in slots}) for axis in (0, 1))
    assert ys[1] - ys[0] == pytest.approx(SCREWS_APART, abs=0.01)
    assert (xs[1] - xs[0]) / HP == pytest.approx(round((xs[1] - xs[0]) / HP), abs=1e-3)
    assert all(found[slot][1] >= WIDEST_THREAD for slot in slots)


def test_the_design_rules_report_nothing() -> None:
    assert design_rules(PANEL_BOARD) == []


def test_a_hole_that_is_moved_is_caught(panel: Panel, tmp_path: Path) -> None:
    text = PANEL_BOARD.read_text("utf-8")
    x, y = panel.of("cv")[0].position
    moved = text.replace(f"(at {x:g} {y:g})", f"(at {x + 0.02:g} {y:g})")
    assert moved != text
    found = holes(parse(moved))
    assert not any(math.dist(hole, (x, y)) <= 0.01 for hole in found)
