"""Where every value lies in the arena, and how the states stay in place."""

from collections.abc import Container
from dataclasses import dataclass, field, replace

from tombola.converter.moves import copy
from tombola.converter.operators.quantize import rescale
from tombola.converter.program import ALIGNMENT, Instruction, Program
from tombola.errors import TombolaError

MAX_ARENA_BYTES = 64 * 1024  # what the module has; kMaxArenaBytes in firmware/core
BEFORE = -1


@dataclass
class _Buffer:
    """Memory that holds one value after another, from `begin` to `end`."""

    bytes: int
    begin: int
    end: int
    values: list[int] = field(default_factory=list)
    offset: int = 0

    def meets(self, other: "_Buffer") -> bool:
        """Whether both are needed at one time."""
        return self.begin <= other.end and other.begin <= self.end


@dataclass(frozen=True)
class Plan:
    """A program with its memory.

    Attributes:
        offsets: Bytes from the arena's start, for each value.
        in_place: Sentences: which values took the memory of which.
        bytes_without_reuse: What the arena would take with every value on its own.
    """

    program: Program
    offsets: list[int]
    arena_bytes: int
    in_place: list[str]
    bytes_without_reuse: int


def plan(
    program: Program, reuse: bool = True, kept: Container[int] | None = None
) -> Plan:
    """Lay the values of a program out.

    Inputs, states and, from when they are written, outputs keep their memory between
    steps. With `reuse` off every value has memory of its own, so that all of them can
    be looked at after a step; or only those that the operators at the places `kept`
    write.

    Raises:
        TombolaError: The arena would pass its limit.
    """
    shared = _states_in_place(program) if reuse else {}
    program = _with_state_copies(program, shared)
    buffers = _buffers(program, shared, _apart(program, kept) if not reuse else set())
    notes = [
        f"state '{name}' is updated where it lies"
        for name, pair in program.states.items()
        if pair[1] in shared or pair[0] == pair[1]
    ]
    if reuse:
        notes += _stream_in_place(program, buffers)
    arena_bytes = _place(buffers)
    if arena_bytes > MAX_ARENA_BYTES:
        raise TombolaError(
            f"model: it needs {arena_bytes:,} B of arena, at most {MAX_ARENA_BYTES:,} "
            "are supported; trim it further"
        )
    offsets = [0] * len(program.values)
    for buffer in buffers:
        for value in buffer.values:
            offsets[value] = buffer.offset
    total = sum(value.bytes for value in program.values)
    return Plan(program, offsets, arena_bytes, notes, total)


def _reads(program: Program, value: int) -> list[int]:
    return [i for i, step in enumerate(program.instructions) if value in step.inputs]


def _writes(program: Program, value: int) -> int:
    for i, step in enumerate(program.instructions):
        if value in step.outputs:
            return i
    return BEFORE


def _states_in_place(program: Program) -> dict[int, int]:
    """Map a state's new value to its old, where the new may overwrite it.

    It may when nothing reads the old value later than the instruction that writes the
    new one, and that one goes through its elements in order.
    """
    shared: dict[int, int] = {}
    for old, new in program.states.values():
        alike = program.values[old].like(program.values[new])
        if old == new or new in shared or not alike:
            continue
        written = _writes(program, new)
        reads = _reads(program, old)
        streams = program.instructions[written].STREAMS
        if all(read < written or (read == written and streams) for read in reads):
            shared[new] = old
    return shared


def _with_state_copies(program: Program, shared: dict[int, int]) -> Program:
    """Append a rescaling for each state that is not updated in place."""
    instructions: list[Instruction] = list(program.instructions)
    for name, (old, new) in program.states.items():
        if old == new or shared.get(new) == old:
            continue
        step = rescale(new, old, program.values)
        if step is None and program.values[old].like(program.values[new]):
            step = copy(new, old, program.values[old])
        if step is None:
            raise TombolaError(
                f"model: state '{name}' comes out with scale "
                f"{program.values[new].scale:.4g} and goes in with "
                f"{program.values[old].scale:.4g}; calibrate both with the same values"
            )
        instructions.append(step)
    return replace(program, instructions=instructions)


def _apart(program: Program, kept: Container[int] | None) -> set[int]:
    """Return the values that operators at these places write, or all."""
    if kept is None:
        return set(range(len(program.values)))
    return {
        value
        for step in program.instructions
        for value in step.outputs
        if step.place is not None and step.place in kept
    }


def _buffers(
    program: Program, shared: dict[int, int], apart: set[int]
) -> list[_Buffer]:
    """One buffer for each value, apart from the states that are updated in place."""
    after = len(program.instructions)
    lasting = {*program.inputs.values()} | {old for old, _ in program.states.values()}
    scratch = {
        step.scratch: place
        for place, step in enumerate(program.instructions)
        if step.scratch is not None
    }
    buffers = {}
    for value, description in enumerate(program.values):
        if value in shared:
            continue
        begin, end = _writes(program, value), max(_reads(program, value), default=0)
        if value in scratch:
            begin = end = scratch[value]
        if value in lasting or value in apart:
            begin, end = BEFORE, after
        elif value in program.outputs.values():
            end = after
        buffers[value] = _Buffer(description.bytes, begin, max(begin, end), [value])
    for new, old in shared.items():
        buffers[old].values.append(new)
    return list(buffers.values())


def _stream_in_place(program: Program, buffers: list[_Buffer]) -> list[str]:
    """Let outputs take the memory of an input that is read for the last time."""
    notes = []
    home = {value: buffer for buffer in buffers for value in buffer.values}
    for i, step in enumerate(program.instructions):
        target = home[step.outputs[0]]
        if not step.STREAMS or target.begin != i:
            continue
        for value in step.inputs:
            source = home[value]
            alike = _shape(program, value) == _shape(program, step.outputs[0])
            if source.end == i and alike:
                source.end = target.end
                source.values += target.values
                home.update(dict.fromkeys(target.values, source))
                buffers.remove(target)
                names = program.values[step.outputs[0]].name, program.values[value].name
                notes.append("'{}' takes the memory of '{}'".format(*names))
                break
    return notes


def _shape(program: Program, value: int) -> tuple[int, int]:
    """Return a value's count and the bytes of its elements."""
    return program.values[value].count, program.values[value].dtype.itemsize


def _place(buffers: list[_Buffer]) -> int:
    """Give the largest buffers their place first, each as low as it fits.

    Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference"
    (2020), greedy by size.
    """
    placed: list[_Buffer] = []
    for buffer in sorted(buffers, key=lambda b: (-b.bytes, b.begin)):
        offset = 0
        for other in sorted(placed, key=lambda b: b.offset):
            if not buffer.meets(other):
                continue
            if other.offset - offset >= buffer.bytes:
                break
            offset = max(offset, other.offset + other.bytes)
        buffer.offset = offset
        placed.append(buffer)
    end = max((b.offset + b.bytes for b in placed), default=0)
    return -(-end // ALIGNMENT) * ALIGNMENT
