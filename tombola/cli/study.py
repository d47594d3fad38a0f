"""`tombola study`: compare ways of making a network small."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tombola.training.study.plan import Study
    from tombola.training.study.report import Summary
    from tombola.training.study.run import StudyResults


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for results and networks.  [default: build/studies/ and STUDY's name]",
)
@click.option(
    "--address", help="HOST:PORT of a Ray cluster. Without it: this computer alone."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="How many networks at once, on this computer.  [default: one a core]",
)
@click.option(
    "--count",
    is_flag=True,
    help="Count the module's instructions too, of each row's first network that is "
    "trimmed: exported, built into the firmware and played; half a minute each.",
)
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A Markdown page to write the results into, at <!-- study NAME -->.",
)
def command(
    study: Path,
    output: Path | None,
    address: str | None,
    workers: int | None,
    count: bool,
    page: Path | None,
) -> None:
    """Run STUDY, a TOML file: which way of making a network small keeps its sound?

    For every seed a dense network is trained, made small in every way and to every
    size, judged by held-out sounds, and set beside a network of that size that was
    trained from scratch. Stop at any time: the same command goes on, and does nothing
    again. A cell that fails is told, and does not stop the others; exit status 1 then.
    On a cluster, every machine needs Tombola, and sees the folders at the same place.

    \b
    Example:
      tombola corpus -o build/corpus
      tombola study studies/small.toml
    """
    from rich.console import Console

    from tombola.files import write_json
    from tombola.training.study import report
    from tombola.training.study.grid import machines
    from tombola.training.study.plan import load_study
    from tombola.training.study.run import run_study

    plan = load_study(study)
    folder = output or Path("build", "studies", study.stem)
    with machines(address, workers):
        results = run_study(plan, folder)
    summaries = report.summarise(results)
    counts = _counted(plan, folder, results, summaries) if count else {}
    if summaries:
        figures = report.figures(plan.voice, summaries, counts)
        write_json(folder / "study.json", figures)
        write_json(Path("build", "reports", "study.json"), figures)
        report.draw(folder / "study.png", plan.voice, summaries)
        Console().print(report.table(summaries, counts))
        click.echo(
            f"{folder / 'study.json'}, {folder / 'study.png'}, {folder / 'rows'}"
        )
    if page is not None and summaries:
        call = f"tombola study {study}"
        report.write_section(
            page, study.stem, report.section(call, results, summaries, counts)
        )
    for label, why in results.failed.items():
        click.echo(f"failed: {label}: {why}", err=True)
    if results.missing:
        click.echo(f"{results.missing} cells have no result", err=True)
        sys.exit(1)


def _counted(
    study: "Study",
    folder: Path,
    results: "StudyResults",
    summaries: "list[Summary]",
) -> dict[str, float]:
    """Instructions a second by the names of the rows; what cannot be had is told."""
    from tombola.chain.count import instructions_per_second
    from tombola.errors import TombolaError
    from tombola.training.corpus.corpus import Corpus
    from tombola.training.study.run import network_of

    corpus = Corpus.load(study.corpus)
    found = {}
    for summary in summaries:
        row = results.rows[summary.first]
        if row["bytes"] != row["scratch_bytes"]:
            continue  # coded: the engine has no operator for it
        run = network_of(study, folder, summary.first, row["seed"])
        try:
            found[summary.name] = instructions_per_second(run, corpus)
        except TombolaError as error:
            click.echo(f"not counted: {summary.name}: {error}", err=True)
    return found
