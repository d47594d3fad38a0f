"""What can be ordered: every kind of part with its number, rating, price and size."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).with_name("catalogue.toml")
MULTIPLIERS = {"R": 1.0, "k": 1e3, "M": 1e6, "p": 1e-12, "n": 1e-9, "u": 1e-6}


@dataclass(frozen=True)
class Shape:
    """A block or disc of a part: x0, y0, x1, y1 in the footprint, z above the board."""

    bounds: tuple[float, float, float, float]
    z: tuple[float, float]
    is_disc: bool
    colour: str


@dataclass(frozen=True)
class Item:
    """One orderable part.

    quantity: ohm, farad or henry. tolerance: a share of it. height_mm: above the board,
    of a part that is one block over its outline; shapes: of one that is not.
    prices: US dollars each, when parts for 1, 10 and 100 modules are bought.
    units: the pins plus, minus and out of each amplifier in a package; supply: the pins
    of its rails, high and low. supply_ma: what it draws, by net. model: what the
    simulation knows of it.
    """

    name: str
    prefix: str
    value: str
    rating: str
    manufacturer: str
    number: str
    alternative: str
    symbol: str
    footprint: str
    pins: tuple[str, ...]
    prices: tuple[float, float, float]
    height_mm: float = 0.0
    shapes: tuple[Shape, ...] = ()
    assembled: bool = True
    quantity: float = 0.0
    tolerance: float = 0.0
    units: tuple[tuple[str, str, str], ...] = ()
    supply: tuple[str, str] = ("", "")
    supply_ma: dict[str, float] = field(default_factory=dict, hash=False)
    model: dict[str, float] = field(default_factory=dict, hash=False)
    note: str = ""


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))


def quantity(value: str) -> float:
    """Return the number that a value such as 31.6k, 470 or 4.7n stands for."""
    if value[-1] in MULTIPLIERS:
        return round(float(value[:-1]) * MULTIPLIERS[value[-1]], 18)
    return float(value)


def _letter_code(value: str) -> str:
    """31.6k -> 31K6, 100k -> 100K, 470 -> 470R: the letter is the decimal point."""
    number, letter = (value[:-1], value[-1]) if value[-1] in "kM" else (value, "R")
    whole, _, rest = number.partition(".")
    return f"{whole}{letter.upper()}{rest}"


def _digit_code(value: str, significant: int) -> str:
    """31.6k -> 3162 with three significant digits: digits, then the power of ten."""
    ohms = quantity(value)
    power = 0
    while ohms >= 10**significant:
        ohms /= 10
        power += 1
    return f"{round(ohms):0{significant}d}{power}"


def item(name: str) -> Item:
    """Return the catalogue's part of that name, such as `jack` or `mcp6004`."""
    table = dict(_tables()["part"][name])
    if "quantity" in table:
        table["quantity"] = quantity(table["quantity"])
    return _item(name, table)


def resistor(value: str, series: str = "resistor") -> Item:
    """Return a resistor such as 31.6k of one of the catalogue's series."""
    table = dict(_tables()["series"][series])
    codes = {
        "letter": _letter_code(value),
        "digits3": _digit_code(value, 3),
        "value": value,
    }
    for key in ("value", "number", "alternative"):
        table[key] = table[key].format(**codes)
    table["quantity"] = quantity(value)
    return _item(f"{series} {value}", table)


def extras() -> list[tuple[int, Item]]:
    """Return what is bought but not soldered, with how many of it a module takes."""
    rows = []
    for name, row in _tables()["extra"].items():
        count = row["count"]
        table = {key: value for key, value in row.items() if key != "count"}
        table |= {"prefix": "", "symbol": "", "footprint": "", "pins": []}
        rows.append((count, _item(name, table)))
    return rows


def _shape(row: dict[str, Any]) -> Shape:
    if "disc" in row:
        x, y, diameter = row["disc"]
        r = diameter / 2
        bounds = (x - r, y - r, x + r, y + r)
    else:
        x0, y0, x1, y1 = row["box"]
        bounds = (x0, y0, x1, y1)
    low, high = row["z"]
    return Shape(bounds, (low, high), "disc" in row, row.get("colour", "black"))


def _item(name: str, table: dict[str, Any]) -> Item:
    table["pins"] = tuple(str(pin) for pin in table["pins"])
    table["prices"] = tuple(table["prices"])
    table["shapes"] = tuple(_shape(row) for row in table.get("shapes", []))
    table["units"] = tuple(tuple(unit) for unit in table.get("units", []))
    table["supply"] = tuple(table.get("supply", ("", "")))
    return Item(name=name, **table)
