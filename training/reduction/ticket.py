"""From a dense network to a winning ticket, round by round.

Frankle and Carbin 2019, with rewinding to an early step (Frankle et al. 2020, Renda et
al. 2020) and with whole units taken out instead of weights masked (Esling et al. 2020):
rank the units of the trained network, take the least out, go back to an early step of
the training, train again.
"""

import copy
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from tombola.errors import TombolaError
from tombola.files import write_json
from tombola.progress import bar
from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.criteria import CRITERIA
from tombola.training.reduction.figures import Figures, Reduction, measure
from tombola.training.reduction.graph import Group, dependency_groups
from tombola.training.reduction.ranking import select
from tombola.training.reduction.trim import reorder, trim
from tombola.training.train.checkpoint import save_model
from tombola.training.train.loop import batch_loss, corpus_digest, fresh_model
from tombola.training.train.run import Run, TrainConfig, evaluate, train
from tombola.training.train.segments import Segments
from tombola.training.voices.tone import CONTROLS, ToneDecoder, ToneModel

Result = TypeVar("Result")


@dataclass(frozen=True)
class ReduceConfig:
    """Everything that decides a ticket, except the dense run and its corpus.

    Attributes:
        keep: Share of the dense network's parameters that may be left.
        rounds: In how many rounds; each leaves the same share of the one before.
        criterion: What ranks the units: a name in `CRITERIA`.
        rewind: What goes back to the dense run's `rewind_step`: "weights" (and the
            learning rate), or the learning "rate" alone (docs/research/reduction.md).
        round_length: Of a round's schedule, as a share of the dense one; the last round
            has all of it.
        batches: Batches of training data that the criterion may look at.
    """

    keep: float = 0.095
    rounds: int = 4
    criterion: str = "taylor"
    rewind: str = "weights"
    round_length: float = 0.25
    batches: int = 16

    def __post_init__(self) -> None:
        """Raise TombolaError where a value makes no sense."""
        limits = {
            "share to keep": (self.keep, 0.01, 0.9),
            "number of rounds": (self.rounds, 1, 20),
            "length of a round": (self.round_length, 0.01, 1.0),
            "number of batches to rank by": (self.batches, 1, 1024),
        }
        for name, (value, low, high) in limits.items():
            if not low <= value <= high:
                raise TombolaError(
                    f"reduction's {name} is {value}; choose {low} to {high}"
                )
        if self.criterion not in CRITERIA:
            raise TombolaError(
                f"no criterion is called '{self.criterion}'; "
                f"choose one of: {', '.join(CRITERIA)}"
            )
        if self.rewind not in ("rate", "weights"):
            raise TombolaError(
                f"what to rewind is '{self.rewind}'; choose rate or weights"
            )


