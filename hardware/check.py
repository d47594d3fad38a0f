"""Ask KiCad what is wrong with the files, whoever made them, and see whether all fits.

python -m hardware.check    exit 1 if there is anything
"""

import sys
from collections import Counter

from hardware.circuit.panel import read_panel
from hardware.circuit.sheets import build
from hardware.fit.solids import round_holes, solids
from hardware.fit.stack import depth, faults
from hardware.kicad import design_rules, electrical_rules
from hardware.layout.place import COPPER_LAYERS, SIZE
from hardware.make import BOARD, BOARD_FILE
from hardware.panel.write import PANEL_BOARD
from hardware.report import add_to_report
from hardware.sexpr import parse


def main() -> int:
    """Check schematic, boards and how they fit; report and print what is found."""
    electrical = electrical_rules(BOARD / "tombola.kicad_sch")
    board = design_rules(BOARD_FILE, with_schematic=True)
    panel = design_rules(PANEL_BOARD)
    stack = solids(parse(BOARD_FILE.read_text(encoding="utf-8")), build(read_panel()))
    holes = round_holes(parse(PANEL_BOARD.read_text(encoding="utf-8")))
    misfits = faults(stack, holes, read_panel())
    for violation in [*electrical, *board, *panel]:
        print(f"{violation.severity}: {violation.rule}: {violation.text}")
    for misfit in misfits:
        print(misfit)
    kinds = Counter(violation.kind for violation in board)
    add_to_report(
        {
            "erc": len(electrical),
            "drc": kinds["violations"],
            "unconnected": kinds["unconnected_items"],
            "parity": kinds["schematic_parity"],
            "panel_drc": len(panel),
            "board_mm": list(SIZE),
            "layers": COPPER_LAYERS,
            "misfits": len(misfits),
            "depth_mm": round(depth(stack), 1),
        }
    )
    return 1 if electrical or board or panel or misfits else 0


if __name__ == "__main__":
    sys.exit(main())
