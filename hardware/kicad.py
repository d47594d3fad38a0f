"""KiCad's command line: checks, netlists and plots."""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hardware.sexpr import Node, find, parse

LIBRARIES = Path("/usr/share/kicad/template")
TABLES = ("sym-lib-table", "fp-lib-table")


class KicadError(Exception):
    """KiCad is missing, or said no."""


@dataclass(frozen=True)
class Violation:
    """One thing that a check reports; kind: the part of its report that it is in."""

    rule: str
    severity: str
    text: str
    kind: str = "violations"


def _environment(home: Path) -> dict[str, str]:
    """KiCad's settings in a folder of their own, with the libraries it came with."""
    settings = home / "9.0"
    settings.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        shutil.copy(LIBRARIES / table, settings / table)
    return os.environ | {"KICAD_CONFIG_HOME": str(home)}


def kicad(*arguments: str | Path) -> str:
    """Run kicad-cli and return what it printed."""
    if shutil.which("kicad-cli") is None:
        raise KicadError("there is no kicad-cli; ./bootstrap.sh hardware installs it")
    with tempfile.TemporaryDirectory(prefix="tombola-kicad-") as home:
        done = subprocess.run(
            ["kicad-cli", *map(str, arguments)],
            env=_environment(Path(home)),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise KicadError(f"kicad-cli {arguments[0]} {arguments[1]}: {done.stderr}")
    return done.stdout


def electrical_rules(schematic: Path) -> list[Violation]:
    """Return what the electrical rules report, of every severity."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "erc.json"
        options = ("--severity-all", "--format", "json", "-o", report)
        kicad("sch", "erc", *options, schematic)
        content = json.loads(report.read_text(encoding="utf-8"))
    return [
        Violation(
            row["type"],
            row["severity"],
            "; ".join([row["description"], *(i["description"] for i in row["items"])]),
        )
        for sheet in content["sheets"]
        for row in sheet["violations"]
    ]


def design_rules(board: Path, *, with_schematic: bool = False) -> list[Violation]:
    """Return what the design rules report, of every severity.

    What is not connected is of the kind `unconnected_items`; with_schematic adds where
    board and schematic differ, `schematic_parity`.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "drc.json"
        options = ["--severity-all", "--format", "json", "-o", str(report)]
        if with_schematic:
            options.append("--schematic-parity")
        kicad("pcb", "drc", *options, board)
        content = json.loads(report.read_text(encoding="utf-8"))
    kinds = ("violations", "unconnected_items", "schematic_parity")
    return [
        Violation(
            row["type"],
            row["severity"],
            "; ".join([row["description"], *(i["description"] for i in row["items"])]),
            kind,
        )
        for kind in kinds
        for row in content.get(kind, [])
    ]


def netlist(schematic: Path) -> Node:
    """Return the schematic's netlist."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "netlist"
        kicad("sch", "export", "netlist", "-o", path, schematic)
        return parse(path.read_text(encoding="utf-8"))


def _text(node: Node, name: str) -> str:
    return str(find(node, name)[0][1])


def nets(exported: Node) -> dict[str, frozenset[tuple[str, str]]]:
    """Return the (reference, pin) pairs of every net that joins something.

    A pin that is marked as left open is no net.
    """
    joined = {}
    for net in find(find(exported, "nets")[0], "net"):
        name = _text(net, "name")
        if not name.startswith("unconnected-"):
            pins = ((_text(n, "ref"), _text(n, "pin")) for n in find(net, "node"))
            joined[name] = frozenset(pins)
    return joined


def components(exported: Node) -> dict[str, dict[str, str]]:
    """Return value, footprint and fields of every part, by its reference."""
    parts = {}
    for part in find(find(exported, "components")[0], "comp"):
        row = {"value": _text(part, "value"), "footprint": _text(part, "footprint")}
        for field in find(find(part, "fields")[0], "field"):
            row[_text(field, "name")] = str(field[2]) if len(field) > 2 else ""
        parts[_text(part, "ref")] = row
    return parts


def nets_by_pin(exported: Node) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Return net, name and type of every pin, by its part's reference and number."""
    pins = {}
    for net in find(find(exported, "nets")[0], "net"):
        for node in find(net, "node"):
            function = _text(node, "pinfunction") if find(node, "pinfunction") else ""
            key = (_text(node, "ref"), _text(node, "pin"))
            pins[key] = (_text(net, "name"), function, _text(node, "pintype"))
    return pins
