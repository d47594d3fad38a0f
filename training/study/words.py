"""How a report writes figures."""

from tombola.training.study.summary import Ratio


def percent(share: float, digits: int = 0) -> str:
    """A share as docs/ write it."""
    return f"{100 * share:.{digits}f} %"


def millions(count: float | None) -> str:
    """A count in millions; nothing where there is none."""
    return "" if count is None else f"{count / 1e6:.1f}"


def interval(ratio: Ratio | None) -> str:
    """A ratio, and between which it lies; nothing where there is none."""
    if ratio is None:
        return ""
    if ratio.seeds is None:
        low, high = ratio.sounds
        return f"{ratio.mean:.3f} (one seed; over sounds {low:.3f} to {high:.3f})"
    return f"{ratio.mean:.3f} ({ratio.low:.3f} to {ratio.high:.3f})"


def verdict(ratio: Ratio) -> str:
    """What a ratio of losses says, given its intervals."""
    if ratio.seeds is None:
        return "one seed, which has no interval"
    if ratio.high < 1:
        return "better"
    return "worse" if ratio.low > 1 else "no difference outside the intervals"


def header(*names: str) -> list[str]:
    """The first lines of a table in Markdown."""
    return [line(*names), "|" + "---|" * len(names)]


def line(*cells: str) -> str:
    """A line of a table in Markdown."""
    return "| " + " | ".join(cells) + " |"
