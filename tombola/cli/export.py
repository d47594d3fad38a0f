"""`tombola export`: quantise a network and write it as .tflite."""

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The .tflite to write.",
)
@click.option("--name", help="What the player calls it.  [default: the file's name]")
@click.option(
    "--corpus",
    type=click.Path(path_type=Path),
    help="The run's corpus, if it is no longer where it was.",
)
def command(run: Path, output: Path, name: str | None, corpus: Path | None) -> None:
    """Quantise RUN's network to int8 weights and int16 activations.

    RUN is a folder that `tombola reduce` or `tombola train` made. Controls of its
    corpus set the scales; name, ranges and licence travel inside the file. The result
    is run against torch for 1,000 steps, each with its own state, and must stay 40 dB
    above its rounding noise.

    \b
    Example:
      tombola reduce build/run -o build/run-ticket
      tombola export build/run-ticket -o build/harp.tflite
      tombola convert build/harp.tflite -o build/harp.ticket
    """
    from tombola.files import require_place, whole
    from tombola.training.export.run import export_run
    from tombola.training.train.run import Run

    require_place(output)
    trained = Run.open(run)
    export = export_run(trained, trained.load_corpus(corpus), name or output.stem)
    with whole(output) as temporary:
        temporary.write_bytes(export.content)
    click.echo(
        f"{output}: {export.parameters} parameters (layers of {export.widths}) "
        f"in {len(export.content)} bytes"
    )
    click.echo(f"against torch, free-running: {export.snr}")
