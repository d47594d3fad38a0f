"""What the board has to take over from the schematic, as its netlist has it."""

from hardware.kicad import nets_by_pin
from hardware.layout.footprints import Entry
from hardware.sexpr import Node, find


def _text(node: Node, name: str) -> str:
    return str(find(node, name)[0][1])


def entries(exported: Node) -> list[Entry]:
    """Return every part of a netlist."""
    nets = nets_by_pin(exported)
    found = []
    for part in find(find(exported, "components")[0], "comp"):
        reference = _text(part, "ref")
        fields = {
            _text(field, "name"): str(field[2]) if len(field) > 2 else ""
            for field in find(find(part, "fields")[0], "field")
        }
        del fields["Footprint"]
        names = {_text(p, "name") for p in find(part, "property")}
        sheet = find(part, "sheetpath")[0]
        own = str(find(part, "tstamps")[0][1])
        properties = {
            _text(p, "name"): _text(p, "value")
            for p in find(part, "property")
            if find(p, "value")
        }
        found.append(
            Entry(
                reference=reference,
                value=_text(part, "value"),
                footprint=_text(part, "footprint"),
                fields=fields,
                path=_text(sheet, "tstamps") + own,
                sheet=(_text(sheet, "names"), properties["Sheetfile"]),
                nets={p: n for (r, p), (n, _, _) in nets.items() if r == reference},
                functions={
                    p: (f, t) for (r, p), (_, f, t) in nets.items() if r == reference
                },
                in_bom="exclude_from_bom" not in names,
            )
        )
    return found
