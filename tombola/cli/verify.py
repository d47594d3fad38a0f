"""`tombola verify`: a .tflite against its ticket."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tombola.converter import Converted
    from tombola.converter.verify import Comparison


@click.command()
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--steps",
    type=click.IntRange(0, 1_000_000),
    default=200,
    show_default=True,
    help="Steps on random inputs over the whole range.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--inputs",
    "recorded",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Recorded inputs as well: a .npy [steps, ...], or an .npz of them by name.",
)
@click.option("--signature", help="Which one, where MODEL has several.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def command(
    model: Path,
    steps: int,
    seed: int,
    recorded: Path | None,
    signature: str | None,
    as_json: bool,
) -> None:
    """Compare MODEL with its ticket, operator by operator.

    \b
      tombola verify harp.tflite
      tombola verify harp.tflite --inputs controls.npy
      tombola verify keywords.tflite --steps 20 --json

    MODEL runs in ai-edge-litert with its reference kernels, the ticket in the module's
    own C++, both with their states from step to step. Recorded inputs are real values,
    or elements of the input's type. Exit status 1 when anything differs, 2 when MODEL
    cannot be converted.
    """
    import json
    from dataclasses import asdict

    from tombola.converter import convert
    from tombola.converter.verify import first_difference, random_inputs, verify
    from tombola.errors import TombolaError
    from tombola.progress import bar

    content = model.read_bytes()
    converted = convert(content, signature)
    runs = [random_inputs(converted, steps, seed)] if steps else []
    if recorded is not None:
        runs.append(_recorded(recorded, converted))
    if not runs:
        raise TombolaError("verify: 0 steps and no --inputs leave nothing to compare")
    total = sum(len(next(iter(inputs.values()), ())) for inputs in runs)
    with bar("verify", total, patience=2) as progress:
        comparisons = verify(content, runs, signature, progress.advance)
    first = first_difference(comparisons)
    if as_json:
        result = {"steps": total, "same": first is None}
        rows = [asdict(comparison) for comparison in comparisons]
        click.echo(json.dumps({**result, "comparisons": rows}, indent=2))
    else:
        _print(comparisons, total)
    sys.exit(0 if first is None else 1)


def _recorded(path: Path, converted: "Converted") -> dict[str, Any]:
    import numpy as np

    from tombola.converter.verify import quantised
    from tombola.errors import TombolaError

    try:
        content = np.load(path, allow_pickle=False)
        arrays = (
            {"": content} if isinstance(content, np.ndarray) else dict(content.items())
        )
    except (ValueError, EOFError, OSError) as error:
        raise TombolaError(f"verify: {path} is no .npy or .npz of numbers") from error
    names = list(converted.plan.program.inputs)
    if "" in arrays:
        if len(names) != 1:
            raise TombolaError(
                f"verify: the model has the inputs {names}; give an .npz of all of them"
            )
        arrays = {names[0]: arrays[""]}
    return {name: quantised(converted, name, a) for name, a in arrays.items()}


def _print(comparisons: "list[Comparison]", steps: int) -> None:
    from rich.console import Console
    from rich.table import Table

    from tombola.converter.verify import first_difference

    table = Table("operator", "kind", "output", "compared", "differing", "largest")
    for column in (0, 3, 4, 5):
        table.columns[column].justify = "right"
    for c in comparisons:
        place = "played" if c.place is None else str(c.place)
        if c.compared == 0:
            table.add_row(place, c.kind, c.name, "folded", style="dim")
            continue
        style = "bold red" if c.differing else None
        counts = f"{c.compared:,}", f"{c.differing:,}", f"{c.largest:g}"
        table.add_row(place, c.kind, c.name, *counts, style=style)
    Console().print(table)
    first = first_difference(comparisons)
    if first is None:
        compared = sum(c.compared > 0 for c in comparisons if c.place is not None)
        click.echo(
            f"the same bits over {steps:,} steps: all {compared} operators, and the "
            "ticket that is played"
        )
        return
    what = f"operator {first.place} ({first.kind}, '{first.name}')"
    if first.place is None:
        what = f"the {first.kind} '{first.name}' of the ticket that is played"
    click.echo(
        f"{what} is the first that differs, at step {first.first}, by up to "
        f"{first.largest:g}"
    )
