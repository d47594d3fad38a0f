"""Make what the module is ordered and built with: hardware/fab/rev-a.

    python -m hardware.order

Makes what is missing or was made from other files than those that are there, and packs
all of it into build/tombola-rev-a.zip, which a release carries. The interactive bill of
materials is in that file and in build/ only: most of it is InteractiveHtmlBom's own.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hardware.circuit.model import Circuit
from hardware.circuit.panel import read_panel
from hardware.circuit.sheets import build
from hardware.fab import export
from hardware.fab.picture import BACK, BEHIND, FRONT, picture
from hardware.fit.solids import PANEL_MM, Solid, gap, solids
from hardware.layout.items import Point
from hardware.make import BOARD, BOARD_FILE, FAB
from hardware.panel.write import PANEL_BOARD
from hardware.sexpr import parse

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
SCHEMATIC = BOARD / "tombola.kicad_sch"
MADE_FROM = "made-from.txt"
PICTURE_PIXELS = 900


def exports(circuit: Circuit, size: Point) -> dict[Path, Callable[[], bytes]]:
    """Return every file's path and what makes it; size: of the panel, mm."""
    stack = solids(parse(BOARD_FILE.read_text(encoding="utf-8")), circuit)
    parts = [solid for solid in stack if solid.part != "board"]
    seen = [solid for solid in parts if solid.low[2] < -PANEL_MM]
    board = partial(picture, BOARD_FILE, parts, gap(), height=PICTURE_PIXELS)
    panel = partial(picture, PANEL_BOARD, seen, -PANEL_MM, height=PICTURE_PIXELS)
    all_of_it = [*parts, Solid("panel", (0.0, 0.0, -PANEL_MM), (*size, 0.0))]
    module = partial(picture, BOARD_FILE, all_of_it, gap(), height=PICTURE_PIXELS)
    return {
        FAB / "board-gerbers.zip": partial(export.gerbers, BOARD_FILE),
        FAB / "panel-gerbers.zip": partial(export.gerbers, PANEL_BOARD),
        FAB / "positions.csv": partial(export.positions_csv, BOARD_FILE, circuit),
        FAB / "schematic.pdf": partial(export.schematic_pdf, SCHEMATIC),
        FAB / "board.step": partial(export.step, BOARD_FILE),
        FAB / "panel.step": partial(export.step, PANEL_BOARD),
        FAB / "board-front.png": partial(board, view=FRONT),
        FAB / "board-back.png": partial(board, view=BACK),
        FAB / "panel-front.png": partial(panel, view=FRONT),
        FAB / "panel-back.png": partial(panel, view=BACK),
        FAB / "module-behind.png": partial(module, view=BEHIND),
        BUILD / "tombola-bom.html": partial(export.interactive_bom, BOARD_FILE),
    }


def sources() -> str:
    """Return the sums of all that the files are made from, as sha256sum prints them."""
    here = Path(__file__).parent
    made_from = [
        *sorted(BOARD.glob("*.kicad_*")),
        PANEL_BOARD,
        *sorted((here / "fab").glob("*.py")),
        here / "circuit/catalogue.toml",
        here / "fit/solids.py",
    ]
    rows = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(ROOT)}\n"
        for path in made_from
        if path.suffix != ".kicad_prl"
    )
    return "".join(rows)


def main() -> None:
    """Make what is out of date, and pack all."""
    panel = read_panel()
    wanted = exports(build(panel), panel.size)
    note = FAB / MADE_FROM
    is_current = note.exists() and note.read_text(encoding="utf-8") == sources()
    for path, make in wanted.items():
        if not is_current or not path.exists():
            print(f"making {path.name}", flush=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(make())
    note.write_text(sources(), encoding="utf-8")
    ordered = {path for path in FAB.iterdir() if path.is_file()} | wanted.keys()
    packed = BUILD / f"tombola-{FAB.name}.zip"
    packed.write_bytes(export.packed({p.name: p.read_bytes() for p in ordered}))
    print(f"{packed.relative_to(ROOT)}: {packed.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
