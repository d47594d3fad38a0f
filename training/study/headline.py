"""What is asked of every voice: a hundredth of the parameters, and nothing lost."""

from collections.abc import Callable
from dataclasses import dataclass

from tombola.training.study.summary import Ratio, Summary, against
from tombola.training.study.words import interval, percent

SMALL = 0.01  # of the dense network's parameters
CLOSE = 1.05  # times the dense network's loss


def small(summary: Summary) -> bool:
    """Whether at least 99 % of the parameters are gone."""
    return summary.mean("params_ratio") <= SMALL


def close(summary: Summary) -> bool:
    """Whether it keeps the dense float network's loss, rounded as it is played."""
    return summary.deployed is not None and summary.deployed.mean <= CLOSE


def wins(summary: Summary) -> bool:
    """Whether it beats its size from scratch, by more than the intervals leave open."""
    against = summary.deployed_to_scratch
    return against is not None and against.high < 1


@dataclass(frozen=True)
class Headline:
    """What became of it, over all studies of a voice.

    Attributes:
        best: The row that it holds for, of least loss; or where it holds for none, the
            row of least loss among those that are small.
        holds: Whether it holds.
        from_size: The smallest row that is close and wins, whatever its size.
        below: The next smaller one of that way, where it breaks.
        close_from, wins_from: The smallest rows that are the one or the other.
        to_proportions: The best row's loss, in float, to that of the dense proportions
            from scratch, after the dense network's steps.
        tried: How many rows are small; how many of them are close, and win.
    """

    best: Summary | None
    holds: bool
    from_size: Summary | None
    below: Summary | None
    close_from: Summary | None
    wins_from: Summary | None
    to_proportions: Ratio | None
    tried: tuple[int, int, int]

    @classmethod
    def of(cls, summaries: list[Summary]) -> "Headline":
        """Look at all that can be put on the module, but for the controls."""
        deployed = [s for s in summaries if s.deployed and not s.is_control]
        candidates = [s for s in deployed if small(s)]
        from_size = _smallest(deployed, lambda s: close(s) and wins(s))
        winners = [s for s in candidates if close(s) and wins(s)]
        best = min(winners or candidates, key=_loss, default=None)
        return cls(
            best=best,
            holds=bool(winners),
            from_size=from_size,
            below=_below(from_size, deployed),
            close_from=_smallest(deployed, close),
            wins_from=_smallest(deployed, wins),
            to_proportions=against("scratch", best, summaries) if best else None,
            tried=(
                len(candidates),
                sum(map(close, candidates)),
                sum(map(wins, candidates)),
            ),
        )

    def sentence(self, voice: str) -> str:
        """Say it, with its figures."""
        if self.best is None:
            return (
                f"**{voice}: not tried.** No row that can be exported has as little as "
                f"{percent(SMALL)} of the parameters."
            )
        tried, near, better = self.tried
        answer = "yes.**" if self.holds else "no.** No row is both. The least loss:"
        parts = [
            f"**{voice}: {answer} {described(self.best)}",
            *(
                [
                    "To the dense proportions from scratch, after the dense network's "
                    f"steps, it is {interval(self.to_proportions)} in float."
                ]
                if self.to_proportions
                else []
            ),
            f"Rows with at most {percent(SMALL)} of the parameters: {tried}; of these "
            f"within {CLOSE:g} times the dense network's loss: {near}; better than "
            f"their size from scratch outside the intervals: {better}.",
            _where("Both hold", self.from_size),
        ]
        if self.below is not None:
            parts.append(f"One size below, {described(self.below)}")
        if not self.holds:
            parts.append(_where("The loss alone is kept", self.close_from))
            parts.append(_where("Scratch alone is beaten", self.wins_from))
        return " ".join(parts)


def described(summary: Summary) -> str:
    """A row that can be exported, with all that the headline asks of it."""
    return (
        f"`{summary.full_name}` has {percent(summary.mean('params_ratio'), 2)} of the "
        f"parameters and {percent(summary.mean('bytes_ratio'), 2)} of the bytes. "
        "Rounded as it is played, its loss is "
        f"{interval(summary.deployed)} times the dense float network's and "
        f"{interval(summary.deployed_to_scratch)} times that of its own widths "
        "from scratch after as many steps "
        f"(seeds: {len(summary.seeds)})."
    )


def _loss(summary: Summary) -> float:
    return summary.deployed.mean if summary.deployed is not None else float("inf")


def _smallest(
    summaries: list[Summary], good: Callable[[Summary], bool]
) -> Summary | None:
    found = [s for s in summaries if good(s)]
    return min(found, key=lambda s: s.mean("params_ratio"), default=None)


def _below(summary: Summary | None, among: list[Summary]) -> Summary | None:
    """The next smaller row of the same way."""
    if summary is None:
        return None
    mine = (summary.study, summary.way)
    found = [
        s
        for s in among
        if (s.study, s.way) == mine
        and s.mean("params_ratio") < summary.mean("params_ratio")
    ]
    return max(found, key=lambda s: s.mean("params_ratio"), default=None)


def _where(what: str, summary: Summary | None) -> str:
    if summary is None:
        return f"{what} at no size that was tried."
    return (
        f"{what} down to {percent(summary.mean('params_ratio'), 2)} of the "
        f"parameters (`{summary.full_name}`: {interval(summary.deployed)} to dense, "
        f"{interval(summary.deployed_to_scratch)} to scratch)."
    )