def reduce(corpus: Corpus, dense: Run, config: ReduceConfig, folder: Path) -> Reduction:
    """Reduce the trained run `dense` to a ticket, a run of its own in `folder`.

    Every training leaves its checkpoint there (`round-1.safetensors` ...), so that a
    reduction that was stopped and is started again goes on where it was. The encoder
    stays as the dense network trained it: a place on the timbre plane means the same to
    the dense network, the ticket and the control.

    Raises:
        TombolaError: `dense` is not trained or is of another corpus, `folder` holds
            another run, or the parameters cannot be reached in so many rounds.
    """
    model = dense.load_model("final")
    early = dense.load_model("rewind").decoder
    ticket = _open_ticket(corpus, dense, config, folder)
    figures = [measure("dense", model, evaluate(corpus, model), dense.config.steps)]
    for number in range(1, config.rounds + 1):
        label = f"round {number}: rank"
        worth = _rank(corpus, model, dense.config, config, label)
        share = config.keep ** (number / config.rounds)
        target = int(share * figures[0].parameters)
        model, early = _trim(model, early, worth, target, config.rewind)
        schedule = dense.config
        if number < config.rounds:
            steps = int(config.round_length * schedule.steps)
            schedule = replace(schedule, steps=steps)
        else:
            fresh = _with_fresh_decoder(corpus, model, schedule)
            control = _beside(_train_control, corpus, fresh, schedule, folder)
        label = f"round-{number}"
        loss = _retrain(corpus, model, schedule, folder, label)
        done = figures[-1].steps if config.rewind == "rate" else schedule.rewind_step
        done += schedule.steps - schedule.rewind_step
        figures.append(measure(label, model, loss, done))
        ticket.add_figures(rounds=[asdict(f) for f in figures])
    scratch = control.result()
    worth = _rank(corpus, model, dense.config, config, "order the units")
    model.decoder = _most_important_first(model.decoder, worth)
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
    if steps <= dense.config.rewind_step:
        raise TombolaError(
            f"a round's {steps} steps, {config.round_length:.0%} of the dense run's, "
            f"end before its rewind step, {dense.config.rewind_step}; take longer ones"
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


def _rank(
    corpus: Corpus,
    model: ToneModel,
    training: TrainConfig,
    config: ReduceConfig,
    label: str,
) -> dict[str, Tensor]:
    """Ask the criterion what each of the decoder's units is worth."""
    segments = Segments(corpus.training, training.frames)

    def losses() -> Iterator[Tensor]:
        with bar(label, config.batches) as shown:
            for step in range(training.steps, training.steps + config.batches):
                yield batch_loss(model, segments, training, step)
                shown.advance()

    groups = decoder_groups(model.decoder)
    return CRITERIA[config.criterion](model.decoder, groups, losses())


def _trim(
    model: ToneModel,
    early: ToneDecoder,
    worth: Mapping[str, Tensor],
    target: int,
    rewind: str,
) -> tuple[ToneModel, ToneDecoder]:
    """Take units out: a smaller model to go on with, and its early decoder."""
    groups = decoder_groups(model.decoder)
    keep = select(dict(model.decoder.named_parameters()), groups, worth, target)
    early = trim(early, groups, keep)
    smaller = copy.deepcopy(model)
    smaller.decoder = trim(model.decoder, groups, keep)
    if rewind == "weights":
        smaller.decoder.load_state_dict(early.state_dict())
    return smaller, early


def _most_important_first(
    decoder: ToneDecoder, worth: Mapping[str, Tensor]
) -> ToneDecoder:
    """Order every layer's units, so that the last ones can be left out first."""
    order = {name: value.argsort(descending=True) for name, value in worth.items()}
    return reorder(decoder, decoder_groups(decoder), order)


def decoder_groups(decoder: ToneDecoder) -> tuple[Group, ...]:
    """The dependency groups of a decoder of whatever widths."""
    controls = torch.zeros(1, 2, CONTROLS)
    state = torch.zeros(1, 1, decoder.widths.hidden)
    return dependency_groups(decoder, controls, state)


def _retrain(
    corpus: Corpus, model: ToneModel, schedule: TrainConfig, folder: Path, label: str
) -> float:
    """Train from the rewind step to the end of `schedule`; gives the held-out loss."""
    result = train(
        corpus,
        model,
        schedule,
        folder,
        start_step=schedule.rewind_step,
        train_encoder=False,
        label=label,
    )
    return result.loss


def _with_fresh_decoder(
    corpus: Corpus, model: ToneModel, schedule: TrainConfig
) -> ToneModel:
    """The same encoder, and a decoder of the same widths that was never trained."""
    fresh = copy.deepcopy(model)
    widths = model.decoder.widths
    fresh.decoder = fresh_model(corpus, replace(schedule, widths=widths)).decoder
    return fresh


def _train_control(
    corpus: Corpus, model: ToneModel, schedule: TrainConfig, folder: Path
) -> Figures:
    """Train fresh weights through the schedule that the last round goes through.

    The data, its order and the learning rates are the same ones, and so is the encoder;
    the control even has the steps before the rewind step. Only the weights that it
    begins with are other ones.
    """
    result = train(
        corpus, model, schedule, folder, train_encoder=False, label="scratch"
    )
    return measure("scratch", model, result.loss, schedule.steps)


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
