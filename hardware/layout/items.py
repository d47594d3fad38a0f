"""What lies on a board, as KiCad writes it: lines, texts, holes and zones.

Lengths are mm from the panel's top left corner, y downwards.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from hardware.schematic.page import MARK
from hardware.sexpr import Node, Quoted, identity

Point = tuple[float, float]

COPPER = {2: ("F.Cu", "B.Cu"), 4: ("F.Cu", "In1.Cu", "In2.Cu", "B.Cu")}
COPPER_NUMBER = {"F.Cu": 0, "B.Cu": 2, "In1.Cu": 4, "In2.Cu": 6}
OTHER_LAYERS = (
    (9, "F.Adhes", "F.Adhesive"),
    (11, "B.Adhes", "B.Adhesive"),
    (13, "F.Paste", ""),
    (15, "B.Paste", ""),
    (5, "F.SilkS", "F.Silkscreen"),
    (7, "B.SilkS", "B.Silkscreen"),
    (1, "F.Mask", ""),
    (3, "B.Mask", ""),
    (17, "Dwgs.User", "User.Drawings"),
    (19, "Cmts.User", "User.Comments"),
    (25, "Edge.Cuts", ""),
    (27, "Margin", ""),
    (31, "F.CrtYd", "F.Courtyard"),
    (29, "B.CrtYd", "B.Courtyard"),
    (35, "F.Fab", ""),
    (33, "B.Fab", ""),
)


class LayoutError(Exception):
    """A board cannot be laid out as its sources say."""


@dataclass
class Drawing:
    """A board while it is made: its nodes, in the order in which they were added.

    note: a line of its title block, beside the mark.
    """

    name: str
    title: str
    copper: int
    mask: str
    note: str = ""
    nodes: list[Node] = field(default_factory=list)

    def _add(self, node: Node) -> None:
        node.append(["uuid", identity("board", self.name, str(len(self.nodes)))])
        self.nodes.append(node)

    def line(self, start: Point, end: Point, layer: str, width: float = 0.15) -> None:
        """Draw a straight line."""
        ends: list[Node] = [["start", *start], ["end", *end]]
        self._add(["gr_line", *ends, _stroke(width), _layer(layer)])

    def arc(
        self,
        centre: Point,
        radius: float,
        angles: tuple[float, float],
        layer: str,
        width: float = 0.15,
    ) -> None:
        """Draw an arc between two angles, degrees clockwise from 12 o'clock."""
        first, last = angles
        rim = [around(centre, radius, a) for a in (first, (first + last) / 2, last)]
        names = ("start", "mid", "end")
        ends: list[Node] = [[k, *p] for k, p in zip(names, rim, strict=True)]
        self._add(["gr_arc", *ends, _stroke(width), _layer(layer)])

    def circle(
        self,
        centre: Point,
        radius: float,
        layer: str,
        width: float = 0.15,
        filled: bool = False,
    ) -> None:
        """Draw a circle; a filled one without a line has the width 0."""
        rim: Node = ["end", centre[0] + radius, centre[1]]
        fill: Node = ["fill", "yes" if filled else "no"]
        self._add(
            ["gr_circle", ["center", *centre], rim, _stroke(width), fill, _layer(layer)]
        )

    def polygon(self, points: Sequence[Point], layer: str) -> None:
        """Draw a filled polygon."""
        fill: list[Node] = [_stroke(0.0), ["fill", "yes"]]
        self._add(["gr_poly", _corners(points), *fill, _layer(layer)])

    def text(
        self,
        words: str,
        centre: Point,
        layer: str,
        height: float,
        angle: float = 0.0,
        weight: float = 0.15,
        knockout: bool = False,
    ) -> None:
        """Write a text; weight: its lines' width as a share of its height."""
        thickness = round(height * weight, 3)
        font: Node = ["font", ["size", height, height], ["thickness", thickness]]
        effects: Node = ["effects", font]
        if layer.startswith("B."):
            effects.append(["justify", "mirror"])
        where: Node = ["layer", Quoted(layer)]
        if knockout:
            where.append("knockout")
        self._add(["gr_text", Quoted(words), ["at", *centre, angle], where])
        self.nodes[-1].append(effects)

    def outline(self, corner: Point, size: Point, radius: float) -> None:
        """Cut the board out: a rectangle with round corners."""
        (x0, y0), (x1, y1) = corner, (corner[0] + size[0], corner[1] + size[1])
        edge, width = "Edge.Cuts", 0.1
        self.line((x0 + radius, y0), (x1 - radius, y0), edge, width)
        self.line((x1, y0 + radius), (x1, y1 - radius), edge, width)
        self.line((x1 - radius, y1), (x0 + radius, y1), edge, width)
        self.line((x0, y1 - radius), (x0, y0 + radius), edge, width)
        if radius:
            for x, y, first in (
                (x1 - radius, y0 + radius, 0),
                (x1 - radius, y1 - radius, 90),
                (x0 + radius, y1 - radius, 180),
                (x0 + radius, y0 + radius, 270),
            ):
                self.arc((x, y), radius, (first, first + 90), edge, width)

    def track(
        self, start: Point, end: Point, layer: str, width: float, net: int
    ) -> None:
        """Lay a track."""
        ends: list[Node] = [["start", *start], ["end", *end], ["width", width]]
        self._add(["segment", *ends, _layer(layer), ["net", net]])

    def via(self, centre: Point, diameter: float, drill: float, net: int) -> None:
        """Lay a via through all layers."""
        size: list[Node] = [["size", diameter], ["drill", drill]]
        span: Node = ["layers", Quoted("F.Cu"), Quoted("B.Cu")]
        self._add(["via", ["at", *centre], *size, span, ["net", net]])

    def zone(
        self,
        corners: Sequence[Point],
        layers: Sequence[str],
        net: tuple[int, str],
        pads: str,
        clearance: float = 0.25,
    ) -> None:
        """Pour copper; pads: thermal, solid or no, how it takes pads of its net."""
        connect: Node = ["connect_pads", ["clearance", clearance]]
        if pads != "thermal":
            connect.insert(1, {"solid": "yes", "no": "no"}[pads])
        gaps: list[Node] = [["thermal_gap", 0.3], ["thermal_bridge_width", 0.4]]
        outline: Node = ["polygon", _corners(corners)]
        where: Node = ["layers", *[Quoted(layer) for layer in layers]]
        node: Node = ["zone", ["net", net[0]], ["net_name", Quoted(net[1])], where]
        node += [["hatch", "edge", 0.5], connect]
        node += [["min_thickness", 0.25], ["filled_areas_thickness", "no"]]
        node += [["fill", "yes", *gaps], outline]
        self._add(node)

    def hole(self, name: str, centre: Point, size: Point, ring: float = 0.0) -> None:
        """Drill a hole: round, or a slot that lies down.

        ring: the diameter of the copper around it, which is net 1; 0 for none.
        """
        key = f"hole {name}"
        is_round = size[0] == size[1]
        drill: Node = ["drill", size[0]] if is_round else ["drill", "oval", *size]
        shape = "circle" if is_round else "oval"
        kind, number = ("thru_hole", "1") if ring else ("np_thru_hole", "")
        land = (ring, ring) if ring else size
        pad: Node = ["pad", Quoted(number), kind, shape, ["at", 0, 0]]
        pad += [["size", *land], drill]
        pad.append(["layers", Quoted("*.Cu"), Quoted("*.Mask")])
        if ring:
            pad.append(["net", 1, Quoted("GND")])
        pad.append(["uuid", identity("board", self.name, key, "pad")])
        node: Node = ["footprint", Quoted(""), _layer("F.Cu")]
        node += [["uuid", identity("board", self.name, key)], ["at", *centre]]
        for field_name in ("Reference", "Value", "Datasheet", "Description"):
            words = name if field_name == "Reference" else ""
            uuid: Node = ["uuid", identity("board", self.name, key, field_name)]
            place: list[Node] = [["at", 0, 0, 0], _layer("F.Fab"), ["hide", "yes"]]
            font: Node = ["effects", ["font", ["size", 1, 1], ["thickness", 0.15]]]
            head: Node = ["property", Quoted(field_name), Quoted(words)]
            node.append([*head, *place, uuid, font])
        attributes = ("board_only", "exclude_from_pos_files", "exclude_from_bom")
        node.append(["attr", *attributes])
        node.append(pad)
        self.nodes.append(node)

    def _mask(self, side: tuple[str, str]) -> Node:
        letter, name = side
        kind: Node = ["type", Quoted(f"{name} Solder Mask")]
        colour: list[Node] = [["color", Quoted(self.mask)], ["thickness", 0.01]]
        return ["layer", Quoted(f"{letter}.Mask"), kind, *colour]

    def node(self, nets: Sequence[str] = ("",)) -> Node:
        """Return the file's content; nets: their names, the empty one first."""
        layers: Node = ["layers"]
        for name in COPPER[self.copper]:
            layers.append([COPPER_NUMBER[name], Quoted(name), "signal"])
        for number, name, shown in OTHER_LAYERS:
            label = [Quoted(shown)] if shown else []
            layers.append([number, Quoted(name), "user", *label])
        sheet: Node = [
            "title_block",
            ["title", Quoted(self.title)],
            ["rev", Quoted("A")],
        ]
        sheet += [["company", Quoted("Tombola, CERN-OHL-P-2.0")]]
        sheet += [["comment", 1, Quoted(MARK)]]
        if self.note:
            sheet.append(["comment", 2, Quoted(self.note)])
        head: Node = ["kicad_pcb", ["version", 20241229]]
        head += [["generator", Quoted("tombola")], ["generator_version", Quoted("9.0")]]
        head += [
            ["general", ["thickness", 1.6]],
            ["paper", Quoted("A4")],
            sheet,
            layers,
        ]
        top, bottom = (self._mask(side) for side in (("F", "Top"), ("B", "Bottom")))
        stack = _stack(COPPER[self.copper])
        finish: Node = ["copper_finish", Quoted("ENIG")]
        stackup: Node = ["stackup", top, *stack, bottom, finish]
        head.append(["setup", stackup, ["pad_to_mask_clearance", 0]])
        named: list[Node] = [["net", i, Quoted(net)] for i, net in enumerate(nets)]
        return [*head, *named, *self.nodes, ["embedded_fonts", "no"]]


