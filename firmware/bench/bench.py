"""Count the instructions of the engine's steps on an emulated Cortex-M7.

    python firmware/bench/bench.py [MODEL ...]

A MODEL is a .tflite, or the stem of one of those that are measured when none is given:
all of tests/data/models and the module's tickets. For each, an image with its ticket
runs on QEMU's mps2-an500 over random frames; its outputs have to be those of
ai-edge-litert's reference kernels, bit for bit. Prints a table, and writes
build/reports/engine.json, and beside it, as engine_code.json, how many bytes of code
each file of the engine has when all operators are linked.
"""

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tombola.converter import Converted, convert
from tombola.converter.verify import random_inputs
from tombola.errors import TombolaError
from tombola.files import write_json

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "firmware"))

from sizes import read_map  # noqa: E402
from ticket_operators import operator_list  # noqa: E402

MODELS = ("tests/data/models/*.tflite", "firmware/tickets/*.tflite")
IMAGES = ROOT / "build" / "bench"
# What others take for the same models.
TFLM = tomllib.loads((ROOT / "tests/data/models/tflm.toml").read_text(encoding="utf-8"))
REPORTS = ROOT / "build" / "reports"
FRAMES = 64
SEED = 1
EMULATOR = [
    *("qemu-system-arm", "-M", "mps2-an500"),
    # An instruction takes 1,024 ns of emulated time: board.h counts by that.
    *("-icount", "shift=10"),
    *("-semihosting-config", "enable=on,target=native"),
    *("-display", "none", "-monitor", "none", "-serial", "none"),
]
LIMIT_SECONDS = 120
WIDTH = 100  # of a table that no terminal limits

Array = NDArray[Any]


@dataclass(frozen=True)
class Figures:
    """What a model costs.

    Attributes:
        instructions: Of the frame that takes most.
        least_instructions: Of the frame that takes least.
        half_width_instructions: Of a step with half the units, where they can be left
            out at run time.
        per_mac: `instructions` over `macs`.
        macs: Multiplications with a weight in a step.
        load_instructions: Checking the ticket and making the network ready.
        engine_code_bytes: Code and constants of firmware/core/nn in the image, which
            has the operators of this ticket only.
    """

    instructions: int
    least_instructions: int
    half_width_instructions: int
    per_mac: float
    macs: int
    load_instructions: int
    arena_bytes: int
    ticket_bytes: int
    engine_code_bytes: int


def measure(model: Path) -> Figures:
    """Build a model's image, run it, hold its outputs against litert's.

    Raises:
        TombolaError: The model is refused, the image fails, or an output differs.
    """
    tflite = model.read_bytes()
    converted = convert(tflite)
    inputs = random_inputs(converted, FRAMES, SEED)
    operators = operator_list(converted.ticket)
    image = build(IMAGES / model.stem, operators, converted.ticket, frame_bytes(inputs))
    load, steps, half, outputs = run(image, converted)
    compare(tflite, inputs, outputs)
    macs = int(converted.report["macs"])
    return Figures(
        instructions=max(steps),
        least_instructions=min(steps),
        half_width_instructions=half,
        per_mac=round(max(steps) / macs, 3) if macs else 0.0,
        macs=macs,
        load_instructions=load,
        arena_bytes=int(converted.report["arena_bytes"]),
        ticket_bytes=len(converted.ticket),
        engine_code_bytes=engine_bytes(image.with_suffix(".map")),
    )


def frame_bytes(inputs: dict[str, Array]) -> bytes:
    """Return frame after frame, each with the inputs in order."""
    frames = zip(*inputs.values(), strict=True)
    return b"".join(values.tobytes() for frame in frames for values in frame)


def build(folder: Path, operators: str, ticket: bytes, frames: bytes) -> Path:
    """Return the ELF with these operators, this ticket and these frames."""
    folder.mkdir(parents=True, exist_ok=True)
    update(folder / "ticket.bin", ticket)
    update(folder / "frames.bin", frames)
    update(folder / "ticket_operators.h", operators.encode())
    objects = IMAGES / "objects"
    make = ["make", "-s", "-C", str(ROOT / "firmware"), "-f", "bench/Makefile"]
    subprocess.run([*make, f"IMAGE={folder}", f"OUT={objects}"], check=True)
    return folder / "bench.elf"


def update(path: Path, content: bytes) -> None:
    """Write a file unless it has this content, so that make sees only changes."""
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


