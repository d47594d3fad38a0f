"""Ask KiCad what is wrong with the files, whoever made them.

python -m hardware.check    exit 1 if there is anything
"""

import sys

from hardware.kicad import design_rules, electrical_rules
from hardware.make import BOARD
from hardware.panel.write import PANEL_BOARD
from hardware.report import add_to_report


def main() -> int:
    """Check schematic and panel, report and print what is found."""
    electrical = electrical_rules(BOARD / "tombola.kicad_sch")
    panel = design_rules(PANEL_BOARD)
    for violation in [*electrical, *panel]:
        print(f"{violation.severity}: {violation.rule}: {violation.text}")
    add_to_report({"erc": len(electrical), "panel_drc": len(panel)})
    return 1 if electrical or panel else 0


if __name__ == "__main__":
    sys.exit(main())