def around(centre: Point, radius: float, degrees: float) -> Point:
    """Return a point at an angle clockwise from 12 o'clock."""
    turn = math.radians(degrees)
    return (
        round(centre[0] + radius * math.sin(turn), 4),
        round(centre[1] - radius * math.cos(turn), 4),
    )


def _corners(points: Sequence[Point]) -> Node:
    corners: list[Node] = [["xy", *point] for point in points]
    return ["pts", *corners]


def _stroke(width: float) -> Node:
    return ["stroke", ["width", width], ["type", "solid"]]


def _layer(name: str) -> Node:
    return ["layer", Quoted(name)]


def _stack(copper: Sequence[str]) -> list[Node]:
    """Return copper and what is between it, from the front to the back."""
    layers: list[Node] = []
    between = {2: (1.51,), 4: (0.21, 1.065, 0.21)}[len(copper)]
    for i, name in enumerate(copper):
        if i:
            kind = "core" if i == len(copper) // 2 else "prepreg"
            layers.append(["layer", Quoted(f"dielectric {i}"), ["type", Quoted(kind)]])
            layers[-1] += [["thickness", between[i - 1]], ["material", Quoted("FR4")]]
            layers[-1] += [["epsilon_r", 4.5], ["loss_tangent", 0.02]]
        layers.append(["layer", Quoted(name), ["type", Quoted("copper")]])
        layers[-1].append(["thickness", 0.035])
    return layers
