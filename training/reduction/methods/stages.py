"""One training in stages, between which the network is changed."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from tombola.training.reduction.methods.task import Task
from tombola.training.train.checkpoint import Memory
from tombola.training.train.loop import train
from tombola.training.voices.voice import Model

# (number of the change from 1 on, step, what Adam knows) -> what it is to know.
Change = Callable[[int, int, Memory], Memory]


def train_in_stages(
    task: Task, model: Model, steps: Sequence[int], label: str, change: Change
) -> None:
    """Train `model` by the dense network's schedule, the encoder apart.

    From the first of `steps`, with a `change` at each of the others, to the end.
    Checkpoints are `LABEL-1`, ... in the task's folder.
    """
    memory: Memory | None = None
    stages = list(pairwise([*steps, task.dense.config.steps]))
    for number, (first, until) in enumerate(stages, 1):
        memory = train(
            task.corpus,
            model,
            task.dense.config,
            task.folder,
            start_step=first,
            until=until,
            memory=memory,
            train_encoder=False,
            label=f"{label}-{number}",
        ).memory
        if number < len(stages):
            memory = change(number, until, memory)


def cut_steps(first: int, last: int, cuts: int) -> list[int]:
    """The steps at which units go, evenly spaced; `last` is one of them."""
    return [first + (last - first) * cut // cuts for cut in range(1, cuts + 1)]
