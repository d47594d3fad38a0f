"""Gradual: units go while the network is being trained, most of them early."""

from collections.abc import Sequence

from torch import Tensor

from tombola.training.reduction.graph import Group
from tombola.training.reduction.lottery import ReduceConfig, decoder_groups, rank
from tombola.training.reduction.methods.stages import cut_steps, train_in_stages
from tombola.training.reduction.methods.task import Reduced, Task, as_it_is
from tombola.training.reduction.ranking import select
from tombola.training.reduction.trim import Keep, trim, trim_state
from tombola.training.train.checkpoint import Memory

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
    ends = cut_steps(schedule.rewind_step, int(_LAST_CUT * schedule.steps), cuts)

    def cut(number: int, step: int, memory: Memory) -> Memory:
        groups = decoder_groups(model.decoder)
        worth = rank(task.corpus, model, schedule, config, f"cut {number}: rank")
        target = int(left(task.keep, number / cuts) * total)
        state = dict(model.decoder.named_parameters())
        keep = select(state, groups, worth, target)
        model.decoder = trim(model.decoder, groups, keep)
        return trim_memory(memory, groups, keep)

    train_in_stages(task, model, [schedule.rewind_step, *ends], "gradual", cut)
    return as_it_is(model, schedule.steps)


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
