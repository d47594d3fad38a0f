"""protocol.toml as C++ structs, Python dataclasses and tables for people."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from schema_text import camel

Entry = dict[str, Any]

# Type: bytes, in C++, in Python, in Python's struct.
NUMBERS = {
    "u8": (1, "uint8_t", "int", "B"),
    "u16": (2, "uint16_t", "int", "H"),
    "u32": (4, "uint32_t", "int", "I"),
    "u64": (8, "uint64_t", "int", "Q"),
    "f32": (4, "float", "float", "f"),
}
SIDES = ("request", "answer")
RESERVED = "reserved"  # a field that is 0, and of no use yet


@dataclass(frozen=True)
class Field:
    """One field of a struct. bytes: of one element; align: what it stands at."""

    entry: Entry
    bytes: int
    align: int
    cpp: str
    python: str
    code: str  # of Python's struct, for all elements

    @property
    def name(self) -> str:
        """As the schema has it."""
        return str(self.entry["name"])

    @property
    def count(self) -> int | None:
        """Elements of an array."""
        return self.entry.get("count")

    @property
    def size(self) -> int:
        """Bytes of all elements."""
        return self.bytes * (self.count or 1)

    @property
    def text(self) -> bool:
        """Tell whether it is text."""
        return str(self.entry["type"]).startswith("text")

    @property
    def record(self) -> bool:
        """Tell whether its elements are records."""
        return self.entry["type"] not in NUMBERS and not self.text

    @property
    def shown(self) -> bool:
        """Tell whether it means something."""
        return self.name != RESERVED


@dataclass(frozen=True)
class Struct:
    """Fields in a row. `size` in bytes, `align` what it stands at."""

    name: str
    does: str
    fields: tuple[Field, ...]

    @property
    def size(self) -> int:
        """Bytes of all fields."""
        return sum(field.size for field in self.fields)

    @property
    def align(self) -> int:
        """Bytes of the largest number in it."""
        return max(field.align for field in self.fields)


class Protocol:
    """The schema's structs, in an order in which each is known before it is used."""

    def __init__(self, schema: Entry) -> None:
        self.constants: dict[str, int] = schema["protocol"]
        self.results: list[Entry] = schema["result"]
        self.enums: list[Entry] = schema["enum"]
        self.commands: list[Entry] = schema["command"]
        self._records: dict[str, Struct] = {}
        for entry in schema["record"]:
            record = self._struct(entry["name"], entry["does"], entry["fields"])
            self._records[record.name] = record
        self.structs = list(self._records.values())
        for entry in self.commands:
            for side in SIDES:
                if side in entry:
                    name = camel(entry["name"]) + side.title()
                    does = f"The {side} of {entry['name']}."
                    self.structs.append(self._struct(name, does, entry[side]))
        _check_numbers(self.results)
        _check_numbers(self.commands)

    def body_bytes(self) -> int:
        """Bytes of the longest body of a request or an answer."""
        longest = self.constants["data_bytes"]
        sizes = {struct.name: struct.size for struct in self.structs}
        for entry in self.commands:
            for side in SIDES:
                size = sizes.get(camel(entry["name"]) + side.title(), 0)
                tail = self.constants["data_bytes"] if f"{side}_tail" in entry else 0
                longest = max(longest, size + tail)
        return longest

    def _struct(self, name: str, does: str, entries: list[Entry]) -> Struct:
        struct = Struct(name, does, tuple(self._field(entry) for entry in entries))
        offset = 0
        for field in struct.fields:
            if offset % field.align:
                raise SystemExit(
                    f"protocol.toml: {name}.{field.name} stands at {offset}, no "
                    f"multiple of {field.align}; move it, or put `reserved` before it"
                )
            offset += field.size
        if offset % struct.align:
            raise SystemExit(
                f"protocol.toml: {name} has {offset} bytes, no multiple of "
                f"{struct.align}; end it with `reserved`"
            )
        return struct

    def _field(self, entry: Entry) -> Field:
        kind, count = str(entry["type"]), entry.get("count")
        if kind in NUMBERS:
            size, cpp, python, code = NUMBERS[kind]
            if entry["name"] == RESERVED:
                code = "x"
            code = code if count is None else f"{count}{code}"
            return Field(entry, size, size, cpp, _tuple(python, count), code)
        if kind in self._records:
            record = self._records[kind]
            python = _tuple(kind, count)
            code = f"{record.size * (count or 1)}s"
            return Field(entry, record.size, record.align, kind, python, code)
        found = re.fullmatch(r"text(\d+)", kind)
        if found is None or count is not None:
            raise SystemExit(f"protocol.toml: {entry['name']} has no type `{kind}`")
        return Field(entry, int(found[1]), 1, "char", "str", f"{found[1]}s")


