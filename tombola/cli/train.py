"""`tombola train`: train a voice on a corpus."""

from pathlib import Path

import click


@click.command()
@click.argument("corpus", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="The run's folder.  [default: build/runs/ and the run's name]",
)
@click.option("--steps", default=1500, show_default=True, help="How long to train.")
@click.option("--batch", default=4, show_default=True, help="Segments in a step.")
@click.option("--learning-rate", default=6e-3, show_default=True, help="At its peak.")
@click.option("--seed", default=0, show_default=True, help="Of all that is random.")
@click.option("--hidden", default=192, show_default=True, help="The GRU's units.")
def command(
    *,
    corpus: Path,
    output: Path | None,
    steps: int,
    batch: int,
    learning_rate: float,
    seed: int,
    hidden: int,
) -> None:
    """Train a voice on CORPUS, a folder that `tombola corpus` made.

    The run's folder keeps the configuration, the network, a picture of the loss and,
    under examples/, held-out sounds that the network never met, each followed by its
    resynthesis. Stop at any time: the same command goes on and ends at the same
    network.

    \b
    Example:
      tombola corpus ~/sounds/harp -o build/harp
      tombola train build/harp -o build/run
      tombola reduce build/run -o build/run-ticket
    """
    from tombola.training.corpus.corpus import Corpus
    from tombola.training.train.listen import plot_losses, write_examples
    from tombola.training.train.run import Run, TrainConfig, run_name
    from tombola.training.voices.tone import ToneWidths

    sounds = Corpus.load(corpus)
    config = TrainConfig(
        steps=steps,
        batch=batch,
        learning_rate=learning_rate,
        seed=seed,
        rewind_step=max(1, steps // 10),
        widths=ToneWidths(hidden=hidden),
    )
    folder = output or Path("build", "runs", run_name(sounds, config))
    run = Run.create(folder, sounds, config, corpus)
    result = run.train(sounds)
    plot_losses(folder / "loss.png", result)
    write_examples(folder / "examples", sounds, run.load_model())
    click.echo(f"run {run.name} in {folder}")
    click.echo(f"held-out loss {result.loss:.3f} after {result.seconds:.0f} s")
    click.echo(f"to hear and see it: {folder / 'examples'}, {folder / 'loss.png'}")
