"""`tombola verify`: a .tflite against its ticket."""

import sys
from pathlib import Path

import click


@click.command()
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--steps",
    type=click.IntRange(1, 1_000_000),
    default=1000,
    show_default=True,
    help="Steps on random inputs over the whole range.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--controls",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Real controls instead: a .npy of floats [steps, count].",
)
def command(model: Path, steps: int, seed: int, controls: Path | None) -> None:
    """Compare MODEL with its ticket, operator by operator.

    \b
      tombola verify harp.tflite
      tombola verify harp.tflite --controls controls.npy

    MODEL runs in ai-edge-litert with its reference kernels, the ticket in the module's
    own C++, both with their states from step to step. Exit status 1 when an
    operator differs.
    """
    import numpy as np
    from rich.console import Console
    from rich.table import Table

    from tombola.converter import convert
    from tombola.converter.verify import (
        first_difference,
        quantised,
        random_inputs,
        verify,
    )
    from tombola.errors import TombolaError
    from tombola.progress import bar

    content = model.read_bytes()
    converted = convert(content)
    if controls is None:
        inputs = random_inputs(converted, steps, seed)
    else:
        try:
            values = np.load(controls, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise TombolaError(f"verify: {controls} is no .npy of floats") from error
        if not isinstance(values, np.ndarray):
            raise TombolaError(f"verify: {controls} is a .npz; give one .npy of floats")
        inputs = {"controls": quantised(converted, "controls", values)}
        steps = len(values)
    with bar("verify", steps) as progress:
        comparisons = verify(content, inputs, progress.advance)
    table = Table("operator", "kind", "output", "compared", "differing", "largest")
    for c in comparisons:
        table.add_row(
            str(c.place),
            c.kind,
            c.name,
            f"{c.compared:,}",
            f"{c.differing:,}",
            str(c.largest),
        )
    Console().print(table)
    first = first_difference(comparisons)
    if first is not None:
        click.echo(
            f"operator {first.place} ({first.kind}, '{first.name}') is the first that "
            f"differs, at step {first.first}, by up to {first.largest}"
        )
        sys.exit(1)
    click.echo(
        f"all {len(comparisons)} operators give the same bits over {steps:,} steps"
    )