def _tuple(python: str, count: int | None) -> str:
    return python if count is None else f"tuple[{python}, ...]"


def _check_numbers(entries: list[Entry]) -> None:
    for first, second in pairwise(sorted(entries, key=lambda e: int(e["number"]))):
        if first["number"] == second["number"]:
            raise SystemExit(
                f"protocol.toml: {first['name']} and {second['name']} have one number"
            )


def cpp(schema: Entry, header: str) -> str:
    """C++: constants, enums and structs that lie in memory as they do in a frame."""
    protocol = Protocol(schema)
    lines = [header, "#pragma once\n\n#include <cstdint>\n\n"]
    lines.append("namespace tombola::protocol {\n\n")
    for name, value in protocol.constants.items():
        lines.append(f"constexpr int k{camel(name)} = {value};\n")
    lines.append(f"constexpr int kBodyBytes = {protocol.body_bytes()};\n\n")
    for name, entries in (("Command", protocol.commands), ("Result", protocol.results)):
        rows = "".join(f"  k{camel(e['name'])} = {e['number']},\n" for e in entries)
        lines.append(f"enum class {name} : uint8_t {{\n{rows}}};\n\n")
    for entry in protocol.enums:
        rows = "".join(f"  k{camel(value)},\n" for value in entry["values"])
        lines.append(f"enum class {entry['name']} : uint8_t {{\n{rows}}};\n\n")
    lines += [_cpp_struct(struct) for struct in protocol.structs]
    lines.append("}  // namespace tombola::protocol\n")
    return "".join(lines)


def _cpp_struct(struct: Struct) -> str:
    rows = "".join(
        f"  {f.cpp} {f.name}{_extent(f)};{_cpp_comment(f)}\n" for f in struct.fields
    )
    return (
        f"struct {struct.name} {{\n{rows}}};\n"
        f"static_assert(sizeof({struct.name}) == {struct.size});\n\n"
    )


def _extent(field: Field) -> str:
    length = field.bytes if field.text else field.count
    return "" if length is None else f"[{length}]"


def _cpp_comment(field: Field) -> str:
    text = _meaning(field)
    return f"  // {text}" if text else ""


def _meaning(field: Field) -> str:
    return ", ".join(
        str(field.entry[key]) for key in ("unit", "does") if key in field.entry
    )


PYTHON_HEAD = '''"""Words between module and tools: docs/formats/protocol.md."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


def _text(value: str, size: int) -> bytes:
    content = value.encode()
    if len(content) > size:
        raise ValueError(f"{value!r} is longer than {size} bytes")
    return content


def _str(content: bytes) -> str:
    return content.split(b"\\0")[0].decode(errors="replace")


'''


def python(schema: Entry, header: str) -> str:
    """Python: the same as frozen dataclasses with pack() and unpack()."""
    protocol = Protocol(schema)
    lines = [header, PYTHON_HEAD]
    for name, value in protocol.constants.items():
        lines.append(f"{name.upper()} = {value}\n")
    lines.append(f"BODY_BYTES = {protocol.body_bytes()}\n\n\n")
    commands = {e["name"]: e["number"] for e in protocol.commands}
    results = {e["name"].upper(): e["number"] for e in protocol.results}
    lines.append(_python_enum("Command", "what the module is asked", commands))
    lines.append(_python_enum("Result", "how it went", results))
    for entry in protocol.enums:
        values = {value.upper(): n for n, value in enumerate(entry["values"])}
        lines.append(_python_enum(entry["name"], entry["does"], values))
    lines.append("SENTENCES: dict[Result, str] = {\n")
    lines += [
        f"    Result.{e['name'].upper()}: {e['sentence']!r},\n"
        for e in protocol.results
    ]
    lines.append("}\n\n\n")
    lines += [_python_struct(struct) for struct in protocol.structs]
    return "".join(lines).rstrip() + "\n"


