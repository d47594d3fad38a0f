"""A study's rows put together over seeds, and compared with intervals."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from tombola.training.measures.bootstrap import bootstrap_draws
from tombola.training.study.table import Row, Table

Losses = NDArray[np.float64]
Interval = tuple[float, float]
# For each seed both networks' losses, clip by clip.
Pairs = Sequence[tuple[Sequence[float], Sequence[float]]]


@dataclass(frozen=True)
class Ratio:
    """How many times another network's loss a network has, the mean over seeds.

    Attributes:
        mean: Over seeds, of the ratio of the mean losses over clips.
        seeds: 95 % interval over seeds (Student's t); None of one seed.
        sounds: 95 % interval over held-out sounds (percentile bootstrap, the same
            sounds drawn for both networks and all seeds, each with all of its clips).
    """

    mean: float
    seeds: Interval | None
    sounds: Interval

    @classmethod
    def of(cls, pairs: Pairs, sounds: Sequence[str]) -> "Ratio":
        """Take the losses of both networks, clip by clip, for each seed.

        `sounds` says of which sound each clip is.
        """
        ours, theirs = (np.array(each, np.float64) for each in zip(*pairs, strict=True))
        each_seed = ours.mean(1) / theirs.mean(1)
        times = _times_drawn(sounds)
        ratios = ((ours @ times) / (theirs @ times)).mean(0)
        low, high = np.percentile(ratios, [2.5, 97.5])
        return cls(float(each_seed.mean()), _students(each_seed), (low, high))

    @property
    def low(self) -> float:
        """The lower of both intervals' ends; minus infinity where one is unknown."""
        return -math.inf if self.seeds is None else min(self.seeds[0], self.sounds[0])

    @property
    def high(self) -> float:
        """The upper of both intervals' ends; infinity where one is unknown."""
        return math.inf if self.seeds is None else max(self.seeds[1], self.sounds[1])

    def __str__(self) -> str:
        if self.seeds is None:
            return f"{self.mean:.3f}"
        return (
            f"{self.mean:.3f} ±{max(self.high - self.mean, self.mean - self.low):.3f}"
        )


def _times_drawn(sounds: Sequence[str]) -> Losses:
    """[clips, draws] how often each clip is drawn, with all others of its sound."""
    names, sound = np.unique(np.array(sounds), return_inverse=True)
    drawn = bootstrap_draws(len(names))
    times = np.zeros((len(names), len(drawn)))
    np.add.at(times, (drawn, np.arange(len(drawn))[:, None]), 1.0)
    return times[sound]


def _students(values: Losses) -> Interval | None:
    count = len(values)
    if count < 2:
        return None
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(count)
    reach = float(student.ppf(0.975, count - 1)) * error
    return mean - reach, mean + reach


@dataclass(frozen=True)
class Summary:
    """A way at a size, over all of its seeds.

    Attributes:
        study: The study's name.
        sounds: Of which sound each clip is that was judged by.
        rows: One for each seed.
        to_dense: Its loss to the dense network's of the same seed, both in float.
        to_scratch: To that of the same size from scratch, after as many steps.
        deployed: Its loss after the export's rounding to the dense network's in float;
            None where it is not exported.
        deployed_to_scratch: The same to that of the same size from scratch, in float.
    """

    study: str
    sounds: list[str]
    rows: list[Row]
    to_dense: Ratio
    to_scratch: Ratio
    deployed: Ratio | None
    deployed_to_scratch: Ratio | None

    @property
    def way(self) -> str:
        """Its name in the study's file."""
        return str(self.rows[0]["way"])

    @property
    def keep(self) -> float:
        """The share of the dense network's cost that was asked for."""
        return float(self.rows[0]["keep"])

    @property
    def name(self) -> str:
        """Names it within its study."""
        return f"{self.way} {self.keep:g}"

    @property
    def full_name(self) -> str:
        """Names it among all studies."""
        return f"{self.study}: {self.name}"

    @property
    def seeds(self) -> list[int]:
        """Of its rows."""
        return [int(row["seed"]) for row in self.rows]

    @property
    def instr_per_second(self) -> float | None:
        """What the module executes for a second of sound; None where not counted."""
        counted = [row["instr_per_second"] for row in self.rows if _counted(row)]
        return float(counted[0]) if counted else None

    @property
    def is_control(self) -> bool:
        """Whether it is there to be beaten."""
        return is_control(self.rows[0])

    @property
    def is_ours(self) -> bool:
        """Whether its idea was made here, for generative audio."""
        return is_ours(self.rows[0])

    def mean(self, figure: str) -> float:
        """The mean of a row's figure over seeds."""
        return float(np.mean([row[figure] for row in self.rows]))


def mean_measure(rows: list[Row], name: str) -> float | None:
    """The mean of a measure of sound over networks; None where one has none."""
    values: list[float | None] = [row["judgement"].get(name) for row in rows]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def _counted(row: Row) -> bool:
    return row.get("instr_per_second") is not None


# Ways that are there to be beaten -> what is said of them, and which rows they are.
CONTROLS: dict[str, tuple[str, Callable[[Row], bool]]] = {
    "scratch": (
        "the dense proportions from scratch, after the dense network's steps",
        lambda row: row["method"] == "scratch",
    ),
    "shuffled": (
        "the layers' shares handed on to other layers",
        lambda row: row["method"] == "shuffled",
    ),
    "random": (
        "random units",
        lambda row: bool(row.get("options", {}).get("criterion") == "random"),
    ),
    "fresh": (
        "fresh weights in place of rewound ones",
        lambda row: bool(row.get("options", {}).get("rewind") == "fresh"),
    ),
}


def is_control(row: Row) -> bool:
    """Whether a row's way is one of the controls."""
    return any(is_it(row) for _, is_it in CONTROLS.values())


def is_ours(row: Row) -> bool:
    """Whether its way is made here: by what is heard, with a teacher, or nested."""
    options = row.get("options", {})
    heard = options.get("criterion") == "audible" or options.get("teacher")
    return bool(heard or row["method"] == "nested")


def summarise(table: Table) -> list[Summary]:
    """Put the rows of each way and size together, in the study's order."""
    together: dict[tuple[str, float], list[Row]] = {}
    for row in table.rows:
        together.setdefault((row["way"], row["keep"]), []).append(row)
    return [_summary(table, rows) for rows in together.values()]


def _summary(table: Table, rows: list[Row]) -> Summary:
    dense = [clips(table.dense[row["seed"]]) for row in rows]
    scratch = [row["scratch_clips"] for row in rows]
    mine = [clips(row) for row in rows]
    exported = [row["quantised_clips"] for row in rows if row.get("quantised_clips")]
    whole = len(exported) == len(rows)

    def ratio(ours: list[list[float]], theirs: list[list[float]]) -> Ratio:
        return Ratio.of(list(zip(ours, theirs, strict=True)), table.sounds)

    return Summary(
        study=table.study,
        sounds=table.sounds,
        rows=rows,
        to_dense=ratio(mine, dense),
        to_scratch=ratio(mine, scratch),
        deployed=ratio(exported, dense) if whole else None,
        deployed_to_scratch=ratio(exported, scratch) if whole else None,
    )


def clips(row: Row) -> list[float]:
    """The loss of each held-out clip."""
    found: list[float] = row["judgement"]["stft_clips"]
    return found


def contrast(one: Summary, other: Summary) -> Ratio | None:
    """Loss of one to the other's, over the seeds that both have; None without any."""
    theirs = {row["seed"]: clips(row) for row in other.rows}
    pairs = [
        (clips(row), theirs[row["seed"]]) for row in one.rows if row["seed"] in theirs
    ]
    return Ratio.of(pairs, one.sounds) if pairs else None


def against(control: str, way: Summary, among: list[Summary]) -> Ratio | None:
    """A way's loss to its study's control of that size; None if that was not run."""
    _, is_it = CONTROLS[control]
    for other in among:
        if (other.study, other.keep) == (way.study, way.keep) and is_it(other.rows[0]):
            return contrast(way, other)
    return None
