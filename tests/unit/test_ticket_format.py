"""docs/formats/ticket.md, the converter and the engine know the same operators."""

import importlib
import pkgutil
import re
from pathlib import Path

from tombola.converter import operators
from tombola.converter.program import Instruction

ROOT = Path(__file__).parents[2]
NN = ROOT / "firmware/core/nn"


def instructions() -> dict[int, str]:
    """Number and name of every instruction that the converter can write."""
    for module in pkgutil.iter_modules(operators.__path__):
        importlib.import_module(f"{operators.__name__}.{module.name}")

    def leaves(kind: type[Instruction]) -> list[type[Instruction]]:
        below = kind.__subclasses__()
        return [leaf for sub in below for leaf in leaves(sub)] if below else [kind]

    found = leaves(Instruction)
    numbers = {kind.KIND: kind.NAME for kind in found}
    assert len(numbers) == len(found), "two instructions have one number"
    return numbers


def test_the_engine_runs_what_the_converter_writes() -> None:
    header = (NN / "operators.h").read_text()
    kinds = dict(re.findall(r"(k\w+) = (\d+),", header))
    listed = re.findall(r"OPERATOR\((\w+),", (NN / "operator_list.h").read_text())
    assert sorted(int(kinds[name]) for name in listed) == sorted(instructions())


def test_the_format_describes_what_the_converter_writes() -> None:
    text = (ROOT / "docs/formats/ticket.md").read_text()
    described = re.findall(r"\*\*(\d+), ([^*]+)\*\*", text)
    assert {int(number): name for number, name in described} == instructions()
