"""`tombola train`: train a voice on a corpus."""

from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("corpus", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="The run's folder.  [default: build/runs/ and the run's name]",
)
@click.option("--steps", type=int, help="How long to train.  [tone: 1500]")
@click.option("--batch", type=int, help="Sounds in a step.  [tone: 4]")
@click.option("--learning-rate", type=float, help="At its peak.  [tone: 0.006]")
@click.option("--seed", default=0, show_default=True, help="Of all that is random.")
@click.option("--units", help="Of each layer.  [tone: 96-192-128]")
def command(
    *,
    corpus: Path,
    output: Path | None,
    steps: int | None,
    batch: int | None,
    learning_rate: float | None,
    seed: int,
    units: str | None,
) -> None:
    """Train a voice on CORPUS, a folder that `tombola corpus` made for that voice.

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
    from tombola.training.voices import VOICES

    sounds = Corpus.load(corpus)
    chosen = {"steps": steps, "batch": batch, "learning_rate": learning_rate}
    fields: dict[str, Any] = {k: v for k, v in chosen.items() if v is not None}
    if steps is not None:
        fields["rewind_step"] = max(1, steps // 10)
    if units is not None:
        fields["widths"] = VOICES[sounds.voice].own_widths.parse(units)
    config = TrainConfig.of_voice(sounds.voice, seed=seed, **fields)
    folder = output or Path("build", "runs", run_name(sounds, config))
    run = Run.create(folder, sounds, config, corpus)
    result = run.train(sounds)
    plot_losses(folder / "loss.png", result)
    write_examples(folder / "examples", sounds, run.load_model())
    click.echo(f"run {run.name} in {folder}")
    click.echo(f"held-out loss {result.loss:.3f} after {result.seconds:.0f} s")
    click.echo(f"to hear and see it: {folder / 'examples'}, {folder / 'loss.png'}")
