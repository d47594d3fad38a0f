"""The main board: all of it, drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hardware.circuit.model import Circuit
from hardware.circuit.panel import Panel
from hardware.layout.copper import draw_net
from hardware.layout.footprints import (
    Entry,
    Pad,
    Place,
    footprint_node,
    keep_outs,
    pads,
)
from hardware.layout.grid import LAYERS, PITCH, Grid, Shape
from hardware.layout.items import Drawing, LayoutError
from hardware.layout.labels import SMALL, draw_label, labels, text_box
from hardware.layout.netclasses import class_of
from hardware.layout.place import COPPER_LAYERS, CORNER, SIZE, places
from hardware.layout.planes import GROUND, draw_ground, stitches
from hardware.layout.route import Net, Router
from hardware.layout.silkscreen import body, reference_text, sides
from hardware.sexpr import Node

OUTLINE = (CORNER, SIZE)
ROUNDING = 1.0
# A ground pin's spokes want this much room beside it.
SPOKES = 0.35


@dataclass(frozen=True)
class Parts:
    """What lies on the board, and the names that its nets have in the circuit."""

    entries: Sequence[Entry]
    places: Mapping[str, Place]
    pads: Sequence[Pad]
    declared: Mapping[str, str]

    @property
    def nets(self) -> list[str]:
        """Return all nets as KiCad numbers them, the empty one first."""
        return ["", *sorted({pad.net for pad in self.pads} - {""})]


def parts(circuit: Circuit, panel: Panel, entries: Sequence[Entry]) -> Parts:
    """Return the placed parts of a schematic's entries."""
    placed = places(circuit, panel)
    lands = [pad for entry in entries for pad in pads(entry, placed[entry.reference])]
    names = {pins: name for name, pins in circuit.nets().items()}
    joined: dict[str, set[tuple[str, str]]] = {}
    for pad in lands:
        if pad.net:
            joined.setdefault(pad.net, set()).add((pad.reference, pad.number))
    declared = {net: names.get(frozenset(pins), "") for net, pins in joined.items()}
    return Parts(entries, placed, lands, declared)


def router(board: Parts) -> Router:
    """Return the board's nets, ground first, then from short to long, not yet laid."""
    columns, rows = (round(length / PITCH) + 1 for length in SIZE)
    grid = Grid(Shape(CORNER, columns, rows))
    numbers = {net: i for i, net in enumerate(board.nets)}
    for pad in board.pads:
        room = SPOKES if pad.is_through and pad.net == GROUND else 0.0
        grid.add_pad(pad, numbers[pad.net] if pad.net else -1, room)
    for entry in board.entries:
        for centre, radius in keep_outs(entry, board.places[entry.reference]):
            grid.keep_out(centre, radius, LAYERS.index("F.Cu"))
    nets = []
    for net in board.nets[1:]:
        lands = [pad for pad in board.pads if pad.net == net]
        if len(lands) > 1:
            width = class_of(board.declared[net])
            nets.append(Net(net, numbers[net], lands, width, net == GROUND))
    return Router(grid, sorted(nets, key=lambda net: (not net.to_plane, _span(net))))


def _span(net: Net) -> tuple[float, str]:
    xs, ys = zip(*(pad.centre for pad in net.pads), strict=True)
    return round(max(xs) - min(xs) + max(ys) - min(ys), 4), net.name


def draw(board: Parts, routed: Router, panel: Panel, note: str) -> Drawing:
    """Return the board with its tracks, planes and prints."""
    drawing = Drawing("board", "Tombola main board", COPPER_LAYERS, "Black", note)
    drawing.outline(*OUTLINE, ROUNDING)
    numbers = {net: i for i, net in enumerate(board.nets)}
    texts = _print(drawing, board, panel)
    for entry in board.entries:
        place = board.places[entry.reference]
        text = texts[entry.reference]
        drawing.nodes.append(footprint_node(entry, place, numbers, text))
    for net in routed.nets:
        draw_net(drawing, net, routed.grid.shape)
    ground = next(net for net in routed.nets if net.to_plane)
    vias = stitches(routed.grid, ground, board.pads)
    draw_ground(drawing, OUTLINE, ground.number, vias)
    return drawing


def _print(drawing: Drawing, board: Parts, panel: Panel) -> dict[str, Node]:
    """Print the labels; return where every reference goes."""
    free = sides(OUTLINE, board.entries, board.places, board.pads)
    points = [
        pad.centre
        for pad in sorted(board.pads, key=lambda pad: pad.centre[1])
        if pad.reference.startswith("TP")
    ]
    (bench,) = (e.reference for e in board.entries if e.fields["Role"] == "bench")
    for label in labels(panel, points, board.places[bench]):
        draw_label(drawing, label)
        box = text_box(label.words, label.centre, label.height, label.angle)
        free[label.side].cover(box)
    texts = {}
    for entry in sorted(board.entries, key=lambda entry: _room(board, entry)):
        place = board.places[entry.reference]
        side = free[place.side]
        where = side.room(entry.reference, _body(board, entry))
        if where is None:
            raise LayoutError(f"{entry.reference}: there is no room for its name")
        side.cover(text_box(entry.reference, where[0], SMALL, where[1]))
        texts[entry.reference] = reference_text(place, where)
    return texts


def _body(board: Parts, entry: Entry) -> tuple[float, float, float, float]:
    own = [pad for pad in board.pads if pad.reference == entry.reference]
    return body(entry, board.places[entry.reference], own)


def _room(board: Parts, entry: Entry) -> tuple[float, str]:
    """The small parts' names go first: they have the fewest places."""
    left, top, right, bottom = _body(board, entry)
    return round((right - left) * (bottom - top), 4), entry.reference
