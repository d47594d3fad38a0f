"""From a dense network to a winning ticket, with its control, in a folder."""

import hashlib
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from tombola.errors import TombolaError
from tombola.files import write_json
from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.figures import Figures, Reduction, measure
from tombola.training.reduction.lottery import (
    ReduceConfig,
    play_rounds,
    retrain,
    with_fresh_decoder,
)
from tombola.training.reduction.nesting import by_worth, nest
from tombola.training.train.checkpoint import save_model
from tombola.training.train.loop import corpus_digest
from tombola.training.train.run import Run, TrainConfig, evaluate, run_name
from tombola.training.voices.voice import Model

Result = TypeVar("Result")


def reduce(corpus: Corpus, dense: Run, config: ReduceConfig, folder: Path) -> Reduction:
    """Reduce the trained run `dense` to a ticket, a run of its own in `folder`.

    Every training leaves its checkpoint there, so that a reduction that was stopped and
    is started again goes on where it was. The encoder stays as the dense network
    trained it: a place on the timbre plane means the same to the dense network, the
    ticket and the control.

    Raises:
        TombolaError: `dense` is not trained or is of another corpus, `folder` holds
            another run, or the parameters cannot be reached in so many rounds.
    """
    model = dense.load_model("final")
    ticket = _open_ticket(corpus, dense, config, folder)
    figures = [measure("dense", model, evaluate(corpus, model), dense.config.steps)]
    controls: list[Future[Figures]] = []

    def train_control(ticket: Model, schedule: TrainConfig) -> None:
        fresh = with_fresh_decoder(corpus, ticket, schedule)
        work = (_train_control, corpus, dense, fresh, schedule, folder)
        controls.append(_beside(*work))

    for trained, measured in play_rounds(corpus, dense, config, folder, train_control):
        model = trained
        figures.append(measured)
        ticket.add_figures(rounds=[asdict(f) for f in figures])
    model = by_worth(corpus, model, dense.config, config)
    if config.nested:
        loss, more = nest(corpus, model, dense.config, folder)
        figures.append(measure("nested", model, loss, figures[-1].steps + more))
    scratch = controls[0].result()
    save_model(folder / "final.safetensors", model)
    ticket.add_figures(loss=figures[-1].loss, parameters=figures[-1].parameters)
    reduction = Reduction(asdict(config), figures[0], figures[1:], scratch)
    reduction.save(folder)
    return reduction


def _open_ticket(corpus: Corpus, dense: Run, config: ReduceConfig, folder: Path) -> Run:
    """Begin the ticket's run, or go on with it."""
    if corpus_digest(corpus) != dense.corpus["digest"]:
        raise TombolaError(
            f"run '{dense.folder}' was trained on corpus '{dense.corpus['name']}' with "
            f"digest {dense.corpus['digest']}, this is '{corpus.name}' with digest "
            f"{corpus_digest(corpus)}; give the corpus that the run was trained on"
        )
    steps = int(config.round_length * dense.config.steps)
    start = config.start_step(dense.config)
    if steps <= start:
        raise TombolaError(
            f"a round's {steps} steps, {config.round_length:.0%} of the dense run's, "
            f"end before its rewind step, {start}; take longer ones"
        )
    parts = json.dumps([dense.name, asdict(config)])
    name = hashlib.blake2b(parts.encode(), digest_size=6).hexdigest()
    if (folder / "run.json").exists():
        run = Run.open(folder)
        if run.name != name:
            raise TombolaError(
                f"'{folder}' holds run {run.name}, not the ticket {name} of this "
                "reduction; choose another folder with -o"
            )
        return run
    content = {
        "name": name,
        "config": asdict(dense.config),
        "corpus": dense.corpus,
        "dense": dense.name,
        "reduce": asdict(config),
    }
    write_json(folder / "run.json", content)
    return Run.open(folder)


def _train_control(
    corpus: Corpus, dense: Run, model: Model, schedule: TrainConfig, folder: Path
) -> Figures:
    """Train fresh weights through the schedule that the last round goes through.

    The data, its order and the learning rates are the same ones, and so is the encoder;
    the control even has the steps before the rewind step. Only the weights that it
    begins with are other ones. It is left as a run in the folder `scratch`.
    """
    loss = retrain(corpus, model, schedule, folder, "scratch", 0)
    config = replace(schedule, widths=model.decoder.widths)
    control = folder / "scratch"
    save_model(control / "final.safetensors", model)
    content = {"name": run_name(corpus, config), "config": asdict(config)}
    write_json(control / "run.json", {**content, "corpus": dense.corpus})
    return measure("scratch", model, loss, schedule.steps)


def _beside(work: Callable[..., Result], *arguments: Any) -> Future[Result]:
    """Do `work` in a thread: torch lets go of the interpreter while it calculates.

    The thread is a daemon, so that an interruption is not held up by it.
    """
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work(*arguments))
        except BaseException as error:  # handed to whoever asks for the result
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
