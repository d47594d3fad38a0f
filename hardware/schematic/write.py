"""Writes the schematic: one file a sheet, the sheet that joins them, the library."""

from collections.abc import Callable

from hardware import sexpr
from hardware.circuit.model import Circuit
from hardware.circuit.panel import Panel
from hardware.schematic.drawings import (
    audio,
    cv_inputs,
    gate_inputs,
    knobs,
    lights,
    outputs,
    power,
    root,
    seed,
)
from hardware.schematic.page import PROJECT, Page
from hardware.schematic.symbols import library_node
from hardware.sexpr import Node, identity

DRAWINGS: dict[str, tuple[str, Callable[[Page, Panel], None]]] = {
    "power": ("Power", power.draw),
    "cv_inputs": ("CV inputs", cv_inputs.draw),
    "gate_inputs": ("Gate inputs", gate_inputs.draw),
    "knobs": ("Knobs", knobs.draw),
    "audio": ("Audio", audio.draw),
    "outputs": ("Outputs", outputs.draw),
    "lights": ("Lights and button", lights.draw),
    "seed": ("Daisy Seed", seed.draw),
}
LIBRARY_TABLE = """(sym_lib_table
  (version 7)
  (lib (name "tombola") (type "KiCad") (uri "${KIPRJMOD}/tombola.kicad_sym")
    (options "") (descr "Symbols of the Tombola module"))
)
"""


def schematic(circuit: Circuit, panel: Panel) -> dict[str, Node]:
    """Return every sheet, by its name; the one that joins them is `tombola`."""
    path = f"/{identity('page', 'root')}"
    drawn: dict[str, Page] = {}
    for number, (name, (title, draw)) in enumerate(DRAWINGS.items(), 2):
        where = f"{path}/{identity('sheet', name)}"
        page = Page(name, title, number, where, circuit)
        draw(page, panel)
        drawn[name] = page
    top = Page("root", "Tombola", 1, path, circuit)
    root.draw(top, drawn)
    sheets = {name: page.node() for name, page in drawn.items()}
    return sheets | {PROJECT: top.node(is_root=True)}


def schematic_files(circuit: Circuit, panel: Panel) -> dict[str, str]:
    """Return the schematic's files, and what KiCad needs to find its symbols."""
    files = {
        f"{name}.kicad_sch": sexpr.render(node) + "\n"
        for name, node in schematic(circuit, panel).items()
    }
    files[f"{PROJECT}.kicad_sym"] = sexpr.render(library_node()) + "\n"
    files["sym-lib-table"] = LIBRARY_TABLE
    return files
