"""The lottery's rounds: rank, take out, go back, train again.

Frankle and Carbin 2019, with rewinding to an early step (Frankle et al. 2020, Renda et
al. 2020) and with whole units taken out instead of weights masked (Esling et al. 2020).
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from torch import Tensor

from tombola.errors import TombolaError
from tombola.progress import bar
from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.criteria import CRITERIA, unit_worth
from tombola.training.reduction.criteria.scaling import SCALINGS
from tombola.training.reduction.figures import Figures, measure
from tombola.training.reduction.graph import Group, dependency_groups
from tombola.training.reduction.ranking import select
from tombola.training.reduction.trim import trim
from tombola.training.train.config import require_voice
from tombola.training.train.loop import Objective, fresh_model, passage
from tombola.training.train.loss import Passage
from tombola.training.train.run import Run, TrainConfig, train
from tombola.training.voices import VOICES
from tombola.training.voices.voice import Decoder, Model

REWINDS = ("weights", "rate", "initial", "fresh")


@dataclass(frozen=True)
class ReduceConfig:
    """Everything that decides a ticket, except the dense run and its corpus.

    Attributes:
        keep: Share of the dense network's parameters that may be left.
        rounds: In how many rounds; each leaves the same share of the one before.
        criterion: What ranks the units: a name in `CRITERIA`.
        rewind: What goes back, and where to (docs/research/reduction.md): "weights" to
            the dense run's `rewind_step`, the learning "rate" alone to there, weights
            to the "initial" ones, or to "fresh" ones, drawn anew each round.
        round_length: Of a round's schedule, as a share of the dense one; the last round
            has all of it.
        batches: Batches of training data that the criterion may look at.
        scaling: How units of different layers compare: a name in `SCALINGS`; None is
            the criterion's own.
        nested: Whether the ticket's first units learn to play alone too, at last.
    """

    keep: float = 0.095
    rounds: int = 4
    criterion: str = "taylor"
    rewind: str = "rate"
    round_length: float = 0.25
    batches: int = 16
    scaling: str | None = None
    nested: bool = False

    @classmethod
    def of_voice(cls, voice: str, **fields: Any) -> Self:
        """What is usual for a voice, but for some fields.

        Raises:
            TombolaError: There is no such voice, or a value makes no sense.
        """
        require_voice(voice)
        return cls(**{**VOICES[voice].reduction, **fields})

    def __post_init__(self) -> None:
        """Raise TombolaError where a value makes no sense."""
        limits = {
            "share to keep": (self.keep, 0.001, 0.9),
            "number of rounds": (self.rounds, 1, 20),
            "length of a round": (self.round_length, 0.01, 1.0),
            "number of batches to rank by": (self.batches, 1, 1024),
        }
        for name, (value, low, high) in limits.items():
            if not low <= value <= high:
                raise TombolaError(
                    f"reduction's {name} is {value}; choose {low} to {high}"
                )
        require_known("criterion", self.criterion, CRITERIA)
        require_known("scaling", self.scaling, (None, *SCALINGS))
        if self.rewind not in REWINDS:
            raise TombolaError(
                f"what to rewind is '{self.rewind}'; choose one of: "
                f"{', '.join(REWINDS)}"
            )

    def start_step(self, training: TrainConfig) -> int:
        """The step of the dense training that a round goes back to."""
        return 0 if self.rewind in ("initial", "fresh") else training.rewind_step


def require_known(kind: str, name: str | None, known: object) -> None:
    """Raise TombolaError unless `name` is one of `known`."""
    names = [each for each in known if each is not None]  # type: ignore[attr-defined]
    if name is not None and name not in names:
        raise TombolaError(
            f"no {kind} is called '{name}'; choose one of: {', '.join(names)}"
        )


def play_rounds(
    corpus: Corpus,
    dense: Run,
    config: ReduceConfig,
    folder: Path,
    last: Callable[[Model, TrainConfig], None] = lambda model, schedule: None,
    objective: Objective | None = None,
) -> Iterator[tuple[Model, Figures]]:
    """Play the rounds; yields the network after each one, and its figures.

    Every training leaves its checkpoint in `folder` (`round-1.safetensors` ...), and
    goes on from there. `last` is told the network and the schedule of the last round,
    just before it is trained. `objective` is what the trainings lower (`train`).

    Raises:
        TombolaError: `dense` is not trained, or the parameters cannot be reached in so
            many rounds.
    """
    model = dense.load_model("final")
    total = sum(p.numel() for p in model.decoder.parameters())
    early = dense.load_model("initial" if config.rewind == "initial" else "rewind")
    before, start = early.decoder, config.start_step(dense.config)
    steps = dense.config.steps
    for number in range(1, config.rounds + 1):
        label = f"round {number}: rank"
        worth = rank(corpus, model, dense.config, config, label)
        target = int(config.keep ** (number / config.rounds) * total)
        model, before = cut(model, before, worth, target, config.rewind)
        if config.rewind == "fresh":
            model = with_fresh_decoder(corpus, model, dense.config, number)
        schedule = dense.config
        if number < config.rounds:
            share = int(config.round_length * schedule.steps)
            schedule = replace(schedule, steps=share)
        else:
            last(model, schedule)
        label = f"round-{number}" if objective is None else f"taught-{number}"
        loss = retrain(corpus, model, schedule, folder, label, start, objective)
        steps = (steps if config.rewind == "rate" else start) + schedule.steps - start
        yield model, measure(label, model, loss, steps)


def rank(
    corpus: Corpus,
    model: Model,
    training: TrainConfig,
    config: ReduceConfig,
    label: str,
) -> dict[str, Tensor]:
    """Ask the criterion what each of the decoder's units is worth."""
    passages = Passages(corpus, model, training, config.batches, label)
    groups = decoder_groups(model.decoder)
    return unit_worth(config.criterion, model.decoder, groups, passages, config.scaling)


