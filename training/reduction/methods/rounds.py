"""Rounds: the lottery, trimmed little by little and rewound each time."""

from tombola.training.reduction.lottery import ReduceConfig, play_rounds
from tombola.training.reduction.methods.task import Reduced, Task, as_it_is
from tombola.training.reduction.teaching import taught_by


def reduce(
    task: Task,
    *,
    criterion: str = "taylor",
    scaling: str | None = None,
    rewind: str = "weights",
    rounds: int = 4,
    round_length: float = 0.25,
    teacher: bool = False,
) -> Reduced:
    """Play the rounds of docs/research/reduction.md.

    J. Frankle, G. K. Dziugaite, D. M. Roy, M. Carbin: "Linear Mode Connectivity and the
    Lottery Ticket Hypothesis", ICML 2020; A. Renda, J. Frankle, M. Carbin: "Comparing
    Rewinding and Fine-tuning in Neural Network Pruning", ICLR 2020.

    With a `teacher`, which is ours, what is left learns in every round from the dense
    network's amplitudes as well as from the sounds.
    """
    config = ReduceConfig(
        task.keep, rounds, criterion, rewind, round_length, scaling=scaling
    )
    played = play_rounds(
        task.corpus,
        task.dense,
        config,
        task.folder,
        objective=taught_by(task.dense.load_model(), "control") if teacher else None,
    )
    *_, (model, figures) = played
    return as_it_is(model, figures.steps)
