"""The bench counts exactly, checks what it counts, and finds what was promised."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import bench
import numpy as np
import pytest
import ticket_operators
from execution import disassemble, executions

from tombola.converter import convert
from tombola.errors import TombolaError

CELL = "gru64_16x8"
STEPS = 3
# Bytes, what the engine may take of the module's 128 KB.
CODE_OF_A_GRU, CODE_OF_ALL = 10 * 1024, 40 * 1024


@pytest.fixture(scope="module", autouse=True)
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep away from the images of `make bench`, which another worker may build."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench, "IMAGES", tmp_path_factory.mktemp("images"))
        yield bench.IMAGES


@pytest.fixture(scope="module")
def model() -> Path:
    return bench.find([CELL])[0]


@pytest.fixture(scope="module")
def figures(model: Path) -> bench.Figures:
    return bench.measure(model)


def test_a_count_repeats(model, figures):
    assert asdict(bench.measure(model)) == asdict(figures)


def test_two_emulators_count_the_same(images, model, figures):
    converted = convert(model.read_bytes())
    image = images / CELL / "bench.elf"
    load, steps, _, _ = bench.run(image, converted)
    loop, loading, *first = executions(image, disassemble(image), 2 + STEPS)
    assert loop.instructions == 200_001
    assert loading.instructions == load == figures.load_instructions
    assert [step.instructions for step in first] == steps[:STEPS]


def test_one_wrong_bit_fails(images, model, figures):
    tflite = model.read_bytes()
    converted = convert(tflite)
    inputs = bench.random_inputs(converted, bench.FRAMES, bench.SEED)
    _, _, _, outputs = bench.run(images / CELL / "bench.elf", converted)
    wrong = {name: np.copy(values) for name, values in outputs.items()}
    bench.compare(tflite, inputs, wrong)
    wrong["state_h"][bench.FRAMES - 1, 0] ^= 1
    with pytest.raises(TombolaError, match=f"frame {bench.FRAMES - 1} differs"):
        bench.compare(tflite, inputs, wrong)


def test_only_a_tickets_operators_are_linked(images, model, figures):
    converted = convert(model.read_bytes())
    have = ticket_operators.kinds(converted.ticket)
    assert have == {step.KIND for step in converted.plan.program.instructions}
    lines = ticket_operators.operator_list(converted.ticket).splitlines()
    assert len(lines) == len(have)
    files = bench.bytes_by_file(images / CELL / "bench.map")
    assert sum(files.values()) == figures.engine_code_bytes
    assert figures.engine_code_bytes <= CODE_OF_A_GRU
    everything = bench.code_of_all()
    assert set(files) < set(everything)
    assert sum(everything.values()) <= CODE_OF_ALL


def test_a_ticket_that_the_engine_does_not_know_is_refused():
    converted = convert(bench.find([CELL])[0].read_bytes())
    plan = ticket_operators.PLAN.unpack_from(converted.ticket)[0]
    ticket = bytearray(converted.ticket)
    ticket[plan : plan + 2] = b"\xff\xff"
    with pytest.raises(ValueError, match="65535"):
        ticket_operators.operator_list(bytes(ticket))
    with pytest.raises(ValueError, match="no ticket"):
        ticket_operators.operator_list(b"TKT")