class Passages:
    """What a network plays of a corpus, with data that the training did not come to.

    Rendered anew each time that it is gone through, and the same each time.
    """

    def __init__(
        self,
        corpus: Corpus,
        model: Model,
        training: TrainConfig,
        count: int,
        label: str,
    ) -> None:
        self._segments = model.segments(corpus.training, training.frames)
        self._model = model
        self._training = training
        self._steps = range(training.steps, training.steps + count)
        self._label = label

    def __iter__(self) -> Iterator[Passage]:
        with bar(self._label, len(self._steps)) as shown:
            for step in self._steps:
                yield passage(self._model, self._segments, self._training, step)
                shown.advance()


def cut(
    model: Model,
    early: Decoder,
    worth: Mapping[str, Tensor],
    target: int,
    rewind: str,
) -> tuple[Model, Decoder]:
    """Take units out: a smaller model to go on with, and its early decoder."""
    groups = decoder_groups(model.decoder)
    keep = select(dict(model.decoder.named_parameters()), groups, worth, target)
    early = trim(early, groups, keep)
    smaller = copy.deepcopy(model)
    smaller.decoder = trim(model.decoder, groups, keep)
    if rewind in ("weights", "initial"):
        smaller.decoder.load_state_dict(early.state_dict())
    return smaller, early


def decoder_groups(decoder: Decoder) -> tuple[Group, ...]:
    """The dependency groups of a decoder of whatever widths."""
    return dependency_groups(decoder, *decoder.example())


def retrain(
    corpus: Corpus,
    model: Model,
    schedule: TrainConfig,
    folder: Path,
    label: str,
    start_step: int,
    objective: Objective | None = None,
) -> float:
    """Train to the end of `schedule`, the encoder apart; gives the held-out loss."""
    result = train(
        corpus,
        model,
        schedule,
        folder,
        start_step=start_step,
        train_encoder=False,
        label=label,
        objective=objective,
    )
    return result.loss


def with_fresh_decoder(
    corpus: Corpus, model: Model, schedule: TrainConfig, draw: int = 0
) -> Model:
    """The same encoder, and a decoder of the same widths that was never trained.

    `draw` 0 is what the schedule's own seed gives.
    """
    fresh = copy.deepcopy(model)
    seed = (schedule.seed + 7919 * draw) % 2**31
    config = replace(schedule, widths=model.decoder.widths, seed=seed)
    fresh.decoder = fresh_model(corpus, config).decoder
    return fresh
