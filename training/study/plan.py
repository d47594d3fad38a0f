"""What a study compares, read from a TOML file."""

import hashlib
import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from tombola.errors import TombolaError
from tombola.training.reduction.methods import METHODS
from tombola.training.study.table import DENSE
from tombola.training.train.config import TrainConfig, require_voice
from tombola.training.voices import VOICES


@dataclass(frozen=True)
class Way:
    """A method with its options, and the sizes it is tried at.

    Attributes:
        name: Of its rows.
        method: A name in `METHODS`.
        keep: Shares of the dense network's cost (see `Task`).
        options: Of the method.
    """

    name: str
    method: str
    keep: tuple[float, ...]
    options: dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One way at one size, of one seed's dense network."""

    way: Way
    keep: float
    training: TrainConfig

    def key(self, corpus: str) -> str:
        """Name the cell, and with it all that decides its result."""
        parts = [self.way.method, self.way.options, asdict(self.training), corpus]
        return f"{self.way.name}-{self.keep:g}-s{self.training.seed}-{_digest(parts)}"


@dataclass(frozen=True)
class Study:
    """A grid of one voice.

    Attributes:
        voice: The kind of voice.
        corpus: A folder that `tombola corpus` made.
        seeds: Of the dense networks; all that is reduced goes by its dense one's.
        training: Of the dense networks.
        ways: What is compared.
    """

    voice: str
    corpus: Path
    seeds: tuple[int, ...]
    training: TrainConfig
    ways: tuple[Way, ...]

    def trainings(self) -> list[TrainConfig]:
        """The dense networks' trainings, one for each seed."""
        return [replace(self.training, seed=seed) for seed in self.seeds]

    def cells(self) -> Iterator[Cell]:
        """All cells; one seed of all ways first, so that a stop leaves whole rows."""
        for training in self.trainings():
            for way in self.ways:
                for keep in way.keep:
                    yield Cell(way, keep, training)


def dense_key(training: TrainConfig, corpus: str) -> str:
    """Name a dense network's row and folder."""
    return f"dense-s{training.seed}-{_digest([asdict(training), corpus])}"


def _digest(parts: list[Any]) -> str:
    text = json.dumps(parts, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def load_studies(path: Path) -> tuple[Study, ...]:
    """Read a file of studies, one for each voice (`studies/small.toml` is one).

    Raises:
        TombolaError: It is missing, no TOML, or asks for what there is not.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TombolaError(
            f"study '{path}' cannot be read ({error}); studies/small.toml shows how "
            "one is written"
        ) from error
    _only(path, "the study", content, ("seeds", "ways", "voices"))
    seeds = tuple(int(seed) for seed in _numbers(path, content, "seeds"))
    shared, voices = (_table(path, content, name) for name in ("ways", "voices"))
    if not voices:
        raise TombolaError(
            f"study '{path}': it has no voice; write [voices.tone] with a corpus"
        )
    return tuple(_study(path, voice, voices, seeds, shared) for voice in voices)


def _study(
    path: Path,
    voice: str,
    voices: dict[str, Any],
    seeds: tuple[int, ...],
    shared: dict[str, Any],
) -> Study:
    require_voice(voice)
    own = _table(path, voices, voice)
    _only(path, voice, own, ("corpus", "keep", "training", "ways"))
    if not isinstance(own.get("corpus"), str):
        raise TombolaError(
            f"study '{path}': {voice} has no corpus; name a folder of `tombola corpus`"
        )
    keep, ways = _numbers(path, own, "keep"), {**shared, **_table(path, own, "ways")}
    return Study(
        voice=voice,
        corpus=Path(own["corpus"]),
        seeds=seeds,
        training=_training(path, voice, _table(path, own, "training")),
        ways=tuple(_way(path, name, ways, keep) for name in ways),
    )


def _training(path: Path, voice: str, table: dict[str, Any]) -> TrainConfig:
    known = {field.name for field in fields(TrainConfig)} - {"seed", "voice"}
    _only(path, "training", table, sorted(known))
    widths, own = _table(path, table, "widths"), VOICES[voice].own_widths
    _only(path, "training.widths", widths, [f.name for f in fields(own)])
    try:
        return TrainConfig.of_voice(voice, **{**table, "widths": own(**widths)})
    except TypeError as error:
        raise TombolaError(
            f"study '{path}': training has a value that is no number ({error}); "
            "write numbers without quotes"
        ) from error


def _way(path: Path, name: str, ways: dict[str, Any], keep: tuple[float, ...]) -> Way:
    if not re.fullmatch(r"[a-z0-9_]+", name) or name == DENSE:
        raise TombolaError(
            f"study '{path}': a way is called '{name}'; use a-z, 0-9 and '_', and "
            f"leave '{DENSE}' to the network that is made small"
        )
    options = dict(_table(path, ways, name))
    method = str(options.pop("method", name))
    if method not in METHODS:
        raise TombolaError(
            f"study '{path}': {name} asks for the method '{method}'; "
            f"choose one of: {', '.join(METHODS)}"
        )
    if "keep" in options:
        keep = _numbers(path, options, "keep")
        del options["keep"]
    _only(path, name, options, list(inspect.signature(METHODS[method]).parameters)[1:])
    return Way(name, method, keep, options)


def _numbers(path: Path, table: dict[str, Any], name: str) -> tuple[float, ...]:
    values = table.get(name)
    if not isinstance(values, list) or not values:
        raise TombolaError(f"study '{path}': {name} is missing; give a list of numbers")
    for value in values:
        low, high = (0, 2**31 - 1) if name == "seeds" else (0.001, 1.0)
        if type(value) not in (int, float) or not low <= value <= high:
            raise TombolaError(
                f"study '{path}': {name} has {value!r} in it; choose {low} to {high}"
            )
    return tuple(values)


def _table(path: Path, content: dict[str, Any], name: str) -> dict[str, Any]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise TombolaError(f"study '{path}': {name} is no table; write [{name}]")
    return table


def _only(path: Path, where: str, table: dict[str, Any], known: Any) -> None:
    for key in table:
        if key not in known:
            raise TombolaError(
                f"study '{path}': {where} does not know '{key}'; "
                f"it knows {', '.join(known) or 'no option'}"
            )
