"""A study's results as one CSV file: a line for each network, all that is known of it.

Reports are made of these files alone, so they can be made again without training.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tombola.errors import TombolaError
from tombola.files import whole

Row = dict[str, Any]

DENSE = "dense"
_TEXT = ("voice", "way", "method", "failed")
_NUMBER = (int, float)
_NEEDED: dict[str, type | tuple[type, ...]] = {
    "way": str,
    "seed": int,
    "steps": int,
    "loss": _NUMBER,
    "judgement.stft_clips": list,
}
_NEEDED_OF_DENSE: dict[str, type | tuple[type, ...]] = {"sounds": list}
_NEEDED_OF_CELLS: dict[str, type | tuple[type, ...]] = {
    "method": str,
    "keep": _NUMBER,
    "params_ratio": _NUMBER,
    "bytes_ratio": _NUMBER,
    "scratch_loss": _NUMBER,
    "scratch_clips": list,
}
_NESTED = "judgement"
_DIGITS = 6
_DIGITS_OF_CLIPS = 5


@dataclass(frozen=True)
class Table:
    """What a study found.

    Attributes:
        name: Of its file: the study's and the voice's.
        voice: The kind of voice.
        dense: Rows of the dense networks, by seed; `sounds` of each says of which sound
            each clip is that the study judges by.
        rows: Of the networks that were made of them, in the study's order.
        failed: Why a network is not there, by what it was to be.
    """

    name: str
    voice: str
    dense: dict[int, Row]
    rows: list[Row]
    failed: dict[str, str]

    @property
    def study(self) -> str:
        """The name of the study's file, which other voices may share."""
        return self.name.removesuffix(f"-{self.voice}")

    @property
    def sounds(self) -> list[str]:
        """Of which sound each clip is; those of one sound are no two chances."""
        sounds: list[str] = next(iter(self.dense.values()))["sounds"]
        return sounds

    def save(self, path: Path) -> None:
        """Write it; of each number six digits, of a clip's loss five."""
        lines = [_flat(row) for row in (*self.dense.values(), *self.rows)]
        lines += [{"way": label, "failed": why} for label, why in self.failed.items()]
        columns = list(
            dict.fromkeys(["voice", *(key for each in lines for key in each)])
        )
        with whole(path) as temporary, temporary.open("w", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            for line in lines:
                texts = {key: _text(value) for key, value in line.items()}
                writer.writerow({**texts, "voice": self.voice})

    @classmethod
    def load(cls, path: Path) -> "Table":
        """Read what `save` wrote; its name is the file's.

        Raises:
            TombolaError: It is missing or no such table.
        """
        try:
            with path.open(encoding="utf-8", newline="") as file:
                lines = [_row(line) for line in csv.DictReader(file, strict=True)]
        except (OSError, ValueError, csv.Error) as error:
            raise TombolaError(
                f"'{path}' cannot be read as a study's table ({error}); make it with: "
                "tombola study"
            ) from error
        good = [line for line in lines if "failed" not in line]
        for line in good:
            _require(path, line)
        dense = {row["seed"]: row for row in good if row["way"] == DENSE}
        rows = [row for row in good if row["way"] != DENSE]
        for row in rows:
            if row["seed"] not in dense:
                raise TombolaError(
                    f"'{path}' has no dense network of seed {row['seed']}, which "
                    f"{row['way']} is to be compared with; make the table again"
                )
        if not rows:
            raise TombolaError(
                f"'{path}' has no network that was made small; run its study first"
            )
        failed = {line["way"]: line["failed"] for line in lines if "failed" in line}
        return cls(path.stem, rows[0]["voice"], dense, rows, failed)


def _require(path: Path, row: Row) -> None:
    known = _flat(row)
    more = _NEEDED_OF_DENSE if row.get("way") == DENSE else _NEEDED_OF_CELLS
    for name, kind in (_NEEDED | more).items():
        if not isinstance(known.get(name), kind):
            raise TombolaError(
                f"'{path}' has {known.get(name, 'nothing')!r} as {name} of "
                f"'{known.get('way', 'a network')}'; make the table again with: "
                "tombola study"
            )


def _flat(row: Row) -> Row:
    return dict(_items(row))


def _items(row: Row) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if key == _NESTED:
            for inner, measure in value.items():
                yield f"{key}.{inner}", measure
        else:
            yield key, value


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(_short(value), separators=(",", ":"))


def _short(value: Any, digits: int = _DIGITS) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, list):
        return [_short(each, _DIGITS_OF_CLIPS) for each in value]
    return value


def _row(line: dict[str, str]) -> Row:
    """A line of text as a row; what is empty is left out, but for measures."""
    if None in line:
        raise ValueError("a line has more fields than the first one")
    row: Row = {}
    for key, text in line.items():
        outer, _, inner = key.partition(".")
        if inner:
            row.setdefault(outer, {})[inner] = json.loads(text) if text else None
        elif text:
            row[key] = text if key in _TEXT else json.loads(text)
    return row
