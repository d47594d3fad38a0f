"""What is sent to a board house is what the boards say, and stays so."""

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from hardware.circuit.model import Circuit
from hardware.circuit.panel import read_panel
from hardware.circuit.sheets import build
from hardware.fab.bom import BATCHES, Line, cost, lines
from hardware.fab.export import gerbers, interactive_bom, positions_csv
from hardware.fit.solids import standing
from hardware.make import BOARD_FILE, FAB
from hardware.order import MADE_FROM, exports, sources
from hardware.panel.write import PANEL_BOARD
from hardware.sexpr import parse

GUIDE = Path(__file__).resolve().parents[2] / "docs/build/module.md"
LARGEST = 3e6


@pytest.fixture(scope="module")
def circuit() -> Circuit:
    return build(read_panel())


def test_the_folder_is_made_from_what_is_there() -> None:
    assert (FAB / MADE_FROM).read_text("utf-8") == sources(), "run make hardware"


def test_the_folder_is_whole_and_small(circuit: Circuit) -> None:
    wanted = {
        path for path in exports(circuit, read_panel().size) if path.parent == FAB
    }
    found = set(FAB.iterdir())
    made_from = {FAB / name for name in ("bom.csv", "assembly.csv", MADE_FROM)}
    assert found == wanted | made_from
    assert sum(path.stat().st_size for path in found) < LARGEST


def test_gerbers_are_the_boards() -> None:
    assert gerbers(PANEL_BOARD) == (FAB / "panel-gerbers.zip").read_bytes()
    assert gerbers(BOARD_FILE) == (FAB / "board-gerbers.zip").read_bytes()


@pytest.mark.parametrize(("name", "copper"), [("board", 4), ("panel", 2)])
def test_a_board_house_finds_every_layer(name: str, copper: int) -> None:
    with zipfile.ZipFile(FAB / f"{name}-gerbers.zip") as archive:
        names = archive.namelist()
        texts = {n: archive.read(n).decode() for n in names}
    assert sum("_Cu." in n for n in names) == copper
    for layer in ("F_Mask", "B_Mask", "F_Silkscreen", "B_Silkscreen", "Edge_Cuts"):
        (found,) = (n for n in names if layer in n)
        assert texts[found].endswith("M02*\n")
    drills = [text for n, text in texts.items() if n.endswith(".drl")]
    assert len(drills) == 2
    assert all("METRIC" in text for text in drills)
    told = re.compile(r"20\d\d-\d\d-\d\d|9\.0\.\d")
    assert not any(told.search(text) for text in texts.values()), "a date or release"


def test_panel_holes_are_drilled_where_the_panel_says() -> None:
    """Read back from the drill files, which are what the machine follows."""
    with zipfile.ZipFile(FAB / "panel-gerbers.zip") as archive:
        text = "".join(
            archive.read(n).decode() for n in archive.namelist() if n.endswith(".drl")
        )
    drilled = {
        (float(x), float(y))
        for x, y in re.findall(r"^X([\d.]+)Y-([\d.]+)$", text, re.MULTILINE)
    }
    assert {c.position for c in read_panel().controls} <= drilled


def test_every_assembled_part_has_a_place_and_a_number(circuit: Circuit) -> None:
    placed = list(csv.DictReader(io.StringIO((FAB / "positions.csv").read_text())))
    bought = csv.DictReader(io.StringIO((FAB / "assembly.csv").read_text()))
    listed = [ref for row in bought for ref in row["Designator"].split(",")]
    assert sorted(row["Designator"] for row in placed) == sorted(listed)
    assert {row["Layer"] for row in placed} == {"Bottom"}
    assert positions_csv(BOARD_FILE, circuit) == (FAB / "positions.csv").read_bytes()
    there = standing(parse(BOARD_FILE.read_text("utf-8")), circuit)
    places = {part.reference: part.place for part in there}
    for row in placed:
        place = places[row["Designator"]]
        found = (float(row["Mid X"]), -float(row["Mid Y"]))
        assert found == pytest.approx((place.x, place.y), abs=1e-3)


@pytest.mark.parametrize("name", ["board-front", "board-back", "panel-front"])
def test_pictures_show_something(name: str) -> None:
    with Image.open(FAB / f"{name}.png") as picture:
        assert min(picture.size) > 500
        assert len(picture.convert("RGB").getcolors() or []) > 20


def test_the_interactive_bill_has_every_part(circuit: Circuit) -> None:
    page = interactive_bom(BOARD_FILE).decode()
    bought = [p for p in circuit.parts if p.item.prefix != "TP"]
    assert all(f'"{part.reference}"' in page for part in bought)
    assert all(part.item.number in page for part in bought)


def group(line: Line) -> str:
    if line.item.name == "seed":
        return "Daisy Seed"
    if line.item.name in {"board", "panel"}:
        return "circuit board and panel"
    if line.references and line.item.assembled:
        return "small parts"
    return "jacks, knobs, sockets and the rest"


def test_the_guide_says_what_it_costs(circuit: Circuit) -> None:
    rows = re.findall(r"^\| (.+?) \| ([\d.* |]+) \|$", GUIDE.read_text(), re.MULTILINE)
    said = {
        name.strip("*"): [float(n.strip("* ")) for n in numbers.split("|")]
        for name, numbers in rows
        if numbers.count("|") == 2
    }
    for i, modules in enumerate(BATCHES):
        sums: dict[str, float] = {"all": cost(circuit, modules)}
        for line in lines(circuit):
            price = line.count * line.item.prices[i]
            sums[group(line)] = sums.get(group(line), 0.0) + price
        for name, price in sums.items():
            assert said[name][i] == pytest.approx(price, abs=0.006), name
