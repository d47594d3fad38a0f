"""Whether another seed's dense network holds the same ticket."""

from collections.abc import Mapping

from tombola.training.analysis.agreement import kappa, kept_units
from tombola.training.analysis.matching import Match
from tombola.training.corpus.corpus import Corpus
from tombola.training.train.run import Run


def seed_overlap(
    corpus: Corpus,
    first: Run,
    second: Run,
    found: Mapping[str, Match],
    criterion: str,
    keep: float,
) -> float:
    """Kappa of the units that a criterion keeps of two dense runs: 1 same, 0 chance.

    `found` pairs their units (`matches`): units of different seeds have no order in
    common, so the question is whether of two that do the same both stay.
    """
    one, other = (
        kept_units(corpus, run, criterion, keep, run.config.seed)
        for run in (first, second)
    )
    paired = {name: kept[found[name].order] for name, kept in other.items()}
    return kappa(one, paired)
