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
@click.option("--name", help="What to call it. [default: the folder's name]")
@click.option("--licence", help="Of the recordings; it travels with every ticket.")
def command(
    folder: Path | None, output: Path, name: str | None, licence: str | None
) -> None:
    """Read a folder of sounds: pitch, loudness, timbre.

    FOLDER holds WAV, FLAC, AIFF, OGG or MP3 files of pitched sounds, of any rate,
    depth, channels and length, in folders of their own if you like. What was used and
    what was skipped is printed. About a tenth of the files is held out, to judge
    networks by. Without FOLDER, notes of nine instruments are rendered from a free
    sound font and read.

    \b
    Examples:
      tombola corpus ~/sounds/harp -o build/corpus --licence CC0-1.0
      tombola corpus -o build/corpus
    """
    from tombola.training.corpus import notes
    from tombola.training.corpus.picture import draw
    from tombola.training.corpus.reading import read_corpus

    if folder is None:
        folder = output.parent / "notes"
        name, licence = name or notes.NAME, licence or notes.LICENCE
        if not folder.is_dir():
            notes.render_notes(folder)
    name = name or folder.resolve().name
    corpus = read_corpus(folder, name, licence or "not stated")
    corpus.save(output)
    draw(corpus, output / "corpus.png")
    click.echo(corpus.summary())
