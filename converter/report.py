"""What a ticket is made of, for a person and as JSON."""

from typing import Any

from rich.console import Console
from rich.table import Table

from tombola.converter.plan import Plan


def report(plan: Plan, ticket: bytes, source_bytes: int) -> dict[str, Any]:
    """Return the figures of a ticket; sizes in bytes, `macs` and `arena` for a step."""
    program = plan.program
    return {
        "tflite_bytes": source_bytes,
        "ticket_bytes": len(ticket),
        # Every weight is used once in a step.
        "weights": sum(step.macs for step in program.instructions),
        "weight_bytes": sum(step.weight_bytes for step in program.instructions),
        "arena_bytes": plan.arena_bytes,
        "arena_bytes_without_reuse": plan.bytes_without_reuse,
        "macs": sum(step.macs for step in program.instructions),
        "inputs": _ports(plan, program.inputs),
        "outputs": _ports(plan, program.outputs),
        "states": _ports(plan, {n: pair[0] for n, pair in program.states.items()}),
        "instructions": [
            {
                "operator": step.place,
                "kind": step.NAME,
                "output": program.values[step.outputs[0]].name,
                "count": program.values[step.outputs[0]].count,
                "macs": step.macs,
                "weight_bytes": step.weight_bytes,
            }
            for step in program.instructions
        ],
        "folded": program.folded,
        "in_place": plan.in_place,
    }


def _ports(plan: Plan, ports: dict[str, int]) -> dict[str, Any]:
    values = plan.program.values
    return {
        name: {"count": values[value].count, "scale": values[value].scale}
        for name, value in ports.items()
    }


def show(report: dict[str, Any], console: Console) -> None:
    """Print the report as a table of instructions and a summary."""
    table = Table(
        "operator", "instruction", "output", "elements", "MACs", "weight bytes"
    )
    for column in (0, 3, 4, 5):
        table.columns[column].justify = "right"
    for step in report["instructions"]:
        place = "added" if step["operator"] is None else str(step["operator"])
        count, macs, size = (
            f"{step[key]:,}" if step[key] else ""
            for key in ("count", "macs", "weight_bytes")
        )
        table.add_row(place, step["kind"], step["output"], count, macs, size)
    console.print(table)
    for note in [*report["folded"], *report["in_place"]]:
        console.print(f"  {note}", highlight=False, markup=False)
    console.print(
        f"ticket {report['ticket_bytes']:,} B, weights {report['weights']:,} in "
        f"{report['weight_bytes']:,} B, arena {report['arena_bytes']:,} B "
        f"({report['arena_bytes_without_reuse']:,} B without reuse), "
        f"{report['macs']:,} MACs a step",
        highlight=False,
    )