def _python_enum(name: str, does: str, values: dict[str, int]) -> str:
    rows = "".join(f"    {key} = {value}\n" for key, value in values.items())
    return f'class {name}(IntEnum):\n    """{_sentence(does)}"""\n\n{rows}\n\n'


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _python_struct(struct: Struct) -> str:
    shown = [field for field in struct.fields if field.shown]
    lines = [f"@dataclass(frozen=True)\nclass {struct.name}:\n"]
    lines.append(f'    """{_sentence(struct.does)}\n\n')
    lines += [f"    {f.name}: {_python_meaning(f)}\n" for f in shown]
    code = "".join(field.code for field in struct.fields)
    lines.append('    """\n\n')
    lines.append(f'    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<{code}")\n\n')
    lines += [f"    {field.name}: {field.python}\n" for field in shown]
    packed = "".join(f"            {_packed(field)},\n" for field in shown)
    lines.append('\n    def pack(self) -> bytes:\n        """Bytes in a frame."""\n')
    lines.append(f"        return self.LAYOUT.pack(\n{packed}        )\n")
    lines.append("\n    @classmethod\n")
    lines.append(f'    def unpack(cls, body: bytes) -> "{struct.name}":\n')
    lines.append(
        '        """Read the bytes of a frame; what an older one lacks is 0."""\n'
    )
    lines.append(
        '        values = cls.LAYOUT.unpack_from(body.ljust(cls.LAYOUT.size, b"\\0"))\n'
    )
    lines.append(f"        return cls(\n{_unpacked(struct)}        )\n\n\n")
    return "".join(lines)


def _python_meaning(field: Field) -> str:
    kind = str(field.entry["type"])
    shape = kind if field.count is None else f"{kind} [{field.count}]"
    return ", ".join(part for part in (shape, _meaning(field)) if part) + "."


def _packed(field: Field) -> str:
    if field.text:
        return f"_text(self.{field.name}, {field.bytes})"
    if field.record:
        return f'b"".join(element.pack() for element in self.{field.name})'
    return f"self.{field.name}" if field.count is None else f"*self.{field.name}"


def _unpacked(struct: Struct) -> str:
    lines, place = [], 0
    for field in struct.fields:
        if not field.shown:
            continue
        length = 1 if field.record or field.text else field.count or 1
        value = f"values[{place}]"
        if field.text:
            value = f"_str({value})"
        elif field.record:
            cut = f"{value}[at : at + {field.bytes}]"
            steps = f"range(0, {field.size}, {field.bytes})"
            value = f"tuple({field.entry['type']}.unpack({cut}) for at in {steps})"
        elif field.count is not None:
            value = f"values[{place} : {place + length}]"
        place += length
        lines.append(f"            {value},\n")
    return "".join(lines)


def tables(schema: Entry) -> str:
    """Commands with their fields, results, limits."""
    protocol = Protocol(schema)
    structs = {struct.name: struct for struct in protocol.structs}
    lines = ["\n| number | command | |\n|---:|---|---|\n"]
    lines += [
        f"| {e['number']} | {e['name']} | {e['does']} |\n" for e in protocol.commands
    ]
    for entry in protocol.commands:
        for side in SIDES:
            struct = structs.get(camel(entry["name"]) + side.title())
            tail = entry.get(f"{side}_tail")
            if struct is not None or tail is not None:
                lines.append(f"\n**{entry['name']}, {side}**\n\n")
                lines.append(_table(struct, tail))
    for name in (entry["name"] for entry in schema["record"]):
        lines.append(f"\n**{name}**, {structs[name].does}\n\n")
        lines.append(_table(structs[name], None))
    for entry in protocol.enums:
        values = ", ".join(f"{n} {value}" for n, value in enumerate(entry["values"]))
        lines.append(f"\n**{entry['name']}**, {entry['does']}: {values}.\n")
    lines.append("\n| number | result | what people are told |\n|---:|---|---|\n")
    lines += [
        f"| {e['number']} | {e['name']} | {e['sentence']} |\n" for e in protocol.results
    ]
    limits = {**protocol.constants, "body_bytes": protocol.body_bytes()}
    lines.append("\n| limit | |\n|---|---:|\n")
    lines += [f"| {name} | {value} |\n" for name, value in limits.items()]
    return "".join(lines) + "\n"


def _table(struct: Struct | None, tail: str | None) -> str:
    lines = ["| at | type | field | |\n|---:|---|---|---|\n"]
    at = 0
    for field in () if struct is None else struct.fields:
        count = "" if field.count is None else f"[{field.count}]"
        kind = f"{field.entry['type']}{count}"
        lines.append(f"| {at} | {kind} | {field.name} | {_meaning(field)} |\n")
        at += field.size
    if tail is not None:
        lines.append(f"| {at} | u8[] | | {tail} |\n")
    return "".join(lines)
