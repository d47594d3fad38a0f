"""Parts, nets and the circuit that they make."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hardware.circuit.catalogue import Item


@dataclass(frozen=True)
class Part:
    """One part on the board.

    role is its place in the sheet's function (`x.feedback`), unique within the sheet;
    nets names the net of every pin that is connected, pin numbers as on the footprint.
    """

    reference: str
    item: Item
    sheet: str
    role: str
    nets: Mapping[str, str]


@dataclass
class Circuit:
    """All parts, in the order in which they were declared; notes: why, by sheet."""

    parts: list[Part] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)

    def sheet(self, name: str, note: str) -> "Sheet":
        """Begin the next sheet; its parts count from 100 times its number."""
        self.notes[name] = note
        return Sheet(self, name)

    def nets(self) -> dict[str, frozenset[tuple[str, str]]]:
        """Return the (reference, pin) pairs of every net."""
        joined: dict[str, set[tuple[str, str]]] = {}
        for part in self.parts:
            for pin, net in part.nets.items():
                joined.setdefault(net, set()).add((part.reference, pin))
        return {net: frozenset(pins) for net, pins in joined.items()}

    def of(self, sheet: str) -> Iterator[Part]:
        """Yield the parts of one sheet."""
        return (part for part in self.parts if part.sheet == sheet)

    def part(self, sheet: str, role: str) -> Part:
        """Return the part that has this role."""
        for part in self.of(sheet):
            if part.role == role:
                return part
        raise KeyError(f"sheet {sheet!r} has no part with the role {role!r}")


@dataclass(frozen=True)
class Sheet:
    """One sheet of a circuit, while its parts are declared."""

    circuit: Circuit
    name: str

    def add(self, role: str, item: Item, *nets: str, **named: str) -> Part:
        """Add a part: nets of the pins 1, 2, ... in turn, or by the pins' names.

        A pin named in Python, `p7` or `S`, is pin 7 or S of the footprint.
        """
        pins = {str(number): net for number, net in enumerate(nets, 1)}
        pins |= {pin.removeprefix("p"): net for pin, net in named.items()}
        unknown = set(pins) - set(item.pins)
        if unknown:
            raise ValueError(f"{role}: {item.name} has no pin {', '.join(unknown)}")
        if any(part.role == role for part in self.circuit.of(self.name)):
            raise ValueError(f"sheet {self.name!r} has two parts {role!r}")
        key = f"{item.prefix}{len(self.circuit.notes)}"
        self.circuit._counts[key] += 1
        reference = f"{key}{self.circuit._counts[key]:02d}"
        part = Part(reference, item, self.name, role, pins)
        self.circuit.parts.append(part)
        return part
