"""A table of a TOML file, read so that every mistake in it becomes a clear sentence."""

from difflib import get_close_matches
from typing import Any

from tombola.errors import TombolaError


class Table:
    """A table of the file, each of whose keys must be asked for."""

    def __init__(self, where: str, content: Any) -> None:
        if not isinstance(content, dict):
            raise TombolaError(f"{where} is {content!r:.40}; it must be a table")
        self.where = where
        self._content = content
        self._known: set[str] = set()

    def has(self, key: str) -> bool:
        """Tell whether the key is there; it need not be."""
        self._known.add(key)
        return key in self._content

    def names(self) -> list[str]:
        """Return the keys that are there."""
        return list(self._content)

    def get(self, key: str) -> Any:
        """Return a value that must be there, whatever it is."""
        if not self.has(key):
            raise TombolaError(f"{self.where} says no {key}; add it")
        return self._content[key]

    def number(
        self, key: str, limits: tuple[float, float], default: float | None = None
    ) -> float:
        """Return a number within limits, or the default where there is none."""
        if default is not None and not self.has(key):
            return default
        return number(self.get(key), f"{self.where} {key}", limits)

    def text(self, key: str, default: str) -> str:
        """Return a text."""
        value = self.get(key) if self.has(key) else default
        if not isinstance(value, str):
            raise TombolaError(f"{self.where} {key} is {value!r:.40}; write a text")
        return value

    def choice(self, key: str, names: tuple[str, ...]) -> str:
        """Return one of `names`."""
        return choice(self.get(key), f"{self.where} {key}", names)

    def rows(self, key: str, shapes: tuple[int, ...]) -> list[tuple[str, list[Any]]]:
        """Return a list of lists, each with its place in words."""
        rows = self.get(key)
        if not isinstance(rows, list) or not rows:
            raise TombolaError(f"{self.where} {key} is not a list with something in it")
        named = [(f"{self.where} {key}, entry {i}", r) for i, r in enumerate(rows, 1)]
        for where, row in named:
            if not isinstance(row, list) or len(row) not in shapes:
                counts = " or ".join(str(n) for n in shapes)
                raise TombolaError(
                    f"{where} is {row!r:.40}; write {counts} values in brackets"
                )
        return named

    def table(self, key: str) -> "Table":
        """Return a table inside; empty where there is none."""
        return Table(f"[{key}]", self.get(key) if self.has(key) else {})

    def tables(self, key: str) -> list["Table"]:
        """Return the tables of a list such as [[cv]]."""
        content = self.get(key) if self.has(key) else []
        if not isinstance(content, list):
            raise TombolaError(f"{key} is not a list of tables; write [[{key}]]")
        return [Table(f"[[{key}]] {i}", item) for i, item in enumerate(content, 1)]

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self._content:
            if key not in self._known:
                choice(key, f"a key of {self.where}", tuple(sorted(self._known)))


def choice(value: Any, where: str, names: tuple[str, ...]) -> str:
    """Return `value` if it is one of `names`; else suggest the nearest."""
    if isinstance(value, str) and value in names:
        return value
    near = get_close_matches(str(value).upper(), names) or get_close_matches(
        str(value), names
    )
    hint = f'did you mean "{near[0]}"?' if near else "use one of " + ", ".join(names)
    raise TombolaError(f"{where} is {value!r:.40}, which does not exist; {hint}")


def number(value: Any, where: str, limits: tuple[float, float]) -> float:
    """Return `value` if it is a number within limits, both included."""
    low, high = limits
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:  # NaN is not within either
        raise TombolaError(
            f"{where} is {value!r:.40}; write a number from {low:g} to {high:g}"
        )
    return float(value)
