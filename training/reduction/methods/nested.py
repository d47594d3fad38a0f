"""Nested: one ticket plays at many widths, the narrow ones inside of the whole one."""

from dataclasses import replace

from tombola.training.reduction.lottery import ReduceConfig
from tombola.training.reduction.methods.rounds import reduce as play_lottery
from tombola.training.reduction.methods.task import Reduced, Task
from tombola.training.reduction.nesting import by_worth, nest


def reduce(task: Task, *, criterion: str = "taylor", rounds: int = 4) -> Reduced:
    """Trim in rounds, put units in order, and train the first ones to play alone too.

    `nesting.nest` names the papers.
    """
    ticket = play_lottery(task, criterion=criterion, rewind="rate", rounds=rounds)
    schedule, config = task.dense.config, ReduceConfig(criterion=criterion)
    model = by_worth(task.corpus, ticket.model, schedule, config)
    _, more = nest(task.corpus, model, schedule, task.folder)
    return replace(ticket, model=model, steps=ticket.steps + more)
