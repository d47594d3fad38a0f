"""How wide the tracks of which nets are, and KiCad's project file, which says so."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CLEARANCE = 0.2
VIA, VIA_DRILL = 0.6, 0.3
EDGE = 0.5
# What KiCad leaves out unless it is told otherwise. Of these, pins in another part's
# courtyard stay out: two knobs' are under the Seed, whose sockets stand clear of them.
STRICTER = (
    "footprint_filters_mismatch",
    "footprint_type_mismatch",
    "missing_courtyard",
    "npth_inside_courtyard",
)


@dataclass(frozen=True)
class NetClass:
    """A width in mm for nets, by their names in the declared circuit."""

    name: str
    width: float
    nets: tuple[str, ...] = ()


# 0.6 mm of 35 um carry 0.5 A, at which the fuses hold, at 5 K above the board's
# temperature (IPC-2221, inner layer). Supplies that are clean rather than strong have
# 0.4 mm, the rest 0.25 mm, which any board house etches and a wire can mend.
CLASSES = (
    NetClass("Default", 0.25),
    NetClass("Supply", 0.4, ("GND", "+3V3A", "+3V3D", "-3V3REF")),
    NetClass(
        "Power",
        0.6,
        (
            "BUS_+12V",
            "BUS_-12V",
            "FUSED_+12V",
            "FUSED_-12V",
            "+12V",
            "-12V",
            "CONVERTER_12V",
            "CONVERTER_5V",
            "+5V",
        ),
    ),
)
WIDTHS = tuple(net_class.width for net_class in CLASSES)


def class_of(net: str) -> int:
    """Return the place in CLASSES of a declared net."""
    for i, net_class in enumerate(CLASSES):
        if net in net_class.nets:
            return i
    return 0


def project_file(names: Mapping[str, str]) -> str:
    """Return KiCad's project file; names: what the schematic calls a declared net."""
    content = {
        "board": {
            "design_settings": {
                "rules": _rules(),
                "rule_severities": dict.fromkeys(STRICTER, "error"),
            }
        },
        "erc": {
            "rule_severities": {
                "footprint_filter": "error",
                "four_way_junction": "error",
                "label_multiple_wires": "error",
                "single_global_label": "error",
            }
        },
        "meta": {"filename": "tombola.kicad_pro", "version": 3},
        "net_settings": {
            "classes": [_class_row(net_class) for net_class in CLASSES],
            "meta": {"version": 4},
            "netclass_patterns": [
                {"netclass": net_class.name, "pattern": names[net]}
                for net_class in CLASSES
                for net in net_class.nets
            ],
        },
    }
    return json.dumps(content, indent=2) + "\n"


def _rules() -> dict[str, float]:
    """What the board is checked against: above what board houses ask no extra for."""
    return {
        "min_clearance": CLEARANCE,
        "min_copper_edge_clearance": EDGE,
        "min_hole_to_hole": 0.25,
        "min_resolved_spokes": 2,
        "min_text_height": 0.8,
        "min_text_thickness": 0.12,
        "min_through_hole_diameter": VIA_DRILL,
        "min_track_width": min(WIDTHS),
        "min_via_annular_width": (VIA - VIA_DRILL) / 2,
        "min_via_diameter": VIA,
    }


def _class_row(net_class: NetClass) -> dict[str, Any]:
    return {
        "name": net_class.name,
        "clearance": CLEARANCE,
        "track_width": net_class.width,
        "via_diameter": VIA,
        "via_drill": VIA_DRILL,
        "priority": 2147483647 if net_class.name == "Default" else 0,
    }
