"""The bill of materials and what it costs."""

import csv
import io
from dataclasses import dataclass

from hardware.circuit.catalogue import Item, extras
from hardware.circuit.model import Circuit

BATCHES = (1, 10, 100)
COLUMNS = (
    "Count",
    "References",
    "Value",
    "Rating",
    "Manufacturer",
    "Part number",
    "Alternative",
    "Footprint",
    "Each at 1",
    "Each at 10",
    "Each at 100",
)


@dataclass(frozen=True)
class Line:
    """One kind of part: how many, and where (none: not on the board)."""

    item: Item
    count: int
    references: tuple[str, ...]


def lines(circuit: Circuit) -> list[Line]:
    """Return what is bought for one module, parts on the board first."""
    places: dict[Item, list[str]] = {}
    for part in circuit.parts:
        if part.item.number:
            places.setdefault(part.item, []).append(part.reference)
    on_board = [Line(item, len(refs), tuple(refs)) for item, refs in places.items()]
    return on_board + [Line(item, count, ()) for count, item in extras()]


def cost(circuit: Circuit, modules: int) -> float:
    """Return US dollars for one of 1, 10 or 100 modules, without work and shipping."""
    which = BATCHES.index(modules)
    return sum(line.count * line.item.prices[which] for line in lines(circuit))


def bom_csv(circuit: Circuit) -> str:
    """Return the bill of materials that a person reads and a shop takes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in lines(circuit):
        item = line.item
        row = [line.count, " ".join(line.references), item.value, item.rating]
        row += [item.manufacturer, item.number, item.alternative]
        row += [item.footprint.partition(":")[2], *item.prices]
        writer.writerow(row)
    return out.getvalue()


def assembly_csv(circuit: Circuit) -> str:
    """Return the bill of materials in the form that JLCPCB's assembly takes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Comment", "Designator", "Footprint", "Manufacturer Part Number"])
    for line in lines(circuit):
        if line.references and line.item.assembled:
            item = line.item
            footprint = item.footprint.partition(":")[2]
            references = ",".join(line.references)
            writer.writerow([item.value, references, footprint, item.number])
    return out.getvalue()
