"""Writes the panel's file."""

from pathlib import Path

from hardware.circuit.panel import Panel
from hardware.layout.finish import finished
from hardware.panel.draw import draw

PANEL_BOARD = Path(__file__).with_name("tombola-panel.kicad_pcb")


def panel_file(panel: Panel) -> str:
    """Return the panel's file, the same bytes with the same KiCad."""
    return finished(draw(panel), ("", "GND"))
