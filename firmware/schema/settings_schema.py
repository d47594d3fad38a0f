"""settings.toml as records for C++ and Python, and as tables for people."""

import struct
import textwrap
import tomllib
from dataclasses import dataclass
from typing import Any

from schema_text import SCHEMA, camel

FORMATS = {"u8": "B", "f32": "f"}
CPP_TYPES = {"u8": "uint8_t", "f32": "float"}


@dataclass(frozen=True)
class Entry:
    """A field with all that follows from what the schema says of it."""

    name: str
    type: str
    defaults: list[float]
    limits: list[tuple[float, float]]
    array: bool
    distinct: bool
    choices: list[str]
    unit: str
    does: str

    @property
    def bytes(self) -> int:
        """Bytes that it takes in a record."""
        return struct.calcsize(FORMATS[self.type]) * len(self.defaults)


def _nominal(reference: list[Any], panel: dict[str, Any]) -> tuple[list[float], bool]:
    """Numbers of panel.toml: of one part (`out.CV`), or of all of a kind (`cv`)."""
    kind_and_name, key, index = reference
    kind, _, name = kind_and_name.partition(".")
    parts = [part for part in panel[kind] if name in {"", part["name"]}]
    return [part[key][index] for part in parts], not name


def _entry(field: dict[str, Any], panel: dict[str, Any]) -> Entry:
    choices = field["type"] if isinstance(field["type"], list) else []
    if "panel" in field:
        defaults, array = _nominal(field["panel"], panel)
        limits = [(d - field["within"], d + field["within"]) for d in defaults]
    else:
        array = "count" in field
        default = field["default"]
        if choices:
            default = choices.index(default)
        count = field.get("count", 1)
        defaults = default if isinstance(default, list) else [default] * count
        low, high = field.get("range", (0, len(choices) - 1))
        limits = [(low, high)] * count
    return Entry(
        field["name"],
        "u8" if choices else field["type"],
        defaults,
        limits,
        array,
        field.get("distinct", False),
        choices,
        field.get("unit", ""),
        field["does"],
    )


def _records(schema: dict[str, Any]) -> dict[str, list[Entry]]:
    """Name of each record -> its fields."""
    panel = tomllib.loads((SCHEMA / "panel.toml").read_text(encoding="utf-8"))
    return {
        name: [_entry(field, panel) for field in record["field"]]
        for name, record in schema.items()
    }


def _cpp_number(entry: Entry, number: float) -> str:
    return f"{number!r}f" if entry.type == "f32" else str(number)


def _cpp_member(entry: Entry) -> str:
    kind = camel(entry.name) if entry.choices else CPP_TYPES[entry.type]
    extent = f"[{len(entry.defaults)}]" if entry.array else ""
    value = ", ".join(_cpp_number(entry, d) for d in entry.defaults)
    if entry.choices:
        value = f"{kind}::k{camel(entry.choices[int(entry.defaults[0])])}"
    if entry.array:
        value = f"{{{value}}}"
    comment = "".join(
        f"  // {line}\n"
        for line in textwrap.wrap(_sentence(entry), 75, break_on_hyphens=False)
    )
    return f"{comment}  {kind} {entry.name}{extent} = {value};\n"


def _sentence(entry: Entry) -> str:
    return f"{entry.does} ({entry.unit})" if entry.unit else entry.does


def _cpp_choices(entry: Entry) -> str:
    words = ", ".join(f"k{camel(word)}" for word in entry.choices)
    return f"enum class {camel(entry.name)} : uint8_t {{ {words} }};\n"


def _cpp_limits(record: str, entry: Entry) -> str:
    rows = ", ".join(f"{{{float(a)!r}f, {float(b)!r}f}}" for a, b in entry.limits)
    return f"constexpr Limits k{record}{camel(entry.name)}Limits[] = {{{rows}}};\n"


def _cpp_field(record: str, entry: Entry) -> str:
    kind = {"u8": "kByte", "f32": "kFloat"}[entry.type]
    if entry.choices:
        kind = "kChoice"
    return (
        f'    {{"{entry.name}", FieldType::{kind}, '
        f"{'true' if entry.distinct else 'false'},\n"
        f"     offsetof({record}, {entry.name}), {len(entry.defaults)}, "
        f"k{record}{camel(entry.name)}Limits}},\n"
    )


