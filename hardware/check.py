"""Ask KiCad what is wrong with the files, whoever made them.

python -m hardware.check    exit 1 if there is anything
"""

import sys

from hardware.kicad import electrical_rules
from hardware.make import BOARD
from hardware.report import add_to_report


def main() -> int:
    """Check the schematic, report and print what is found."""
    violations = electrical_rules(BOARD / "tombola.kicad_sch")
    for violation in violations:
        print(f"{violation.severity}: {violation.rule}: {violation.text}")
    add_to_report({"erc": len(violations)})
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
