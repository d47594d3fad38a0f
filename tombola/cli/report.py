"""`tombola report`: what studies found, from their tables."""

from pathlib import Path

import click


@click.command()
@click.argument(
    "tables", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False)
)
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A Markdown page to write the results into, at <!-- results -->; pictures go "
    "beside it.",
)
def command(tables: tuple[Path, ...], page: Path | None) -> None:
    """Report what studies found, from their TABLES as `tombola study` writes them.

    Nothing is trained: build/reports/study.json, the pictures and the page are made
    of the tables alone. Several studies become one report, voice by voice.

    \b
    Example:
      tombola report studies/results/*.csv --page docs/research/reduction.md
    """
    from tombola.training.study.page import results, write_results
    from tombola.training.study.pictures import draw
    from tombola.training.study.report import (
        REPORT,
        require_names_apart,
        show,
        write_figures,
    )
    from tombola.training.study.table import Table

    found = [Table.load(path) for path in tables]
    require_names_apart(found)
    show(found)
    written = [write_figures(found)]
    for table in found:
        written += draw(page.parent if page else REPORT.parent, table)
    if page:
        write_results(page, results(found))
        written.append(page)
    click.echo(", ".join(map(str, written)))
