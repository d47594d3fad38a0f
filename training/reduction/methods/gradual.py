"""Gradual: units go while the network is being trained, most of them early."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor

from tombola.training.reduction.graph import Group
from tombola.training.reduction.lottery import ReduceConfig, decoder_groups, rank
from tombola.training.reduction.methods.task import Reduced, Task, as_it_is
from tombola.training.reduction.ranking import select
from tombola.training.reduction.trim import Keep, trim, trim_state
from tombola.training.train.checkpoint import Memory
from tombola.training.train.loop import train

_LAST_CUT = 0.75  # of the schedule; what is left has the rest to settle
_DECODER = "decoder."


def reduce(
    task: Task,
    *,
    criterion: str = "taylor",
    scaling: str | None = None,
    cuts: int = 8,
) -> Reduced:
    """Trim along a cubic schedule from the rewind step on, in one training.

    M. Zhu, S. Gupta: "To Prune, or Not to Prune: Exploring the Efficacy of Pruning for
    Model Compression", ICLR 2018 workshop, equation 1, with whole units in place of
    masked weights. Adam remembers what it knows of the units that stay.
    """
    model = task.dense.load_model()
    model.decoder = task.dense.load_model("rewind").decoder
    schedule = task.dense.config
    config = ReduceConfig(criterion=criterion, scaling=scaling)
    total = task.cost_of_dense.parameters
    memory: Memory | None = None
    ends = cut_steps(schedule.rewind_step, int(_LAST_CUT * schedule.steps), cuts)
    stages = pairwise([schedule.rewind_step, *ends, schedule.steps])
    for number, (first, until) in enumerate(stages, 1):
        memory = train(
            task.corpus,
            model,
            schedule,
            task.folder,
            start_step=first,
            until=until,
            memory=memory,
            train_encoder=False,
            label=f"gradual-{number}",
        ).memory
        if number <= cuts:
            groups = decoder_groups(model.decoder)
            worth = rank(task.corpus, model, schedule, config, f"cut {number}: rank")
            target = int(left(task.keep, number / cuts) * total)
            state = dict(model.decoder.named_parameters())
            keep = select(state, groups, worth, target)
            model.decoder = trim(model.decoder, groups, keep)
            memory = trim_memory(memory, groups, keep)
    return as_it_is(model, schedule.steps)


def cut_steps(first: int, last: int, cuts: int) -> list[int]:
    """The steps at which units go, evenly spaced; `last` is one of them."""
    return [first + (last - first) * cut // cuts for cut in range(1, cuts + 1)]


def left(keep: float, way: float) -> float:
    """The share of the parameters that is left at `way`, 0..1, of the cuts."""
    return keep + (1.0 - keep) * (1.0 - way) ** 3


def trim_memory(memory: Memory, groups: Sequence[Group], keep: Keep) -> Memory:
    """Cut what Adam knows of a model as `trim` cuts its decoder."""

    def cut(moment: dict[str, Tensor]) -> dict[str, Tensor]:
        own = {n.removeprefix(_DECODER): v for n, v in moment.items()}
        smaller = trim_state(own, groups, keep)
        return {_DECODER + name: value for name, value in smaller.items()}

    moments = {name: cut(moment) for name, moment in memory.moments.items()}
    return Memory(memory.steps, moments)
