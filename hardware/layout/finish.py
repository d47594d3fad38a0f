"""Turns a drawing into the file that KiCad itself would have written."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hardware.kicad import KicadError
from hardware.layout.items import Drawing
from hardware.sexpr import render

# KiCad's module belongs to the system's Python, not to the environment's.
PYTHON = "/usr/bin/python3"
POUR = Path(__file__).with_name("pour.py")


def finished(drawing: Drawing, nets: Sequence[str]) -> str:
    """Return the board's file with its zones filled; nets: as Drawing.node takes them.

    The same drawing gives the same bytes with the same KiCad.
    """
    with tempfile.TemporaryDirectory(prefix="tombola-board-") as folder:
        path = Path(folder) / "board.kicad_pcb"
        path.write_text(render(drawing.node(nets)) + "\n", encoding="utf-8")
        command = [PYTHON, str(POUR), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise KicadError(f"KiCad could not fill {drawing.name}: {done.stderr}")
        return path.read_text(encoding="utf-8")
