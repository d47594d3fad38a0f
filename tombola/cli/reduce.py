"""`tombola reduce`: trim a trained network to a winning ticket."""

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="The ticket's folder, a run of its own.  [default: RUN with -ticket]",
)
@click.option(
    "--keep",
    type=float,
    help="Share of parameters left at most.  [tone: 0.095]",
)
@click.option("--rounds", default=4, show_default=True, help="In how many rounds.")
@click.option(
    "--criterion",
    default="taylor",
    show_default=True,
    help="What ranks the units; docs/research/reduction.md has the others.",
)
@click.option(
    "--scaling",
    help="How units of different layers compare: parameters, mean, none, or local "
    "for the same share of every layer.  [default: the criterion's own]",
)
@click.option(
    "--rewind",
    default="rate",
    show_default=True,
    help="What goes back to an early step: the learning rate alone, or the weights, "
    "too; or weights to the initial or to fresh ones.",
)
@click.option(
    "--nested",
    is_flag=True,
    help="Train the ticket once more, at several widths at once, so that it keeps its "
    "sound when TICKET is turned down.",
)
@click.option(
    "--corpus",
    type=click.Path(path_type=Path),
    help="The run's corpus, if it is no longer where it was.",
)
@click.option(
    "--round-length",
    default=0.25,
    show_default=True,
    help="Of RUN's steps, for each round but the last, which has all of them.",
)
def command(
    *,
    run: Path,
    output: Path | None,
    keep: float | None,
    rounds: int,
    criterion: str,
    scaling: str | None,
    rewind: str,
    nested: bool,
    corpus: Path | None,
    round_length: float,
) -> None:
    """Trim RUN, a network that `tombola train` made, to a winning ticket.

    A lottery in rounds: rank all units of the trained network, take out those that the
    sound would miss least, go back to the learning rate of an early step, and train the
    others again. What is left is small and dense: the module does less work, instead of
    multiplying by zeros.

    Beside the ticket a network of the same size is trained from fresh weights, to know
    what the lottery was worth. Both are compared with RUN in a table, in reduce.json
    and in reduce.png. Stop at any time: the same command goes on where it was.

    \b
    Example:
      tombola train build/harp -o build/run
      tombola reduce build/run -o build/run-ticket
      tombola export build/run-ticket -o build/harp.tflite
    """
    from rich.console import Console

    from tombola.training.reduction.lottery import ReduceConfig
    from tombola.training.reduction.ticket import reduce
    from tombola.training.train.run import Run

    folder = output or run.with_name(f"{run.name}-ticket")
    dense = Run.open(run)
    config = ReduceConfig.of_voice(
        dense.config.voice,
        **({} if keep is None else {"keep": keep}),
        rounds=rounds,
        criterion=criterion,
        rewind=rewind,
        round_length=round_length,
        scaling=scaling,
        nested=nested,
    )
    reduction = reduce(dense.load_corpus(corpus), dense, config, folder)
    Console().print(reduction.table())
    click.echo(f"ticket in {folder}; to see the way there: {folder / 'reduce.png'}")
