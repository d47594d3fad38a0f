"""The analysis of a run, alone and beside another one."""

from dataclasses import replace

from tombola.training.analysis.agreement import agreements, kept_units
from tombola.training.analysis.connectivity import Line, line, two_orders
from tombola.training.analysis.information import layer_information
from tombola.training.analysis.layers import Analysis, decoder_layers
from tombola.training.analysis.masked import fits, masked_twin
from tombola.training.analysis.matching import in_order, matches
from tombola.training.analysis.overlap import seed_overlap
from tombola.training.analysis.perturbation import losses_off
from tombola.training.analysis.similarity import layer_of, layer_similarities
from tombola.training.analysis.topology import decoder_topology
from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.lottery import decoder_groups
from tombola.training.reduction.trim import trim
from tombola.training.train.run import Run


def analyse_run(
    corpus: Corpus, run: Run, criteria: tuple[str, ...], keep: float
) -> Analysis:
    """Look at a run; whether `criteria` agree that keep `keep` of its parameters."""
    model = run.load_model()
    return Analysis(
        layers=decoder_layers(model.decoder),
        topology=decoder_topology(model.decoder),
        information=layer_information(corpus, model, run.config),
        agreement=agreements(corpus, run, criteria, keep),
        perturbation=losses_off(corpus, model),
    )


def beside(
    analysis: Analysis,
    corpus: Corpus,
    run: Run,
    other: Run,
    criteria: tuple[str, ...],
    keep: float,
) -> Analysis:
    """Add to the analysis of `run` how it compares with another one.

    CKA with any. As a mask in one that is wider. With one as wide, which units do the
    same, the loss between both, with their units as they are and paired, and whether
    the criteria keep the same ones.
    """
    model, against = run.load_model(), other.load_model()
    alike = layer_similarities(corpus, model, against, run.config)
    analysis = replace(analysis, similarity=alike)
    few, many = (decoder_groups(m.decoder) for m in (model, against))
    if model.decoder.widths != against.decoder.widths:
        if not fits(few, many):
            return analysis
        twin = masked_twin(model.decoder, few, against.decoder, many)
        return replace(analysis, masked=decoder_topology(twin))
    found = matches(corpus, model, against, run.config)
    overlap = {
        f"{name}, other seed": seed_overlap(corpus, run, other, found, name, keep)
        for name in dict.fromkeys(criteria)
    }
    lines = {
        "to the other": line(corpus, model, against),
        "to the other, units paired": line(corpus, model, in_order(against, found)),
    }
    return replace(
        analysis,
        pairs={layer_of(name): pairs.correlation for name, pairs in found.items()},
        agreement={**analysis.agreement, **overlap},
        lines=lines,
    )


def between_orders(
    corpus: Corpus, run: Run, criteria: tuple[str, ...], keep: float
) -> dict[str, Line]:
    """The loss between two trainings of one early network, with two orders of data.

    Of the dense run, and for each criterion of what it keeps. They begin with the early
    weights, beside the encoder as it was trained, as a round of the lottery does.
    """
    early = run.load_model()
    early.decoder = run.load_model("rewind").decoder
    found = {"two orders": two_orders(corpus, early, run.config, run.folder, "orders")}
    for name in dict.fromkeys(criteria):
        kept = kept_units(corpus, run, name, keep, run.config.seed)
        ticket = run.load_model()
        ticket.decoder = trim(early.decoder, decoder_groups(early.decoder), kept)
        label = f"orders-{name}-{keep:g}"
        found[f"two orders, {name} {keep:g}"] = two_orders(
            corpus, ticket, run.config, run.folder, label
        )
    return found
