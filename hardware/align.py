"""Check the board that is open in KiCad 9 against panel.toml, and mend it.

    .venv/kicad/bin/python -m hardware.align           say what lies beside its place
    .venv/kicad/bin/python -m hardware.align --mend    move it there: one step to undo

Knows the panel's board and the one behind it. Exit status: 0 if all is in its place,
1 if something is not, 2 if there is no board to ask.
"""

import sys
from collections.abc import Sequence

from kipy.board import Board
from kipy.board_types import BoardLayer, FootprintInstance
from kipy.geometry import Vector2

from hardware.circuit.panel import Panel, read_panel
from hardware.circuit.sheets import build
from hardware.fit.align import Found, Offset, Target, missing, offsets, part_targets
from hardware.ipc import open_board
from hardware.kicad import KicadError
from hardware.layout.footprints import Place
from hardware.panel.draw import hole_targets
from hardware.panel.write import PANEL_BOARD
from hardware.schematic.page import PROJECT

BOARD_NAME = f"{PROJECT}.kicad_pcb"
NM = 1_000_000


def targets(name: str, panel: Panel) -> list[Target]:
    """Return what a board of that file name has to have, and where."""
    if name == PANEL_BOARD.name:
        return hole_targets(panel)
    return part_targets(build(panel), panel)


def _found(footprint: FootprintInstance) -> Found:
    x, y = footprint.position.x / NM, footprint.position.y / NM
    side = "F" if footprint.layer == BoardLayer.BL_F_Cu else "B"
    place = Place(x, y, footprint.orientation.degrees, side)
    return Found(footprint.reference_field.text.value, place)


def _mend(
    board: Board, footprints: Sequence[FootprintInstance], rows: Sequence[Offset]
) -> None:
    """Move footprints to where they belong, as one step that KiCad can undo."""
    by_reference = {f.reference_field.text.value: f for f in footprints}
    moved = []
    for row in rows:
        footprint = by_reference[row.target.reference]
        way = Vector2.from_xy(round(row.right * NM), round(row.down * NM))
        footprint.position = footprint.position - way
        moved.append(footprint)
    commit = board.begin_commit()
    board.update_items(moved)
    board.push_commit(commit, "Align with panel.toml")


def align(*, mend: bool) -> int:
    """Compare, say what was found, move it if asked to; return the exit status."""
    panel = read_panel()
    with open_board((BOARD_NAME, PANEL_BOARD.name)) as board:
        wanted = targets(board.name, panel)
        footprints = list(board.get_footprints())
        found = [_found(footprint) for footprint in footprints]
        absent, rows = missing(wanted, found), offsets(wanted, found)
        for line in [*absent, *map(str, rows)]:
            print(line)
        if rows and mend:
            _mend(board, footprints, rows)
            print(f"{board.name}: {len(rows)} moved; refill the zones (B), check, save")
            rows = []
        elif rows:
            print(f"{board.name}: {len(rows)} beside their places; --mend moves them")
        if not absent and not rows:
            print(f"{board.name}: all {len(wanted)} are within 0.01 mm of panel.toml")
    return 1 if absent or rows else 0


def main() -> int:
    """Run the command line."""
    try:
        return align(mend="--mend" in sys.argv[1:])
    except KicadError as error:
        print(f"hardware.align: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
