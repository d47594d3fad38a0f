"""Make the hardware's files from the panel and the circuit.

    python -m hardware.make            write what is out of date
    python -m hardware.make --check    exit 1 if a file is not what its source says

What is made carries a mark. A file without it was taken over by a person: it is left as
it is, and the tests still compare its nets with the circuit.
"""

import sys
from pathlib import Path

from hardware.circuit.panel import read_panel
from hardware.circuit.sheets import build
from hardware.fab.bom import assembly_csv, bom_csv
from hardware.kicad import KicadError
from hardware.layout.items import LayoutError
from hardware.layout.write import board_files
from hardware.panel.write import PANEL_BOARD, panel_file
from hardware.schematic.page import MARK
from hardware.schematic.write import schematic_files

BOARD = Path(__file__).parent / "board"
BOARD_FILE = BOARD / "tombola.kicad_pcb"
FAB = Path(__file__).parent / "fab/rev-a"


def made() -> dict[Path, str]:
    """Return every made file's path and content."""
    panel = read_panel()
    circuit = build(panel)
    files = schematic_files(circuit, panel)
    files |= board_files(circuit, panel, files, BOARD_FILE)
    return {BOARD / name: text for name, text in files.items()} | {
        PANEL_BOARD: panel_file(panel),
        FAB / "bom.csv": bom_csv(circuit),
        FAB / "assembly.csv": assembly_csv(circuit),
    }


def is_taken_over(path: Path, text: str) -> bool:
    """Whether a person has taken a file over: its content lost the mark that it had."""
    return MARK in text and path.exists() and MARK not in path.read_text("utf-8")


def main() -> int:
    """Write the files, or check them."""
    try:
        files = made()
    except (KicadError, LayoutError) as error:
        print(error, file=sys.stderr)
        return 2
    stale = []
    for path, text in files.items():
        if is_taken_over(path, text):
            print(f"{path.name}: taken over by a person, left as it is")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path)
            if "--check" not in sys.argv[1:]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.name} is not what its source says; run make hardware")
        return 1 if stale else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
