"""Which activations may be narrower at run time, and which of them go together.

A layer's units may be left out from the last on: the rows that make them, and the
columns that take them. What is tied to them element by element, or is the same state a
step later, has the same units. Nothing has to be said about it in the model: it follows
from the instructions.
"""

from dataclasses import replace

from tombola.converter.program import LANES, Program

MAX_GROUPS = 31  # besides 0, which is none; kMaxGroups in firmware/core


def with_widths(program: Program) -> Program:
    """Return the program with every value's width group.

    A group is free when all that reads or writes its values can do so in part, and
    none of them is an input or output of the network. Of more groups than a ticket can
    have, the widest count.
    """
    group = list(range(len(program.values)))

    def root(value: int) -> int:
        while group[value] != value:
            value = group[value]
        return value

    def tie(values: tuple[int, ...]) -> None:
        for value in values[1:]:
            group[root(value)] = root(values[0])

    fixed = {*program.inputs.values(), *program.outputs.values()}
    for step in program.instructions:
        ties = step.widths()
        for tied in ties:
            tie(tied)
        narrow = {value for tied in ties for value in tied}
        fixed |= {*step.inputs, *step.outputs} - narrow
        if step.scratch is not None:
            fixed.add(step.scratch)
    for pair in program.states.values():
        tie(pair)
    closed = {root(value) for value in fixed}
    counts = {root(v): value.count for v, value in enumerate(program.values)}
    free = [v for v in counts if v not in closed and counts[v] > LANES]
    widest = sorted(free, key=lambda v: -counts[v])[:MAX_GROUPS]
    number = {value: i + 1 for i, value in enumerate(sorted(widest))}
    values = [
        replace(value, group=number.get(root(v), 0))
        for v, value in enumerate(program.values)
    ]
    return replace(program, values=values)
