"""Pictures of the boards with their parts, as blocks and discs of their true sizes.

KiCad's own models of parts are gigabytes; what is drawn here is what the collision test
measures.
"""

import io
import math
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image

from hardware.fit.solids import Solid, outline
from hardware.kicad import kicad
from hardware.sexpr import Node, Quoted, parse, render

COLOURS = {
    "black": (0.09, 0.09, 0.1),
    "dark": (0.17, 0.17, 0.18),
    "grey": (0.45, 0.45, 0.47),
    "steel": (0.6, 0.6, 0.63),
    "white": (0.95, 0.95, 0.95),
    "red": (0.85, 0.1, 0.08),
    "board": (0.08, 0.1, 0.16),
}
FRONT = ("--side", "top")
BACK = ("--side", "bottom")
# Without perspective: that makes KiCad scatter its rays, differently every time.
TURN = "--rotate='-35,25,0'"
BEHIND = ("--side", "bottom", TURN, "--zoom", "0.85")
SIDES = 40
# KiCad counts VRML's units as tenths of an inch.
UNIT_MM = 2.54
MARGIN_MM = 3.0
COLOURS_OF_A_PICTURE = 64


def _rim(solid: Solid) -> list[tuple[float, float]]:
    """Return a solid's outline from above, counter-clockwise with y upwards."""
    if solid.is_disc:
        (x, y), r = solid.centre, solid.diameter / 2
        turns = [2 * math.pi * i / SIDES for i in range(SIDES)]
        return [(x + r * math.cos(t), -y + r * math.sin(t)) for t in turns]
    (x0, y0, _), (x1, y1, _) = solid.low, solid.high
    return [(x0, -y1), (x1, -y1), (x1, -y0), (x0, -y0)]


def _shape(solid: Solid, surface: float) -> str:
    """Return a solid in VRML; surface: z of the board's front, behind the panel."""
    rim = _rim(solid)
    heights = (surface - solid.high[2], surface - solid.low[2])
    points = [(x, y, z) for z in heights for x, y in rim]
    n = len(rim)
    faces = [list(range(n))[::-1], list(range(n, 2 * n))]
    faces += [[i, (i + 1) % n, n + (i + 1) % n, n + i] for i in range(n)]
    colour = " ".join(map(str, COLOURS[solid.colour]))
    coordinates = ", ".join(
        " ".join(f"{value / UNIT_MM:.5f}" for value in point) for point in points
    )
    index = ", ".join(", ".join(map(str, [*face, -1])) for face in faces)
    return (
        f"Shape {{ appearance Appearance {{ material Material {{ diffuseColor {colour} "
        f"}} }} geometry IndexedFaceSet {{ coord Coordinate {{ point [ {coordinates} ] "
        f"}} coordIndex [ {index} ] }} }}\n"
    )


def _bare(node: Node) -> Node:
    """Return a node without KiCad's models."""
    return [e for e in node if not (isinstance(e, list) and e[0] == "model")]


def _dressed(board: Node, model: Path) -> Node:
    """Return a board whose parts are all in one model."""
    rows: Node = [_bare(e) if isinstance(e, list) else e for e in board]
    axes = (("offset", 0), ("scale", 1), ("rotate", 0))
    place: list[Node] = [[axis, ["xyz", n, n, n]] for axis, n in axes]
    body: Node = ["model", Quoted(model), *place]
    where: list[Node] = [["layer", Quoted("F.Cu")], ["at", 0, 0]]
    rows.append(["footprint", Quoted(""), *where, ["attr", "through_hole"], body])
    return rows


def picture(
    board: Path,
    solids: Iterable[Solid],
    surface: float,
    view: Sequence[str],
    height: int,
) -> bytes:
    """Return a PNG of a board with what stands on it.

    surface: z of the board's front behind the panel's back, mm. view: kicad-cli's
    options for the camera. height: of the picture, pixels.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "parts.wrl"
        shapes = "".join(_shape(solid, surface) for solid in solids)
        model.write_text(f"#VRML V2.0 utf8\n{shapes}", encoding="utf-8")
        copy = folder / board.name
        node = parse(board.read_text(encoding="utf-8"))
        copy.write_text(render(_dressed(node, model)), encoding="utf-8")
        out = folder / "picture.png"
        bounds = outline(node)
        wide, high = (bounds.high[i] - bounds.low[i] + 2 * MARGIN_MM for i in (0, 1))
        size = ("--width", str(round(height * wide / high)), "--height", str(height))
        options = ("--quality", "basic", "--background", "opaque", *view)
        kicad("pcb", "render", *options, *size, "-o", out, copy)
        image = Image.open(out).convert("RGB")
        small = image.quantize(COLOURS_OF_A_PICTURE, dither=Image.Dither.NONE)
        buffer = io.BytesIO()
        small.save(buffer, "PNG", optimize=True)
        return buffer.getvalue()
