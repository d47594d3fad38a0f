"""KiCad's own footprints: loaded, turned, and given what their part says."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hardware.layout.items import Point
from hardware.sexpr import Node, Quoted, find, identity, parse

LIBRARY = Path("/usr/share/kicad/footprints")
POINTS = {"start", "mid", "end", "center", "xy"}
DRAWN = {"fp_line", "fp_rect", "fp_circle", "fp_arc", "fp_poly", "fp_text"}


@dataclass(frozen=True)
class Place:
    """Where a footprint's origin lies: mm, degrees as KiCad counts them, F or B."""

    x: float
    y: float
    angle: float
    side: str

    def at(self, point: Point) -> Point:
        """Return where a point of the footprint lies on the board."""
        turn = math.radians(self.angle)
        x, y = point[0], point[1] if self.side == "F" else -point[1]
        return (
            round(self.x + x * math.cos(turn) + y * math.sin(turn), 6),
            round(self.y - x * math.sin(turn) + y * math.cos(turn), 6),
        )

    def stored(self, point: Point) -> Point:
        """Return how a footprint in a board file gives a point of the board."""
        turn = math.radians(self.angle)
        x, y = point[0] - self.x, point[1] - self.y
        return (
            round(x * math.cos(turn) - y * math.sin(turn), 4),
            round(x * math.sin(turn) + y * math.cos(turn), 4),
        )

    def turned(self, angle: float) -> float:
        """Return the angle on the board of what has an angle in the footprint."""
        return (self.angle + (angle if self.side == "F" else -angle)) % 360


@dataclass(frozen=True)
class Entry:
    """What the schematic says of a part: fields, path of UUIDs and its pins' nets.

    nets: by pin; functions: name and type of every pin, as parity wants them.
    """

    reference: str
    value: str
    footprint: str
    fields: Mapping[str, str]
    path: str
    sheet: tuple[str, str]
    nets: Mapping[str, str]
    functions: Mapping[str, tuple[str, str]]
    in_bom: bool = True


@dataclass(frozen=True)
class Pad:
    """A pad on the board. size: before it is turned; drill: 0 if it has no hole."""

    reference: str
    number: str
    net: str
    centre: Point
    size: Point
    angle: float
    shape: str
    layers: tuple[str, ...]
    drill: float

    @property
    def is_through(self) -> bool:
        """Whether it goes through the board."""
        return self.drill > 0


@cache
def library_footprint(name: str) -> Node:
    """Return a footprint of KiCad's library, by `library:name`."""
    library, _, footprint = name.partition(":")
    path = LIBRARY / f"{library}.pretty" / f"{footprint}.kicad_mod"
    return parse(path.read_text(encoding="utf-8"))


def _number(value: object) -> float:
    return float(str(value))


def _exact(value: float) -> str:
    """Return a number to the nanometre, as the library's footprints have them."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _numbers(node: Node, name: str) -> list[float]:
    """Return the numbers of a node's element, or none."""
    found = find(node, name)
    return (
        [_number(v) for v in found[0][1:] if not isinstance(v, list)] if found else []
    )


def _layers(pad: Node) -> list[str]:
    return [str(layer) for layer in find(pad, "layers")[0][1:]]


def _turned_layer(name: str, side: str) -> str:
    if side == "B" and name[:2] in {"F.", "B."}:
        return {"F": "B", "B": "F"}[name[0]] + name[1:]
    return name


def pads(entry: Entry, place: Place) -> list[Pad]:
    """Return a part's pads on the board."""
    found = []
    for node in find(library_footprint(entry.footprint), "pad"):
        x, y, *angle = _numbers(node, "at")
        width, height = _numbers(node, "size")
        drill = find(node, "drill")
        sizes = [_number(v) for v in drill[0][1:] if v != "oval"] if drill else [0.0]
        number = str(node[1])
        found.append(
            Pad(
                reference=entry.reference,
                number=number,
                net=entry.nets.get(number, ""),
                centre=place.at((x, y)),
                size=(width, height),
                angle=place.turned(angle[0] if angle else 0.0),
                shape=str(node[3]),
                layers=tuple(_turned_layer(n, place.side) for n in _layers(node)),
                drill=max(sizes),
            )
        )
    return found


def printed(entry: Entry, place: Place) -> list[list[Point]]:
    """Return what the silkscreen around a part has: every line's corners."""
    lines = []
    for element in library_footprint(entry.footprint):
        if not isinstance(element, list) or element[0] not in DRAWN - {"fp_text"}:
            continue
        if str(find(element, "layer")[0][1]) != "F.SilkS":
            continue
        if element[0] == "fp_circle":
            (x, y), end = _numbers(element, "center"), _numbers(element, "end")
            radius = math.dist((x, y), end)
            points = [(x - radius, y - radius), (x + radius, y + radius)]
        else:
            listed = [e for found in find(element, "pts") for e in found[1:]]
            listed += [e for e in element if isinstance(e, list) and e[0] in POINTS]
            points = [
                (_number(e[1]), _number(e[2])) for e in listed if isinstance(e, list)
            ]
        lines.append([place.at(point) for point in points])
    return lines


def keep_outs(entry: Entry, place: Place) -> list[tuple[Point, float]]:
    """Return the circles where a part wants no copper in front: centre and radius."""
    found = []
    for zone in find(library_footprint(entry.footprint), "zone"):
        pts = find(find(zone, "polygon")[0], "pts")[0]
        corners = [(_number(xy[1]), _number(xy[2])) for xy in find(pts, "xy")]
        xs, ys = zip(*corners, strict=True)
        centre = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
        radius = max(math.dist(centre, corner) for corner in corners)
        found.append((place.at(centre), radius))
    return found


