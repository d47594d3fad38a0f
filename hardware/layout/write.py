"""Writes the main board's file, or keeps it while nothing that it is made from changed.

To lay the tracks takes half a minute, and everybody's `make test` asks whether the made
files are what their sources say. So the file carries two digests in its title block: of
all that it is made from, and of itself. While both hold, making it again would give the
same bytes, and it is kept.
"""

import hashlib
import re
import tempfile
from pathlib import Path

from hardware.circuit.model import Circuit
from hardware.circuit.panel import Panel
from hardware.kicad import netlist
from hardware.layout.board import Parts, draw, parts, router
from hardware.layout.finish import finished
from hardware.layout.netclasses import project_file
from hardware.layout.wiring import entries
from hardware.schematic.page import MARK

HARDWARE = Path(__file__).resolve().parents[1]
IMPORTED = re.compile(r"^from hardware\.(layout\.\w+|sexpr) import", re.MULTILINE)
DIGESTS = re.compile(r"Made of ([0-9a-f]{16})(?:, gave ([0-9a-f]{16}))?")


def board_files(
    circuit: Circuit, panel: Panel, schematic: dict[str, str], path: Path
) -> dict[str, str]:
    """Return board and project by their names.

    schematic: its files' contents by name; path: the board as it was made last, or as
    a person took it over; then it is theirs, and returned as it is.
    """
    with tempfile.TemporaryDirectory(prefix="tombola-schematic-") as folder:
        for name, text in schematic.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        listed = entries(netlist(Path(folder) / "tombola.kicad_sch"))
    board = parts(circuit, panel, listed)
    names = {declared: net for net, declared in board.declared.items() if declared}
    inputs = _inputs(board)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    is_theirs = bool(text) and MARK not in text
    if not is_theirs and not is_as_made(text, inputs):
        text = _board(board, panel, inputs)
    return {path.name: text, f"{path.stem}.kicad_pro": project_file(names)}


def _board(board: Parts, panel: Panel, inputs: str) -> str:
    """Lay the tracks and return the file."""
    routed = router(board)
    routed.run()
    note = f"Made of {inputs}"
    text = finished(draw(board, routed, panel, note), board.nets)
    return text.replace(note, f"{note}, gave {_digest(text)}")


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8")).hexdigest()[:16]


def _inputs(board: Parts) -> str:
    """Return the digest of all that the board is made from, and by."""
    placed = sorted(board.places.items())
    laid = (repr(board.entries), repr(board.pads), repr(placed))
    return _digest(
        MARK, *laid, *_sources("layout.board", "layout.finish", "layout.pour")
    )


def _sources(*modules: str) -> list[str]:
    """Return what stands in modules, and in those of the layout that they import."""
    found: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            path = HARDWARE / f"{name.replace('.', '/')}.py"
            found[name] = path.read_text(encoding="utf-8")
            waiting += IMPORTED.findall(found[name])
    return [found[name] for name in sorted(found)]


def is_as_made(text: str, inputs: str) -> bool:
    """Whether a file was made from these inputs and is still what it was then."""
    found = DIGESTS.search(text)
    if found is None or found[2] is None or found[1] != inputs:
        return False
    bare = text.replace(found[0], f"Made of {found[1]}")
    return _digest(bare) == found[2]
