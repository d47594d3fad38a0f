"""`tombola convert`: from a .tflite to a ticket."""

from pathlib import Path

import click


@click.command()
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The ticket to write. [default: beside MODEL, as .ticket]",
)
@click.option("--signature", help="Which one, where MODEL has several.")
def command(model: Path, output: Path | None, signature: str | None) -> None:
    """Turn MODEL, a .tflite, into a ticket for the module.

    \b
      tombola convert harp.tflite -o harp.ticket

    MODEL is one step of a network with int8 weights and int16 activations; an input and
    an output of the same name are a state, which the ticket keeps between steps.
    The report is printed and written beside the ticket, as harp.json.
    """
    from rich.console import Console

    from tombola.converter import convert
    from tombola.converter.report import show
    from tombola.errors import TombolaError
    from tombola.files import require_place, whole, write_json

    target = output or model.with_suffix(".ticket")
    if target.resolve() == model.resolve():
        raise TombolaError(f"'{target}' is MODEL itself; choose another name with -o")
    require_place(target)
    converted = convert(model.read_bytes(), signature)
    with whole(target) as temporary:
        temporary.write_bytes(converted.ticket)
    write_json(target.with_suffix(".json"), converted.report)
    show(converted.report, Console())
