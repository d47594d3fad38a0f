"""Ask KiCad what is wrong with the files, whoever made them.

python -m hardware.check    exit 1 if there is anything
"""

import sys
from collections import Counter

from hardware.kicad import design_rules, electrical_rules
from hardware.layout.place import LAYERS, SIZE
from hardware.make import BOARD, BOARD_FILE
from hardware.panel.write import PANEL_BOARD
from hardware.report import add_to_report


def main() -> int:
    """Check schematic, board and panel, report and print what is found."""
    electrical = electrical_rules(BOARD / "tombola.kicad_sch")
    board = design_rules(BOARD_FILE, with_schematic=True)
    panel = design_rules(PANEL_BOARD)
    for violation in [*electrical, *board, *panel]:
        print(f"{violation.severity}: {violation.rule}: {violation.text}")
    kinds = Counter(violation.kind for violation in board)
    add_to_report(
        {
            "erc": len(electrical),
            "drc": kinds["violations"],
            "unconnected": kinds["unconnected_items"],
            "parity": kinds["schematic_parity"],
            "panel_drc": len(panel),
            "board_mm": list(SIZE),
            "layers": LAYERS,
        }
    )
    return 1 if electrical or board or panel else 0


if __name__ == "__main__":
    sys.exit(main())
