"""Estimate what a step takes on the Cortex-M7, in cycles, by LLVM's model of the core.

    python firmware/bench/cycles.py [MODEL ...]

The instructions that an image of `make bench` executes when it loads its ticket and in
its first step go through llvm-mca: two issue slots, the latencies and units of LLVM's
scheduling model, no branch predictor, no cache and no memory that waits. Prints each
function's share and the hottest loops. An estimate: docs/research/engine.md says what
it leaves out.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from pathlib import Path

import bench
from execution import Blocks, Code, disassemble, executions
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tombola.errors import TombolaError

# From 19 on it goes on where the model does not know an instruction (IT).
ANALYSERS = ("llvm-mca-21", "llvm-mca-20", "llvm-mca-19")
OPTIONS = (
    *("-mtriple=thumbv7em-none-eabihf", "-mcpu=cortex-m7"),
    *("-skip-unsupported-instructions=lack-sched", "-iterations=1"),
    *("-instruction-info=0", "-resource-pressure=0"),
)
FIRST_STEP = 3
REPEATS = 100  # of a loop, so that its first round weighs little
LOOPS = 6
LEAST_SHARE = 0.01  # of the cycles, to be shown
MULTIPLICATIONS = {
    **dict.fromkeys(("smlad", "smladx", "smlald", "smuad"), 2),
    **dict.fromkeys(("mla", "smlal", "smlabb", "smlatt", "smlabt", "smlatb"), 1),
    **dict.fromkeys(("mul", "smull", "smulbb", "smmulr", "smmlar", "vmla.f32"), 1),
}


def cycles(regions: Iterable[Sequence[str]]) -> list[int]:
    """Return llvm-mca's cycles for pieces of straight code.

    Raises:
        TombolaError: It is not installed, or does not understand an instruction.
    """
    analyser = next(filter(None, map(shutil.which, ANALYSERS)), None)
    if analyser is None:
        raise TombolaError(
            "cycles: llvm-mca 19 is needed; ./bootstrap.sh cycles installs it"
        )
    source = [".syntax unified", ".thumb"]
    for lines in regions:
        source += ["# LLVM-MCA-BEGIN", *lines, "# LLVM-MCA-END"]
    result = subprocess.run(
        [analyser, *OPTIONS, "-"],
        input="\n".join(source) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise TombolaError(f"cycles: {result.stderr[:1000]}")
    return [int(n) for n in re.findall(r"^Total Cycles:\s+(\d+)", result.stdout, re.M)]


def assembly(text: str) -> str:
    """Turn a line of objdump into one that LLVM takes, a call into a jump.

    llvm-mca takes a call for 100 cycles; here what is called follows.
    """
    text = re.sub(r"^(vmov\S*\s+\w+, #)\d+\s*@ 0x[0-9a-f]+\s+(\S+)$", r"\1\2", text)
    text = re.sub(r"\s*(<.*>|@.*|;.*)", "", text)
    text = re.sub(r"^(\S+?)\.[nw]\b", r"\1", text)
    text = re.sub(r"^(b|b[a-z]{1,2})(\s+)[0-9a-f]+$", r"\1\2target", text)
    text = re.sub(r"^(cbn?z\s+\w+, )[0-9a-f]+$", r"\1target", text)
    text = re.sub(r"^bl(?=\s)", "b", text)
    return re.sub(r"^blx(?=\s)", "bx", text)


def functions(code: Code, blocks: Blocks) -> dict[str, list[int]]:
    """Return the instructions that each function executed, in order."""
    executed: dict[str, list[int]] = {}
    for block in blocks:
        executed.setdefault(code.function[block[0]], []).extend(block)
    return executed


def loops(blocks: Blocks) -> list[tuple[list[int], int]]:
    """Return the blocks that follow themselves, and how often; the costliest first."""
    counts = Counter(
        tuple(block) for block, following in pairwise(blocks) if block is following
    )
    costs = sorted(counts.items(), key=lambda item: -item[1] * len(item[0]))
    return [(list(block), count) for block, count in costs]


def short(function: str) -> str:
    """Return a function's name without where it is and what it takes."""
    plain = re.sub(r"tombola::|\(anonymous namespace\)::", "", function)
    return plain.partition("(")[0].removeprefix("void ")


def table(*headings: str) -> Table:
    """Return an empty table of a name and figures."""
    result = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    result.add_column(headings[0], max_width=42, no_wrap=True)
    for heading in headings[1:]:
        result.add_column(heading, justify="right")
    return result


def show(model: Path, console: Console) -> None:
    """Print a model's loading and step by function, and the step's loops."""
    image = bench.IMAGES / model.stem / "bench.elf"
    if not image.exists():
        raise TombolaError(f"cycles: run `make bench MODELS={model.stem}` first")
    code = disassemble(image)
    _, load, step = executions(image, code, FIRST_STEP)
    for name, execution in (("loading", load), ("a step", step)):
        (estimate,) = cycles([lines(code, chain.from_iterable(execution.blocks))])
        console.print(
            f"{model.stem}, {name}: {execution.instructions:,} instructions, about "
            f"{estimate:,} cycles",
            highlight=False,
        )
        console.print(by_function(code, execution.blocks))
    console.print(hottest(code, step.blocks))


def lines(code: Code, addresses: Iterable[int]) -> list[str]:
    """Return instructions as LLVM takes them."""
    return [assembly(code.text[address]) for address in addresses]


def by_function(code: Code, blocks: Blocks) -> Table:
    """Return the functions that take at least a hundredth of the cycles."""
    executed = functions(code, blocks)
    estimates = cycles(lines(code, addresses) for addresses in executed.values())
    rows = zip(executed.items(), estimates, strict=True)
    result = table("function", "instructions", "cycles", "share")
    for (name, addresses), estimate in sorted(rows, key=lambda row: -row[1]):
        share = estimate / sum(estimates)
        if share >= LEAST_SHARE:
            result.add_row(
                short(name), f"{len(addresses):,}", f"{estimate:,}", f"{share:.0%}"
            )
    return result


def hottest(code: Code, blocks: Blocks) -> Table:
    """Return the loops of one block that take most."""
    found = loops(blocks)[:LOOPS]
    estimates = cycles(lines(code, block * REPEATS) for block, _ in found)
    result = table("loop in", "at", "rounds", "instructions", "cycles", "MACs", "/ MAC")
    for (block, count), estimate in zip(found, estimates, strict=True):
        macs = sum(MULTIPLICATIONS.get(code.text[a].split()[0], 0) for a in block)
        result.add_row(
            short(code.function[block[0]]),
            f"{block[0]:x}",
            f"{count:,}",
            str(len(block)),
            f"{estimate / REPEATS:.1f}",
            str(macs),
            f"{estimate / REPEATS / macs:.2f}" if macs else "",
        )
    return result


def main(names: Sequence[str]) -> int:
    """Show every model that was asked for and has an image."""
    try:
        for model in bench.find(names):
            show(model, Console())
    except TombolaError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
