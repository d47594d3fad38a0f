"""tombola corpus: read a folder of sounds."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to write the corpus to.",
)
@click.option("--voice", default="tone", show_default=True, help="What will learn it.")
@click.option("--name", help="What to call it. [default: the folder's name]")
@click.option("--licence", help="Of the recordings; it travels with every ticket.")
def command(
    folder: Path | None,
    output: Path,
    voice: str,
    name: str | None,
    licence: str | None,
) -> None:
    """Read a folder of sounds: pitch, loudness, timbre.

    FOLDER holds WAV, FLAC, AIFF, OGG or MP3 files of any rate, depth, channels and
    length, in folders of their own if you like; for the voice tone they are of pitched
    sounds. What was used and what was skipped is printed. About a tenth of the sounds
    is held out, to judge networks by; files whose names differ only in a velocity at
    the end, such as kick-v40.wav and kick-v127.wav, are one sound. Without FOLDER,
    sounds of a free sound font are rendered and read: for tone, notes of nine
    instruments.

    \b
    Examples:
      tombola corpus ~/sounds/harp -o build/corpus --licence CC0-1.0
      tombola corpus -o build/corpus
    """
    from tombola.errors import TombolaError
    from tombola.training.corpus.corpus import require_place
    from tombola.training.corpus.defaults import sounds_for
    from tombola.training.corpus.picture import draw
    from tombola.training.corpus.reading import read_corpus

    require_place(output)
    sounds = sounds_for(voice)
    if folder is None:
        folder = output.parent / sounds.name
        if output == folder:
            raise TombolaError(
                f"'{output}' is where the sounds themselves go; call the corpus "
                f"otherwise, such as '{output.parent / 'corpus'}'"
            )
        name, licence = name or sounds.name, licence or sounds.licence
        if not folder.is_dir():
            sounds.render(folder)
    name = name or folder.resolve().name
    corpus = read_corpus(folder, name, licence or "not stated", voice)
    corpus.save(output)
    draw(corpus, output / "corpus.png")
    click.echo(corpus.summary())
