"""Records of the module: fields one behind another, as firmware/core/storage has them.

`firmware/schema/settings.toml` declares them; `tombola.generated.settings` is made of
these classes.
"""

import dataclasses
import math
import struct
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np


@dataclass(frozen=True)
class Field:
    """One field of a record.

    format: "B" for a byte, "f" for a float32. limits, defaults: one for each of the
    `count` numbers. choices: the words that the numbers 0, 1, ... stand for, if any.
    distinct: no two of the numbers are the same. array: whether the value is a tuple.
    """

    name: str
    format: str
    limits: tuple[tuple[float, float], ...]
    defaults: tuple[float, ...]
    array: bool = False
    distinct: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    does: str = ""

    @property
    def bytes(self) -> int:
        """Bytes that it takes in a record."""
        return struct.calcsize(self.format) * len(self.defaults)

    def clamped(self, numbers: tuple[float, ...]) -> tuple[float, ...]:
        """Bring numbers within the field's limits, as the firmware does.

        NaN, words that are none and numbers that should be distinct and are not become
        the default; other numbers the nearest that is allowed.
        """
        kept = tuple(map(self._clamp, numbers, self.limits, self.defaults))
        if self.distinct and len(set(kept)) < len(kept):
            return self.defaults
        return kept

    def _clamp(
        self, number: float, limits: tuple[float, float], default: float
    ) -> float:
        low, high = (self._round(limit) for limit in limits)
        if low <= number <= high:
            return number
        if math.isnan(number) or self.choices:
            return self._round(default)
        return low if number < low else high

    def _round(self, number: float) -> float:
        """To the nearest float32: the firmware compares with that."""
        return float(np.float32(number)) if self.format == "f" else number


@dataclass
class Record:
    """A dataclass whose fields are numbers, or tuples of them, as FIELDS declares."""

    VERSION: ClassVar[int]
    FIELDS: ClassVar[tuple[Field, ...]]

    def pack(self) -> bytes:
        """Return the record's bytes, little-endian, fields in order without gaps."""
        return b"".join(
            struct.pack(f"<{len(field.defaults)}{field.format}", *self.numbers(field))
            for field in self.FIELDS
        )

    @classmethod
    def unpack(cls, content: bytes) -> Self:
        """Read a record of any version; fields that are not there get their default.

        What lies behind the fields that are known is left out. Values are not checked:
        see `clamped`.
        """
        record = cls()
        at = 0
        for field in cls.FIELDS:
            if at + field.bytes > len(content):
                break
            layout = f"<{len(field.defaults)}{field.format}"
            record._put(field, struct.unpack_from(layout, content, at))
            at += field.bytes
        return record

    def clamped(self) -> tuple[Self, tuple[str, ...]]:
        """Return the record within its limits, and the fields that were not."""
        record = dataclasses.replace(self)
        wrong = []
        for field in self.FIELDS:
            numbers = self.numbers(field)
            kept = field.clamped(numbers)
            if kept != numbers:
                record._put(field, kept)
                wrong.append(field.name)
        return record, tuple(wrong)

    def numbers(self, field: Field) -> tuple[float, ...]:
        """The numbers of one field, whether it is an array or not."""
        value: Any = getattr(self, field.name)
        return tuple(value) if field.array else (value,)

    def _put(self, field: Field, numbers: tuple[float, ...]) -> None:
        setattr(self, field.name, numbers if field.array else numbers[0])
