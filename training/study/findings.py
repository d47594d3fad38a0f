"""What a study's rows say, in sentences whose every figure is taken from the rows."""

from collections.abc import Iterator
from itertools import groupby, pairwise

import numpy as np
from scipy.stats import spearmanr

from tombola.training.study.headline import CLOSE, SMALL, close, small
from tombola.training.study.summary import (
    CONTROLS,
    Ratio,
    Summary,
    against,
    contrast,
    mean_measure,
)
from tombola.training.study.table import Table
from tombola.training.study.words import interval, millions, percent, verdict

MEASURES = {
    "log_mel": "log-mel distance",
    "pitch": "pitch error",
    "loudness": "loudness error",
    "frechet_log_mel": "Frechet distance of log-mel statistics",
    "frechet_encoder": "Frechet distance in the encoder",
}
_LISTED = 4  # rows that a sentence names


def claims(summaries: list[Summary]) -> list[str]:
    """What was found out, a sentence each."""
    return [
        *_best_of_each_size(summaries),
        *_ours(summaries),
        *_rounding(summaries),
        *_instructions(summaries),
    ]


def surprises(summaries: list[Summary]) -> list[str]:
    """What one would not have expected: controls that do well, small that is better."""
    ways = [s for s in summaries if not s.is_control]
    return [
        *_rows(
            "do better than the dense network, outside the intervals",
            [(s, s.to_dense) for s in ways if s.to_dense.high < 1],
            len(ways),
        ),
        *_not_beaten(ways, summaries),
        *_smaller_is_better(summaries),
        *_other_order(summaries),
    ]


def failures(table: Table, summaries: list[Summary]) -> list[str]:
    """What did not work."""
    ways = [s for s in summaries if not s.is_control]
    tiny = [s for s in ways if small(s)]
    return [
        *(f"{label}: no result, {why}." for label, why in table.failed.items()),
        *_rows(
            "do worse than their own widths from scratch after as many steps, outside "
            "the intervals",
            [(s, s.to_scratch) for s in ways if s.to_scratch.low > 1],
            len(ways),
        ),
        *_rows(
            f"with at most {percent(SMALL)} of the parameters lose more than "
            f"{percent(CLOSE - 1)} when rounded as they are played",
            [(s, s.deployed) for s in tiny if s.deployed and not close(s)],
            len(tiny),
        ),
        *_rows(
            "were judged in float only, because the engine cannot play them",
            [(s, s.to_dense) for s in ways if s.deployed is None],
            len(ways),
        ),
    ]


def sizes(summaries: list[Summary]) -> list[tuple[float, list[Summary]]]:
    """The rows of each size that was asked for, the largest first, best rows first."""
    ordered = sorted(summaries, key=lambda s: (-s.keep, s.to_dense.mean))
    return [(keep, list(rows)) for keep, rows in groupby(ordered, lambda s: s.keep)]


def one_change(
    summaries: list[Summary],
) -> Iterator[tuple[str, Summary, Summary, Ratio]]:
    """Pairs of a size that differ in one option of one method, and what it makes.

    The second of a pair is the one without the option, which has its default.
    """
    for _, rows in sizes(summaries):
        for one in rows:
            for other in rows:
                if one.rows[0]["method"] != other.rows[0]["method"]:
                    continue
                mine, theirs = (s.rows[0].get("options", {}) for s in (one, other))
                more = {k: v for k, v in mine.items() if k not in theirs}
                if len(more) == 1 and mine == theirs | more:
                    ratio = contrast(one, other)
                    if ratio is not None:
                        (option,) = more
                        yield option, one, other, ratio


def _best_of_each_size(summaries: list[Summary]) -> Iterator[str]:
    for keep, rows in sizes(summaries):
        if len(rows) < 2:
            continue
        first, second = rows[:2]
        ratio = contrast(first, second)
        lead = "" if ratio is None else f", {interval(ratio)} times: {verdict(ratio)}"
        yield (
            f"At {percent(keep, 1)}, the least loss is that of `{first.way}`, "
            f"{interval(first.to_dense)} times the dense network's; next comes "
            f"`{second.way}`{lead}."
        )


