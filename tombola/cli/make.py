"""`tombola make`: the whole chain, from a folder of sounds to the module."""

import sys
from pathlib import Path

import click


@click.command()
@click.argument("sounds", type=click.Path(path_type=Path), required=False)
@click.option("--voice", default="tone", show_default=True, help="Which kind to make.")
@click.option("--name", help="Of what is made.  [default: the folder's, or harp]")
@click.option("--licence", help="Of the recordings; it travels inside the ticket.")
@click.option(
    "--nested",
    is_flag=True,
    help="Train the ticket to keep its sound when TICKET is turned down; a minute or "
    "two more.",
)
@click.option("--seed", default=0, show_default=True, help="Of the training.")
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build"),
    show_default=True,
    help="Where stages and results go.",
)
def command(
    *,
    sounds: Path | None,
    voice: str,
    name: str | None,
    licence: str | None,
    nested: bool,
    seed: int,
    work: Path,
) -> None:
    """Make a folder of sounds into a voice that the module plays.

    SOUNDS holds recordings: WAV, FLAC, AIFF, OGG or MP3; for the voice tone, of single
    notes. Without it, sounds of a free sound font are rendered: for tone, notes of nine
    instruments.

    The sounds are read, a large network is trained on them, trimmed to a winning
    ticket, quantised, converted, built into the firmware and played by it on an
    emulated Cortex-M7. A stage whose inputs did not change is not run again; one that
    was stopped goes on where it was. Exit status 1 when a figure breaks its promise.

    \b
    Example:
      tombola make ~/sounds/harp --name harp
    """
    from rich.console import Console

    from tombola.chain.names import voice_name
    from tombola.chain.report import figures_of, hand_over, kept, set_up_seconds, table
    from tombola.chain.voice import run_chain
    from tombola.files import write_json
    from tombola.training.corpus.defaults import sounds_for
    from tombola.training.reduction.lottery import ReduceConfig
    from tombola.training.train.config import TrainConfig

    sounds = None if sounds is None else sounds.expanduser()
    name = voice_name(name, sounds, sounds_for(voice).ticket)
    training = TrainConfig.of_voice(voice, seed=seed)
    reduction = ReduceConfig.of_voice(voice, nested=nested)
    chain = run_chain(sounds, name, licence, work / "chain", training, reduction)
    figures = figures_of(chain, set_up_seconds(work))
    folder = work / "voices" / name
    hand_over(chain, figures, folder)
    write_json(work / "reports" / "chain.json", figures)
    console = Console()
    console.print(table(figures))
    console.print(f"the voice   {folder / name}.ticket")
    console.print(f"to hear     {folder / name}-tour.wav")
    console.print(f"to see      {folder / name}-tour.png")
    console.print(f"figures     {work / 'reports' / 'chain.json'}")
    if not kept(figures):
        console.print("[bold]A promise is not kept, see the table; the voice is there.")
        sys.exit(1)
