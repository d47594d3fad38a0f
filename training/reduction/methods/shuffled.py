"""Shuffled: the layers' shares, each given to another layer. A control."""

from dataclasses import asdict, replace

from tombola.training.reduction.lottery import ReduceConfig, decoder_groups, rank
from tombola.training.reduction.methods.once import least_share
from tombola.training.reduction.methods.scratch import (
    decoder_cost,
    train_from_scratch,
)
from tombola.training.reduction.methods.task import (
    Reduced,
    Task,
    as_it_is,
    even_widths,
)
from tombola.training.reduction.ranking import select
from tombola.training.reduction.trim import trim
from tombola.training.voices.voice import Widths


def reduce(task: Task, *, criterion: str = "taylor") -> Reduced:
    """Let a criterion find each layer's share, hand them on by one layer, train afresh.

    If that does as well, what the criterion found out about layers is worth nothing
    (after J. Su et al.: "Sanity-Checking Pruning Methods: Random Tickets can Win the
    Jackpot", NeurIPS 2020, for whole units).
    """
    model = task.dense.load_model()
    config = ReduceConfig(criterion=criterion)
    groups = decoder_groups(model.decoder)
    worth = rank(task.corpus, model, task.dense.config, config, "rank")
    state = dict(model.decoder.named_parameters())
    keep = select(state, groups, worth, task.parameters, least_share(task.keep))
    found, dense = trim(model.decoder, groups, keep).widths, task.dense.config
    widths = even_widths(
        handed_on(found, dense.widths),
        lambda w: decoder_cost(dense.voice, w).parameters <= task.parameters,
    )
    model = train_from_scratch(
        task.corpus, task.dense, widths, dense.steps, task.folder
    )
    return as_it_is(model, dense.steps)


def handed_on(found: Widths, dense: Widths) -> Widths:
    """Give each layer the share of its units that `found` leaves the layer before it.

    The first one is given the last one's.
    """
    units = asdict(dense)
    shares = [left / units[name] for name, left in asdict(found).items()]
    moved = zip(units.items(), [shares[-1], *shares[:-1]], strict=True)
    return replace(dense, **{n: max(1, round(s * u)) for (n, u), s in moved})