def _cpp_record(name: str, version: int, does: str, entries: list[Entry]) -> str:
    record = camel(name)
    size = sum(entry.bytes for entry in entries)
    members = "".join(_cpp_member(entry) for entry in entries)
    return (
        f"// {does} A new one has the defaults.\n"
        f"struct {record} {{\n"
        f"  static constexpr uint8_t kVersion = {version};\n"
        f"  static constexpr uint32_t kBytes = {size};  // as it is packed\n\n"
        f"{members}\n  static FieldList Fields();\n}};\n\n"
        + "".join(_cpp_limits(record, entry) for entry in entries)
        + f"constexpr RecordField k{record}Fields[] = {{\n"
        + "".join(_cpp_field(record, entry) for entry in entries)
        + "};\n"
        + f"inline FieldList {record}::Fields() {{\n"
        + f"  return {{k{record}Fields, {len(entries)}}};\n}}\n\n"
    )


def cpp(schema: dict[str, Any], header: str) -> str:
    """C++: a struct for each record, with a table of its fields."""
    records = _records(schema)
    return "".join(
        [
            header,
            "#pragma once\n\n#include <cstddef>\n#include <cstdint>\n\n",
            '#include "firmware/core/storage/fields.h"\n\nnamespace tombola {\n\n',
            *(
                _cpp_choices(entry)
                for entries in records.values()
                for entry in entries
                if entry.choices
            ),
            "\n",
            *(
                _cpp_record(name, schema[name]["version"], schema[name]["does"], e)
                for name, e in records.items()
            ),
            "}  // namespace tombola\n",
        ]
    )


def _py_member(entry: Entry) -> str:
    kind = "float" if entry.type == "f32" else "int"
    if entry.array:
        return f"    {entry.name}: tuple[{kind}, ...] = {tuple(entry.defaults)!r}\n"
    return f"    {entry.name}: {kind} = {entry.defaults[0]!r}\n"


def _py_field(entry: Entry) -> str:
    extras = "".join(
        f", {key}={value!r}"
        for key, value in (
            ("array", entry.array),
            ("distinct", entry.distinct),
            ("choices", tuple(entry.choices)),
            ("unit", entry.unit),
        )
        if value
    )
    return (
        f"        Field({entry.name!r}, {FORMATS[entry.type]!r}, "
        f"{tuple(entry.limits)!r}, {tuple(entry.defaults)!r}{extras}, "
        f"does={entry.does!r}),\n"
    )


def python(schema: dict[str, Any], header: str) -> str:
    """Python: a dataclass for each record, with the same table."""
    parts = [
        header,
        '"""What the module keeps in its flash."""\n\n',
        "from dataclasses import dataclass\nfrom typing import ClassVar\n\n",
        "from tombola.fields import Field, Record\n",
    ]
    for name, entries in _records(schema).items():
        parts += [
            f'\n\n@dataclass\nclass {camel(name)}(Record):\n    """',
            f'{schema[name]["does"]}"""\n\n',
            f"    VERSION: ClassVar[int] = {schema[name]['version']}\n",
            "    FIELDS: ClassVar[tuple[Field, ...]] = (\n",
            *map(_py_field, entries),
            "    )\n\n",
            *map(_py_member, entries),
        ]
    return "".join(parts)


def _range(entry: Entry) -> str:
    if entry.choices:
        return ", ".join(f"{i}: {word}" for i, word in enumerate(entry.choices))
    shown = dict.fromkeys(f"{low:g} to {high:g}" for low, high in entry.limits)
    return "; ".join(shown) + (f" {entry.unit}" if entry.unit else "")


def _default(entry: Entry) -> str:
    if entry.choices:
        return entry.choices[int(entry.defaults[0])]
    numbers = [f"{number:g}" for number in entry.defaults]
    return ", ".join(numbers[:1] if len(set(numbers)) == 1 else numbers)


def tables(schema: dict[str, Any]) -> str:
    """Markdown: a table of each record's fields."""
    parts = []
    for name, entries in _records(schema).items():
        parts += [
            f"## {camel(name)}, version {schema[name]['version']}\n\n",
            f"{schema[name]['does']}\n\n",
            "| at | type | field | range | default | |\n|---:|---|---|---|---|---|\n",
        ]
        at = 0
        for entry in entries:
            extent = f"[{len(entry.defaults)}]" if entry.array else ""
            distinct = ", all different" if entry.distinct else ""
            parts.append(
                f"| {at} | {entry.type}{extent} | `{entry.name}` | {_range(entry)}"
                f"{distinct} | {_default(entry)} | {entry.does} |\n"
            )
            at += entry.bytes
        parts.append(f"\n{at} bytes.\n\n")
    return "".join(parts)