def footprint_node(
    entry: Entry, place: Place, net_numbers: Mapping[str, int], text: Node
) -> Node:
    """Return a part's footprint as a board holds it.

    text: where its reference stands, `at` and `effects`.
    """
    source = library_footprint(entry.footprint)
    at: Node = ["at", place.x, place.y, place.angle]
    node: Node = ["footprint", Quoted(entry.footprint)]
    node += [["layer", Quoted(f"{place.side}.Cu")]]
    node += [["uuid", identity("footprint", entry.reference)], at]
    node += [e for e in source if isinstance(e, list) and e[0] in {"descr", "tags"}]
    node += _properties(entry, place, text)
    node.append(["path", Quoted(entry.path)])
    node.append(["sheetname", Quoted(entry.sheet[0])])
    node.append(["sheetfile", Quoted(entry.sheet[1])])
    attributes = [str(a) for found in find(source, "attr") for a in found[1:]]
    if not entry.in_bom and "exclude_from_bom" not in attributes:
        attributes.append("exclude_from_bom")
    node.append(["attr", *attributes])
    for i, element in enumerate(source):
        if not isinstance(element, list):
            continue
        key = (entry.reference, str(i))
        if element[0] in DRAWN:
            node.append(_drawn(element, place, key))
        elif element[0] == "pad":
            node.append(_pad_node(element, entry, place, net_numbers, key))
        elif element[0] == "zone":
            node.append(_keepout(element, place, key))
        elif element[0] in {"embedded_fonts", "model"}:
            node.append(element)
    return node


def _properties(entry: Entry, place: Place, text: Node) -> list[Node]:
    nodes: list[Node] = []
    font: Node = ["effects", ["font", ["size", 1, 1], ["thickness", 0.15]]]
    words = {"Reference": entry.reference, "Value": entry.value}
    for name, value in (words | dict(entry.fields)).items():
        uuid = identity("footprint", entry.reference, name)
        head: Node = ["property", Quoted(name), Quoted(value)]
        if name == "Reference":
            nodes.append([*head, *text, ["uuid", uuid]])
            continue
        layer: Node = ["layer", Quoted(f"{place.side}.Fab")]
        where: list[Node] = [["at", 0, 0, place.angle], layer, ["hide", "yes"]]
        nodes.append([*head, *where, ["uuid", uuid], font])
    return nodes


def _drawn(element: Node, place: Place, key: tuple[str, ...]) -> Node:
    """Return a line or text of the footprint, on the other side if it lies there."""
    node: Node = []
    for e in element:
        if not isinstance(e, list):
            node.append(e)
        elif e[0] in POINTS or e[0] == "pts":
            node.append(_mirrored(e, place.side))
        elif e[0] == "at":
            x, y, *angle = [_number(v) for v in e[1:]]
            own = angle[0] if angle else 0.0
            turn = own if place.side == "F" else 180 - own
            y = y if place.side == "F" else -y
            node.append(["at", x, y + 0.0, (place.angle + turn) % 360])
        elif e[0] == "layer":
            node.append(["layer", Quoted(_turned_layer(str(e[1]), place.side))])
        elif e[0] == "effects" and place.side == "B":
            node.append([*e, ["justify", "mirror"]])
        elif e[0] != "uuid":
            node.append(e)
    node.append(["uuid", identity("footprint", *key)])
    return node


def _mirrored(element: Node, side: str) -> Node:
    if side == "F":
        return element
    if element[0] == "pts":
        points = [e for e in element[1:] if isinstance(e, list)]
        return ["pts", *[_mirrored(point, side) for point in points]]
    return [element[0], element[1], _exact(-_number(element[2]))]


def _pad_node(
    element: Node,
    entry: Entry,
    place: Place,
    net_numbers: Mapping[str, int],
    key: tuple[str, ...],
) -> Node:
    number = str(element[1])
    node: Node = []
    for e in element:
        if not isinstance(e, list):
            node.append(e)
        elif e[0] == "at":
            x, y, *angle = [_number(v) for v in e[1:]]
            y = y if place.side == "F" else -y
            turn = place.turned(angle[0] if angle else 0.0)
            node.append(["at", x, y + 0.0, turn])
        elif e[0] == "layers":
            names = [Quoted(_turned_layer(n, place.side)) for n in _layers(element)]
            node.append(["layers", *names])
        elif e[0] != "uuid":
            node.append(e)
    net = entry.nets.get(number)
    if net is not None:
        node.append(["net", net_numbers[net], Quoted(net)])
        function, kind = entry.functions[number]
        if function:
            node.append(["pinfunction", Quoted(function)])
        node.append(["pintype", Quoted(kind)])
    node.append(["uuid", identity("footprint", *key)])
    return node


def _keepout(element: Node, place: Place, key: tuple[str, ...]) -> Node:
    """Return a footprint's keep-out, whose corners a board file gives on the board."""
    node: Node = []
    for e in element:
        if isinstance(e, list) and e[0] == "polygon":
            corners = [
                (_number(xy[1]), _number(xy[2])) for xy in find(find(e, "pts")[0], "xy")
            ]
            points: list[Node] = [
                ["xy", *map(_exact, place.at(corner))] for corner in corners
            ]
            node.append(["polygon", ["pts", *points]])
        elif isinstance(e, list) and e[0] == "layer":
            node.append(["layer", Quoted(_turned_layer(str(e[1]), place.side))])
        elif not (isinstance(e, list) and e[0] == "uuid"):
            node.append(e)
    node.append(["uuid", identity("footprint", *key)])
    return node
