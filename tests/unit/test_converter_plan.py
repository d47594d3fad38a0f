"""Memory: no two values that are needed at one time share a byte."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import ModelMaker

from tombola.cli.convert import command as convert_command
from tombola.cli.verify import command as verify_command
from tombola.converter import convert
from tombola.converter.matrix import interleave
from tombola.converter.plan import Plan

DATA = Path(__file__).parents[1] / "data"
MODEL = DATA / "tone_small.tflite"


def lifetimes(plan: Plan) -> dict[int, set[int]]:
    """For each value, the gaps between instructions across which it is needed.

    Gap 0 is before the first instruction, the last one after the last.
    """
    program = plan.program
    ends = len(program.instructions)
    lasting = {*program.inputs.values(), *(old for old, _ in program.states.values())}
    alive: dict[int, set[int]] = {}
    for value in range(len(program.values)):
        steps = program.instructions
        reads = [i for i, step in enumerate(steps) if value in step.inputs]
        writes = [i for i, step in enumerate(steps) if step.outputs[0] == value]
        within = [i for i, step in enumerate(steps) if step.scratch == value]
        if within:
            alive[value] = {within[0], within[0] + 1}
            continue
        begin = 0 if value in lasting else writes[0] + 1
        end = max(reads, default=begin)
        if value in [
            *program.outputs.values(),
            *(n for _, n in program.states.values()),
        ]:
            end = ends
        alive[value] = set(range(begin, end + 1))
    return alive


def assert_apart(plan: Plan) -> None:
    alive = lifetimes(plan)
    updated = {(old, new) for old, new in plan.program.states.values()}
    # Each is needed during one instruction only, so both its gaps say too much here.
    scratch = {step.scratch for step in plan.program.instructions}
    for a, b in combinations(alive, 2):
        if {a, b} <= scratch:
            continue
        if (a, b) in updated or (b, a) in updated or not alive[a] & alive[b]:
            continue
        size_a, size_b = plan.program.values[a].bytes, plan.program.values[b].bytes
        apart = (
            plan.offsets[a] + size_a <= plan.offsets[b]
            or plan.offsets[b] + size_b <= plan.offsets[a]
        )
        assert apart, f"values {a} and {b} share memory"


def test_the_small_model_shares_memory_only_over_time():
    plan = convert(MODEL.read_bytes()).plan
    assert_apart(plan)
    assert plan.arena_bytes < plan.bytes_without_reuse


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 9),
    picks=st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12
    ),
    seed=st.integers(0, 1000),
)
def test_random_graphs_share_memory_only_over_time(count, picks, seed):
    """And give the same bits with and without the sharing."""
    maker = ModelMaker()
    scale = 2.0**-12
    tensors = [maker.activation(count, scale, name) for name in ("x", "h")]
    for a, b in picks:
        new = maker.activation(count, scale)
        pair = [tensors[a % len(tensors)], tensors[b % len(tensors)]]
        maker.operator("ADD", pair, new, potScaleInt16=False)
        tensors.append(new)
    tflite = maker.finish(
        {"x": tensors[0], "state_h": tensors[1]},
        {"y": tensors[-1], "state_h": tensors[seed % len(tensors)]},
    )
    shared, apart = convert(tflite), convert(tflite, reuse=False)
    assert_apart(shared.plan)
    random = np.random.default_rng(seed)
    frames = random.integers(-9000, 9000, (6, count)).astype(np.int16)
    results = shared.run({"x": frames}), apart.run({"x": frames})
    for name in results[0]:
        np.testing.assert_array_equal(results[0][name], results[1][name])


def test_weights_stand_by_twos():
    """Odd row + 128 and even row of a column, then of the next, in words."""
    weights = np.arange(5 * 6).reshape(5, 6).astype(np.int8)
    first, second = interleave(weights, [0, 1, 2, 3]).reshape(2, 2, 4, 4)
    assert first[0, 0].tolist() == [128 + 6, 0, 128 + 7, 1]  # rows 0, 1
    assert first[0, 1].tolist() == [128 + 18, 12, 128 + 19, 13]  # rows 2, 3
    assert first[0, 2].tolist() == [128 + 8, 2, 128 + 9, 3]  # columns 2, 3
    assert first[1, 0].tolist() == [128 + 10, 4, 128 + 11, 5]
    assert (first[1, 2:] == [128, 0, 128, 0]).all()
    assert second[0, 0].tolist() == [128, 24, 128, 25]
    swapped = interleave(weights, [0, 2, 1, 3]).reshape(2, 2, 4, 4)
    assert swapped[0, 0, 0].tolist() == [128 + 6, 0, 128 + 8, 2]


def test_the_small_ticket_is_what_the_converter_writes():
    """Until the format's version goes up, the same model is the same file."""
    assert (
        convert(MODEL.read_bytes()).ticket == (DATA / "tone_small.ticket").read_bytes()
    )


def test_convert_writes_a_ticket_and_its_report(tmp_path):
    target = tmp_path / "small.ticket"
    result = CliRunner().invoke(convert_command, [str(MODEL), "-o", str(target)])
    assert result.exit_code == 0, result.output
    report = json.loads(target.with_suffix(".json").read_text())
    assert report["ticket_bytes"] == target.stat().st_size
    assert report["macs"] == report["weights"] == 5568
    assert len(report["instructions"]) == 20
    assert "state 'state_gru' is updated where it lies" in report["in_place"]


def test_verify_says_that_all_operators_agree():
    result = CliRunner().invoke(verify_command, [str(MODEL), "--steps", "20"])
    assert result.exit_code == 0, result.output
    assert "the same bits over 20 steps: all 20 operators" in result.output
