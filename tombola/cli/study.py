"""`tombola study`: compare ways of making a network small."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tombola.training.study.plan import Study
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
    "--so-far",
    is_flag=True,
    help="Run nothing: report what is done, of a study that was stopped.",
)
@click.option(
    "--tables",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the tables of results.  [default: that of the results]",
)
def command(
    *,
    study: Path,
    output: Path | None,
    address: str | None,
    workers: int | None,
    count: bool,
    so_far: bool,
    tables: Path | None,
) -> None:
    """Run STUDY, a TOML file: which way of making a network small keeps its sound?

    For every voice and seed a dense network is trained, made small in every way and to
    every size, judged by held-out sounds, and set beside a network of that size that
    was trained from scratch. Stop at any time: the same command goes on, and does
    nothing again. A cell that fails is told, and does not stop the others; exit status
    1 then.
    On a cluster, every machine needs Tombola, and sees the folders at the same place.
    Each voice's results go into a table; `tombola report` makes pictures and pages.

    \b
    Example:
      tombola corpus -o build/corpus
      tombola study studies/small.toml
    """
    from tombola.training.study.grid import kept_results, machines
    from tombola.training.study.plan import load_studies
    from tombola.training.study.report import show, write_figures
    from tombola.training.study.run import run_study
    from tombola.training.study.table import Table

    plans = load_studies(study)
    folder = output or Path("build", "studies", study.stem)
    if so_far:
        found = [run_study(plan, folder, kept_results) for plan in plans]
    else:
        with machines(address, workers):
            found = [run_study(plan, folder) for plan in plans]
    written: list[Path] = []
    for plan, results in zip(plans, found, strict=True):
        if count:
            _count(plan, folder, results)
        if results.rows:
            written.append((tables or folder) / f"{study.stem}-{plan.voice}.csv")
            results.table(written[-1].stem, plan.voice).save(written[-1])
    if written:
        kept = [Table.load(path) for path in written]
        show(kept)
        click.echo(write_figures(kept))
        click.echo(", ".join(map(str, written)))
    for plan, results in zip(plans, found, strict=True):
        for label, why in results.failed.items():
            click.echo(f"failed: {plan.voice}, {label}: {why}", err=True)
    missing = sum(results.missing for results in found)
    if missing:
        click.echo(f"{missing} cells have no result", err=True)
        sys.exit(1)


def _count(study: "Study", folder: Path, results: "StudyResults") -> None:
    """Add what each row's first network costs on the module; what cannot is told."""
    from tombola.chain.count import count_on_module
    from tombola.errors import TombolaError
    from tombola.training.corpus.corpus import Corpus
    from tombola.training.study.run import network_of

    corpus = Corpus.load(study.corpus)
    counted = set()
    for key, row in results.rows.items():
        name = f"{row['way']} {row['keep']:g}"
        if name in counted or not row.get("quantised_clips"):
            continue  # the engine has no operators for it
        counted.add(name)
        run = network_of(study, folder, key, row["seed"])
        try:
            row.update(asdict(count_on_module(run, corpus)))
        except TombolaError as error:
            click.echo(f"not counted: {name}: {error}", err=True)
