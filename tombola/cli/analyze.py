"""`tombola analyze`: what is in a network, or what the networks of a study share."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tombola.training.analysis.layers import Analysis


@click.command()
@click.argument("network", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--against",
    type=click.Path(exists=True, path_type=Path),
    help="Another run, to compare a run with layer by layer: the dense one, say.",
)
@click.option(
    "--rank",
    "criteria",
    multiple=True,
    help="A criterion; of several, whether they would keep the same units.",
)
@click.option(
    "--keep",
    default=0.095,
    show_default=True,
    help="With --rank: the share of parameters that is left.",
)
@click.option(
    "--orders",
    is_flag=True,
    help="Train the run on twice from its early step, with its data in two orders, and "
    "show the loss between both.",
)
@click.option(
    "--corpus",
    type=click.Path(path_type=Path),
    help="The run's corpus, if it is no longer where it was.",
)
@click.option(
    "--sounds",
    is_flag=True,
    help="Of a study: let its networks play, too; seconds for each.",
)
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Of a study: a Markdown page to write what was found into, at "
    "<!-- analysis NAME -->.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build", "reports"),
    show_default=True,
    help="Folder for NAME-analysis.json and NAME-analysis.png.",
)
def command(
    *,
    network: Path,
    against: Path | None,
    criteria: tuple[str, ...],
    keep: float,
    orders: bool,
    corpus: Path | None,
    sounds: bool,
    page: Path | None,
    output: Path,
) -> None:
    """Show what NETWORK is made of: a run's folder, a .tflite, a .ticket, or a study's.

    For each matrix: parameters, bytes, multiplications a second, and the effective
    rank, which is how many dimensions its singular values are spread over; and what it
    is like as a graph whose edges are its weights. Of a run also what its units tell of
    the sound, and how its held-out loss rises when all weights are a little off. With
    --against how alike its layers are to those of another run (CKA: 1 is the same but
    for a turn); where that is wider, what of the graph a mask of its units would have
    left; where it is as wide, which units do the same, and the loss on the way from one
    to the other. With --rank, whether a criterion would keep the same units again with
    other data or another seed, and whether another criterion would (Cohen's kappa: 1
    the same, 0 chance).

    Of the folder of a study: which of these figures go with size and loss over all of
    its networks (Spearman's rank correlation).

    \b
    Example:
      tombola analyze build/run-ticket --against build/run
      tombola analyze build/run --rank taylor --rank audible
      tombola analyze harp.ticket
      tombola analyze build/studies/small
    """
    from rich.console import Console

    from tombola.errors import TombolaError
    from tombola.files import write_json

    name = network.resolve().name.replace(".", "-")
    report, picture = (
        output / f"{name}-analysis{suffix}" for suffix in (".json", ".png")
    )
    is_run = (network / "run.json").exists()
    if not is_run and (against is not None or criteria or orders):
        raise TombolaError(
            f"--against, --rank and --orders are for runs, and '{network}' is none; "
            "give the run's folder"
        )
    if (network / "rows").is_dir():
        _show_study(network, sounds, output, page)
        return
    if sounds or page is not None:
        raise TombolaError(
            f"--sounds and --page are for studies, and '{network}' is none; give the "
            "folder that tombola study made"
        )
    if network.is_dir():
        analysis = _of_run(network, against, criteria, keep, orders, corpus)
    else:
        analysis = _of_file(network)
    write_json(report, analysis.content())
    analysis.draw(picture, network.name)
    console = Console()
    console.print(analysis.table())
    console.print(analysis.topology.table("as graphs"))
    if analysis.masked is not None:
        console.print(analysis.masked.table(f"as a mask in {against}"))
    for sentence in analysis.sentences():
        click.echo(sentence)
    click.echo(f"{report}, {picture}")


def _show_study(folder: Path, sounds: bool, output: Path, page: Path | None) -> None:
    from rich.console import Console

    from tombola.files import write_json
    from tombola.training.analysis.study import analyse_study, section, table
    from tombola.training.study.page import write_results

    name = folder.resolve().name
    sections = []
    for voice, analysis in analyse_study(folder, sounds).items():
        correlations = analysis.correlations()
        report = output / f"{name}-{voice}-analysis.json"
        write_json(report, analysis.content(correlations))
        analysis.draw(report.with_suffix(".png"), f"{name}, {voice}")
        Console().print(table(correlations))
        click.echo(f"{report}, {report.with_suffix('.png')}")
        sections.append(section(name, voice, analysis, correlations))
    if page is not None:
        write_results(page, "\n\n".join(sections), f"<!-- analysis {name} -->")


def _of_run(
    folder: Path,
    against: Path | None,
    criteria: tuple[str, ...],
    keep: float,
    orders: bool,
    corpus: Path | None,
) -> "Analysis":
    from dataclasses import replace

    from tombola.training.analysis.run import analyse_run, beside, between_orders
    from tombola.training.train.run import Run

    run = Run.open(folder)
    sounds = run.load_corpus(corpus)
    analysis = analyse_run(sounds, run, criteria, keep)
    if against is not None:
        other = Run.open(against)
        analysis = beside(analysis, sounds, run, other, criteria, keep)
    if orders:
        between = between_orders(sounds, run, criteria, keep)
        analysis = replace(analysis, lines={**analysis.lines, **between})
    return analysis


def _of_file(path: Path) -> "Analysis":
    from tombola._core import Network
    from tombola.converter import convert
    from tombola.converter.unpack import dense_matrices
    from tombola.errors import TombolaError
    from tombola.training.analysis.layers import Analysis, Layer
    from tombola.training.analysis.topology import Topology, layer_topologies

    content = path.read_bytes()
    ticket = convert(content).ticket if path.suffix == ".tflite" else content
    try:
        arena = Network(ticket).arena_bytes
    except ValueError as error:
        raise TombolaError(f"'{path}': {error}") from error
    matrices = {
        f"operator {matrix.operator}": matrix.weights
        for matrix in dense_matrices(ticket)
    }
    if not matrices:
        raise TombolaError(f"'{path}' has no dense layer, and others are not looked at")
    layers = [Layer.of(name, matrix) for name, matrix in matrices.items()]
    return Analysis(layers, Topology(layer_topologies(matrices), None), arena)