def run(
    image: Path, converted: Converted
) -> tuple[int, list[int], int, dict[str, Array]]:
    """Run an image.

    Returns:
        The instructions of loading, of each step, and of one at half the width; then
        outputs and states, [FRAMES, count] by name.
    """
    program = converted.plan.program
    ports = {**program.outputs, **{n: old for n, (old, _) in program.states.items()}}
    step = [("instructions", np.uint32)] + [
        (name, program.values[i].dtype, program.values[i].count)
        for name, i in ports.items()
    ]
    word = np.uint32
    results = np.dtype(
        [("error", word), ("load", word), ("steps", step, FRAMES), ("half", word)]
    )
    emulation = subprocess.run(
        [*EMULATOR, "-kernel", str(image)],
        stdout=subprocess.PIPE,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    if emulation.returncode or len(emulation.stdout) != results.itemsize:
        raise TombolaError(
            f"bench: '{image}' ended with {emulation.returncode} after "
            f"{len(emulation.stdout)} bytes: {emulation.stdout[:8].hex()}"
        )
    (result,) = np.frombuffer(emulation.stdout, results)
    steps = result["steps"]
    return (
        int(result["load"]),
        steps["instructions"].tolist(),
        int(result["half"]),
        {name: steps[name] for name in ports},
    )


def compare(tflite: bytes, inputs: dict[str, Array], ours: dict[str, Array]) -> None:
    """Hold outputs and states against litert's reference kernels.

    Raises:
        TombolaError: One of them differs.
    """
    interpreter = Interpreter(
        model_content=tflite,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
    )
    reference = interpreter.get_signature_runner()
    going_in = reference.get_input_details()
    coming_out = reference.get_output_details()
    states = {
        name: np.full(d["shape"], d["quantization"][1], d["dtype"])
        for name, d in going_in.items()
        if name not in inputs
    }
    for t in range(FRAMES):
        frame = {
            name: values[t].reshape(going_in[name]["shape"])
            for name, values in inputs.items()
        }
        theirs = reference(**frame, **states)
        for name, values in theirs.items():
            # A state that comes out with another scale than it goes in with leaves
            # the rescaling to its user, which is the ticket.
            rescaled = name in states and (
                going_in[name]["quantization"] != coming_out[name]["quantization"]
            )
            if not rescaled and not np.array_equal(values.reshape(-1), ours[name][t]):
                raise TombolaError(
                    f"bench: '{name}' of frame {t} differs from the reference kernels'"
                )
        states = {n: ours[n][t].reshape(going_in[n]["shape"]) for n in states}


def engine_bytes(linker_map: Path) -> int:
    """Return the bytes of code and constants that come from firmware/core/nn."""
    _, folders = read_map(linker_map.read_text(encoding="utf-8"))
    return int(folders["core/nn"])


def bytes_by_file(linker_map: Path) -> dict[str, int]:
    """Return the same for each source file, the largest first."""

    def owner(_: str, path: str) -> str:
        return Path(path).stem if "/core/nn/" in path else ""

    _, files = read_map(linker_map.read_text(encoding="utf-8"), owner)
    return {name: size for name, size in files.most_common() if name and size}


def code_of_all() -> dict[str, int]:
    """Build an image with every operator; return its engine's bytes by source file."""
    every = '#include "firmware/core/nn/operator_list.h"\n'
    image = build(IMAGES / "all_operators", every, b"", b"")
    return bytes_by_file(image.with_suffix(".map"))


def find(names: Sequence[str]) -> list[Path]:
    """Return the models of these names, or all.

    Raises:
        TombolaError: A name is neither a file nor the stem of a measured model.
    """
    known = {path.stem: path for glob in MODELS for path in sorted(ROOT.glob(glob))}
    unknown = [n for n in names if n not in known and not Path(n).is_file()]
    if unknown:
        raise TombolaError(
            f"bench: there is no model '{unknown[0]}'; give a .tflite, or one of "
            f"{', '.join(known)}"
        )
    return [known.get(name, Path(name)) for name in names] or list(known.values())


def show(figures: dict[str, Figures], console: Console) -> None:
    """Print the table: instructions, then bytes, then TFLM's instructions."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("model", no_wrap=True)
    for heading in (
        "MACs",
        "step",
        "/ MAC",
        "half",
        "load",
        "arena B",
        "ticket B",
        "code B",
    ):
        table.add_column(heading, justify="right")
    table.add_column("TFLM", justify="right")
    for name, f in figures.items():
        theirs = TFLM.get(name, {}).get("cmsis_nn_instructions")
        table.add_row(
            name,
            f"{f.macs:,}",
            f"{f.instructions:,}",
            f"{f.per_mac:.2f}",
            f"{f.half_width_instructions:,}",
            f"{f.load_instructions:,}",
            f"{f.arena_bytes:,}",
            f"{f.ticket_bytes:,}",
            f"{f.engine_code_bytes:,}",
            f"{theirs:,}" if theirs else "",
        )
    console.print(table)


def main(names: Sequence[str]) -> int:
    """Measure, print, write; 1 when a model is refused or differs."""
    figures, failed = {}, False
    for model in find(names):
        try:
            figures[model.stem] = measure(model)
        except TombolaError as error:
            print(f"{model.stem}: {error}", file=sys.stderr, flush=True)
            failed = True
    show(figures, Console(width=None if sys.stdout.isatty() else WIDTH))
    code = code_of_all()
    print(f"engine code with all operators: {sum(code.values()):,} B")
    REPORTS.mkdir(parents=True, exist_ok=True)
    write_json(REPORTS / "engine.json", {n: asdict(f) for n, f in figures.items()})
    write_json(REPORTS / "engine_code.json", {"bytes": sum(code.values()), "of": code})
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
