"""What a board house and an assembly service take, asked of KiCad.

KiCad writes dates, paths and which of its releases it is into its files; here they are
taken out, so that the same board gives the same bytes.
"""

import csv
import io
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from hardware.circuit.model import Circuit
from hardware.kicad import KicadError, kicad

# Zip files begin their count of time here; it stands for no date everywhere.
EPOCH = "1980-01-01T00:00:00"
EPOCH_ZIP = (1980, 1, 1, 0, 0, 0)
EPOCH_SECONDS = 315532800
DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[+-]\d\d:?\d\d)?")
RELEASE = re.compile(r"\b9\.0\.\d+[\w+~.-]*")
COPPER = re.compile(r'\(\d+ "(\w+\.Cu)" ')
SIDED_LAYERS = ("Paste", "Silkscreen", "Mask")
INTERACTIVE_BOM = (
    Path(__file__).resolve().parents[2] / ".venv/kicad/bin/generate_interactive_bom"
)


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file whose bytes depend on names and contents alone."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, EPOCH_ZIP)
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name], zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def gerbers(board: Path) -> bytes:
    """Return a board's gerber and drill files, zipped as board houses take them."""
    copper = COPPER.findall(board.read_text(encoding="utf-8"))
    sided = [f"{side}.{name}" for name in SIDED_LAYERS for side in "FB"]
    layers = ",".join([*copper, *sided, "Edge.Cuts"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out = f"{folder}/"
        kicad("pcb", "export", "gerbers", "--layers", layers, "-o", out, board)
        kicad("pcb", "export", "drill", "--excellon-separate-th", "-o", out, board)
        texts = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
        return packed(
            {
                file: RELEASE.sub("9.0", DATE.sub(EPOCH, text)).encode()
                for file, text in texts.items()
            }
        )


def positions_csv(board: Path, circuit: Circuit) -> bytes:
    """Return where an assembly service places what it assembles."""
    assembled = {part.reference for part in circuit.parts if part.item.assembled}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = ("Designator", "Val", "Package", "Mid X", "Mid Y", "Rotation", "Layer")
    writer.writerow(head)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "positions.csv"
        options = ("--format", "csv", "--units", "mm", "--smd-only")
        kicad("pcb", "export", "pos", *options, "-o", path, board)
        for row in csv.DictReader(path.read_text("utf-8").splitlines()):
            if row["Ref"] in assembled:
                place = [f"{float(row[key]):.4f}" for key in ("PosX", "PosY", "Rot")]
                text = [row["Ref"], row["Val"], row["Package"]]
                writer.writerow([*text, *place, row["Side"].capitalize()])
    return out.getvalue().encode()


def schematic_pdf(schematic: Path) -> bytes:
    """Return all sheets as they print."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "schematic.pdf"
        kicad("sch", "export", "pdf", "-o", path, schematic)
        # As long as the date that was there: a PDF counts its bytes.
        date = re.compile(rb"\(D:\d{14}")
        return date.sub(b"(D:19800101000000", path.read_bytes())


def step(board: Path) -> bytes:
    """Return a board's outline and holes as a solid."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / f"{board.stem}.step"
        kicad("pcb", "export", "step", "--board-only", "-o", path, board)
        text = DATE.sub(EPOCH, path.read_text(encoding="utf-8"))
        return text.replace(f"{name}/", "").encode()


def interactive_bom(board: Path) -> bytes:
    """Return the page on which a builder finds part by part on the board."""
    if not INTERACTIVE_BOM.exists():
        raise KicadError("there is no .venv/kicad; ./bootstrap.sh hardware makes it")
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / board.name
        shutil.copy(board, copy)
        os.utime(copy, (EPOCH_SECONDS, EPOCH_SECONDS))
        options = ["--no-browser", "--dest-dir", name, "--name-format", "bom"]
        options += ["--include-nets", "--no-compression"]
        options += ["--group-fields", "Value,Footprint"]
        options += ["--show-fields", "Value,Rating,Part number,Footprint"]
        options += ["--checkboxes", "Bought,Soldered"]
        done = subprocess.run(
            [INTERACTIVE_BOM, *options, copy],
            env=os.environ | {"INTERACTIVE_HTML_BOM_NO_DISPLAY": "1", "TZ": "UTC"},
            capture_output=True,
            text=True,
            check=False,
        )
        page = Path(name) / "bom.html"
        if not page.exists():
            raise KicadError(f"the interactive BOM was not made: {done.stderr}")
        return page.read_bytes()