def _ours(summaries: list[Summary]) -> Iterator[str]:
    for keep, rows in sizes(summaries):
        ours = [s for s in rows if s.is_ours]
        others = [s for s in rows if not s.is_ours]
        if not ours or not others:
            continue
        ratio = contrast(ours[0], others[0])
        if ratio is not None:
            yield (
                f"At {percent(keep, 1)}, the best of ours, `{ours[0].way}`, has "
                f"{interval(ratio)} times the loss of the best of the others, "
                f"`{others[0].way}`: {verdict(ratio)}."
            )


def _rounding(summaries: list[Summary]) -> Iterator[str]:
    costs = [
        (s.deployed.mean / s.to_dense.mean - 1, s.name)
        for s in summaries
        if s.deployed is not None
    ]
    if costs:
        worst, name = max(costs)
        median = float(np.median([cost for cost, _ in costs]))
        yield (
            "Rounding as the module plays changes the loss by "
            f"{percent(median, 1)} in the median of {len(costs)} rows, and by "
            f"{percent(worst, 1)} in the worst, `{name}`."
        )


def _instructions(summaries: list[Summary]) -> Iterator[str]:
    counted = [s for s in summaries if s.instr_per_second is not None]
    if len(counted) > 1:
        few, many = (f(counted, key=_parameters) for f in (min, max))
        yield (
            f"From {percent(_parameters(many), 2)} of the parameters (`{many.name}`) "
            f"to {percent(_parameters(few), 2)} (`{few.name}`), the instructions for a "
            f"second of sound go from {millions(many.instr_per_second)} to "
            f"{millions(few.instr_per_second)} million."
        )


def _parameters(summary: Summary) -> float:
    return summary.mean("params_ratio")


def _not_beaten(ways: list[Summary], summaries: list[Summary]) -> Iterator[str]:
    own = [(way, way.to_scratch) for way in ways]
    yield from _open("their own widths from scratch, after as many steps", own)
    for control, (says, _) in CONTROLS.items():
        found = ((way, against(control, way, summaries)) for way in ways)
        yield from _open(says, [(way, ratio) for way, ratio in found if ratio])


def _open(says: str, found: list[tuple[Summary, Ratio]]) -> Iterator[str]:
    """Of ways set beside a control, those that are not better than it for certain.

    One seed, which has no interval, counts where its mean is no better either.
    """
    not_better = [
        (way, ratio)
        for way, ratio in found
        if ratio.high >= 1 and (ratio.seeds or ratio.mean >= 1)
    ]
    yield from _rows(
        f"do not beat {says}, outside the intervals", not_better, len(found)
    )


def _smaller_is_better(summaries: list[Summary]) -> Iterator[str]:
    by_way: dict[str, list[Summary]] = {}
    for summary in summaries:
        by_way.setdefault(summary.way, []).append(summary)
    for rows in by_way.values():
        rows.sort(key=lambda s: s.keep)
        for few, more in pairwise(rows):
            ratio = contrast(few, more)
            if ratio is not None and ratio.high < 1:
                yield (
                    f"`{few.name}` has {interval(ratio)} times the loss of "
                    f"`{more.name}`, which is larger."
                )


def _other_order(summaries: list[Summary]) -> Iterator[str]:
    """Measures that rank the rows otherwise than the loss."""
    losses = [s.mean("loss") for s in summaries]
    for name, says in MEASURES.items():
        values = [mean_measure(s.rows, name) for s in summaries]
        known = [value for value in values if value is not None]
        if len(known) < max(5, len(values)) or len(set(known)) == 1:
            continue
        rank = float(spearmanr(losses, known).statistic)
        if rank < 0.5:
            best = summaries[int(np.argmin(known))]
            yield (
                f"The {says} ranks the rows otherwise than the loss (Spearman's rho "
                f"{rank:.2f}); its best is `{best.name}`."
            )


def _rows(what: str, found: list[tuple[Summary, Ratio]], count: int) -> Iterator[str]:
    """How many of `count` rows do something, and those of the largest ratios."""
    if not found:
        return
    worst = sorted(found, key=lambda pair: -pair[1].mean)[:_LISTED]
    named = ", ".join(f"`{s.name}` {interval(r)}" for s, r in worst)
    first = "the worst: " if len(found) > _LISTED else ""
    yield f"{len(found)} of {count} rows {what}: {first}{named}."
