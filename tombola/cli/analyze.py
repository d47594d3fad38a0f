"""`tombola analyze`: what is in a network."""

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
    "--corpus",
    type=click.Path(path_type=Path),
    help="The run's corpus, if it is no longer where it was.",
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
    corpus: Path | None,
    output: Path,
) -> None:
    """Show what NETWORK is made of: a run's folder, a .tflite or a .ticket.

    For each matrix: parameters, bytes, multiplications a second, and the effective
    rank, which is how many dimensions its singular values are spread over. Of a run
    also how its held-out loss rises when all weights are a little off, and with
    --against how alike its layers are to those of another run (CKA: 1 is the same but
    for a turn). With --rank, whether a criterion would keep the same units again with
    other data, and whether another criterion would (Cohen's kappa: 1 the same, 0
    chance). Only matrices of dense and recurrent layers are shown.

    \b
    Example:
      tombola analyze build/run-ticket --against build/run
      tombola analyze build/run --rank taylor --rank audible
      tombola analyze harp.ticket
    """
    from rich.console import Console

    from tombola.errors import TombolaError
    from tombola.files import write_json

    if network.is_dir():
        analysis = _of_run(network, against, criteria, keep, corpus)
    elif against is not None or criteria:
        raise TombolaError(
            f"--against and --rank are for runs, and '{network}' is a file; give the "
            "run's folder"
        )
    else:
        analysis = _of_file(network)
    name = network.resolve().name.replace(".", "-")
    report, picture = (
        output / f"{name}-analysis{suffix}" for suffix in (".json", ".png")
    )
    write_json(report, analysis.content())
    analysis.draw(picture, network.name)
    Console().print(analysis.table())
    if analysis.arena_bytes is not None:
        click.echo(f"working memory of a step: {analysis.arena_bytes:,} bytes")
    for layer, value in analysis.similarity.items():
        click.echo(f"{layer}: CKA {value:.3f} with {against}")
    for pair, value in analysis.agreement.items():
        click.echo(f"{pair}: kappa {value:.2f}")
    for size, loss in analysis.perturbation.items():
        click.echo(f"weights off by {size:.0%}: held-out loss {loss:.3f}")
    click.echo(f"{report}, {picture}")


def _of_run(
    folder: Path,
    against: Path | None,
    criteria: tuple[str, ...],
    keep: float,
    corpus: Path | None,
) -> "Analysis":
    from tombola.training.analysis.agreement import agreements
    from tombola.training.analysis.layers import Analysis, Layer, decoder_matrices
    from tombola.training.analysis.perturbation import losses_off
    from tombola.training.analysis.similarity import layer_similarities
    from tombola.training.train.run import Run

    run = Run.open(folder)
    model, sounds = run.load_model(), run.load_corpus(corpus)
    similarity = {}
    if against is not None:
        other = Run.open(against).load_model()
        similarity = layer_similarities(sounds, model, other, run.config)
    matrices = decoder_matrices(model.decoder)
    layers = [Layer.of(name, weight) for name, weight in matrices.items()]
    agreement = agreements(sounds, run, criteria, keep)
    return Analysis(layers, None, similarity, agreement, losses_off(sounds, model))


def _of_file(path: Path) -> "Analysis":
    from tombola._core import Network
    from tombola.converter import convert
    from tombola.converter.unpack import dense_matrices
    from tombola.errors import TombolaError
    from tombola.training.analysis.layers import Analysis, Layer

    content = path.read_bytes()
    ticket = convert(content).ticket if path.suffix == ".tflite" else content
    try:
        arena = Network(ticket).arena_bytes
    except ValueError as error:
        raise TombolaError(f"'{path}': {error}") from error
    layers = [
        Layer.of(f"operator {matrix.operator}", matrix.weights)
        for matrix in dense_matrices(ticket)
    ]
    if not layers:
        raise TombolaError(f"'{path}' has no dense layer, and others are not looked at")
    return Analysis(layers, arena, {}, {}, {})
