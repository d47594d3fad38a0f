"""Whether two rankings keep the same units."""

from dataclasses import replace
from itertools import combinations

import torch

from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.lottery import ReduceConfig, decoder_groups, rank
from tombola.training.reduction.methods.once import least_share
from tombola.training.reduction.ranking import select
from tombola.training.reduction.trim import Keep
from tombola.training.train.run import Run


def kappa(first: Keep, second: Keep) -> float:
    """Agreement of two choices of units beyond chance: 1 the same, 0 chance.

    J. Cohen: "A Coefficient of Agreement for Nominal Scales", Educational and
    Psychological Measurement 1960, over the units of all layers; chance knows how many
    of each layer were kept, so that like widths are not taken for like units.
    """
    agreed = expected = units = 0.0
    for name, kept in first.items():
        one, other = kept.double(), second[name].double()
        agreed += float((one == other).sum())
        p, q = one.mean(), other.mean()
        expected += len(one) * float(p * q + (1 - p) * (1 - q))
        units += len(one)
    return (agreed - expected) / (units - expected) if units > expected else 1.0


def kept_units(
    corpus: Corpus, run: Run, criterion: str, keep: float, seed: int
) -> Keep:
    """The units of a dense run that a criterion keeps in one cut, by data of `seed`."""
    torch.set_num_threads(1)
    model = run.load_model()
    config = ReduceConfig(keep=keep, criterion=criterion)
    training = replace(run.config, seed=seed)
    worth = rank(corpus, model, training, config, f"rank by {criterion}")
    state = dict(model.decoder.named_parameters())
    limit = int(keep * sum(value.numel() for value in state.values()))
    groups = decoder_groups(model.decoder)
    return select(state, groups, worth, limit, least_share(keep))


def agreements(
    corpus: Corpus, run: Run, criteria: tuple[str, ...], keep: float
) -> dict[str, float]:
    """Kappa of each criterion with itself on other data, and of each two of them."""
    names = dict.fromkeys(criteria)
    seed = run.config.seed
    kept = {name: kept_units(corpus, run, name, keep, seed) for name in names}
    found = {}
    for name in names:
        again = kept_units(corpus, run, name, keep, seed + 1)
        found[f"{name}, other data"] = kappa(kept[name], again)
    for one, other in combinations(names, 2):
        found[f"{one}, {other}"] = kappa(kept[one], kept[other])
    return found
