"""Settings and calibration as a TOML file that people keep and edit.

Slots are counted as people do, 1 to 8; the built-in ticket is "built-in".
"""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tombola.errors import TombolaError
from tombola.fields import Field, Record
from tombola.generated.settings import Calibration, Settings
from tombola.play.toml_table import Table, choice, number

SLOT, ORDER, BUILT_IN = "slot", "order", "built-in"
SLOTS = 8

AnyRecord = TypeVar("AnyRecord", Settings, Calibration)


def shown(field: Field, record: Record) -> Any:
    """Return a field's value as people write it: a word, a number or a list."""
    numbers = [_number_shown(field, value) for value in record.numbers(field)]
    return numbers if field.array else numbers[0]


def _number_shown(field: Field, value: float) -> Any:
    if field.choices:
        return field.choices[int(value)]
    if field.name == SLOT and value == SLOTS:
        return BUILT_IN
    if field.name in {SLOT, ORDER}:
        return int(value) + 1
    # As few digits as tell a float32 from its neighbours.
    return float(str(np.float32(value))) if field.format == "f" else int(value)


def limits(field: Field) -> str:
    """Return what a field may be, in words."""
    if field.choices:
        return " or ".join(field.choices)
    if field.name == SLOT:
        return f"1 to {SLOTS}, or {BUILT_IN}"
    if field.name == ORDER:
        return f"the slots 1 to {SLOTS}, each once"
    low, high = field.limits[0]
    return f"{low:g} to {high:g}{' ' + field.unit if field.unit else ''}"


def with_value(record: AnyRecord, name: str, value: Any) -> AnyRecord:
    """Return the record with one field as people write it.

    Raises TombolaError for a field that does not exist or a value that it cannot have.
    """
    fields = {field.name: field for field in record.FIELDS}
    field = fields[choice(name, "a setting", tuple(fields))]
    kept: Any = (
        _array(field, value) if field.array else _one(field, value, 0, field.name)
    )
    return replace(record, **{field.name: kept})


def _array(field: Field, value: Any) -> tuple[float, ...]:
    count = len(field.defaults)
    if not isinstance(value, list):
        raise TombolaError(
            f"{field.name} is {value!r:.60}; write {count} numbers in brackets"
        )
    if len(value) != count:
        raise TombolaError(
            f"{field.name} is {value!r:.60}; write {count} numbers: {limits(field)}"
        )
    numbers = tuple(
        _one(field, item, i, f"{field.name}, entry {i + 1},")
        for i, item in enumerate(value)
    )
    if field.distinct and len(set(numbers)) < count:
        raise TombolaError(f"{field.name} is {value}; write {limits(field)}")
    return numbers


def _one(field: Field, value: Any, place: int, where: str) -> float:
    if field.choices:
        return field.choices.index(choice(value, where, field.choices))
    if field.name == SLOT:
        return _slot(field, value)
    if field.format == "f":
        return number(value, where, field.limits[place])
    if field.name == ORDER:
        return _whole(value, where, (1, SLOTS)) - 1
    return _whole(value, where, field.limits[place])


def _slot(field: Field, value: Any) -> int:
    if value == BUILT_IN:
        return SLOTS
    if isinstance(value, bool) or value not in range(1, SLOTS + 1):
        raise TombolaError(f"{field.name} is {value!r:.60}; write {limits(field)}")
    return int(value) - 1


def _whole(value: Any, where: str, limits: tuple[float, float]) -> int:
    kept = number(value, where, limits)
    if kept != int(kept):
        raise TombolaError(f"{where} is {value}; write a whole number")
    return int(kept)


def changed(settings: Settings, change: str) -> Settings:
    """Return the settings with a change such as cv_out=pitch or order=2,1,3,4,5,6,7,8.

    Raises TombolaError for what is no such change.
    """
    name, equals, text = change.partition("=")
    if not equals:
        raise TombolaError(
            f"'{change}' is no change; write NAME=VALUE, such as cv_out=pitch"
        )
    name, values = name.strip(), [_value(word.strip()) for word in text.split(",")]
    arrays = {field.name for field in settings.FIELDS if field.array}
    listed = name in arrays or len(values) > 1
    return with_value(settings, name, values if listed else values[0])


def _value(word: str) -> Any:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def as_words(value: Any) -> str:
    """Return a value as `changed` takes it."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def write_text(settings: Settings, calibration: Calibration) -> str:
    """Return the file's text: both records, with what each field is."""
    sections = (("settings", settings), ("calibration", calibration))
    lines = [
        "# Of a Tombola module; `tombola module settings restore` reads it.",
        "# The calibration belongs to this one module.",
    ]
    for name, record in sections:
        lines += ["", f"[{name}]"]
        for field in record.FIELDS:
            lines.append(f"# {field.does}: {limits(field)}")
            lines.append(f"{field.name} = {_toml(shown(field, record))}")
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def read(
    path: Path, settings: Settings, calibration: Calibration, wanted: str = "settings"
) -> tuple[Settings, Calibration]:
    """Return the records with what a file says; what it leaves out stays as given.

    wanted: the section that must be there, "settings" or "calibration".

    Raises TombolaError for a file that is no TOML or says what cannot be.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TombolaError(f"{path} is not valid TOML: {error}") from error
    table = Table(str(path), content)
    new = (
        _section(table, "settings", settings),
        _section(table, "calibration", calibration),
    )
    table.finish()
    if not table.has(wanted):
        raise TombolaError(
            f"{path} has no [{wanted}]; `tombola module settings backup` writes a file "
            "that has"
        )
    return new


def _section(table: Table, name: str, record: AnyRecord) -> AnyRecord:
    section = table.table(name)
    for key in section.names():
        record = with_value(record, key, section.get(key))
    return record
