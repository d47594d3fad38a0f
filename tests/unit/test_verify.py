"""`tombola verify` on models of every make: ports, signatures, folded operators."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from small_models import ModelMaker, single, together

from tombola.cli.verify import command
from tombola.converter import convert
from tombola.converter.verify import Comparison, quantised, random_inputs, verify
from tombola.errors import TombolaError


def run(model: bytes, folder: Path, *arguments: str) -> Result:
    path = folder / "model.tflite"
    path.write_bytes(model)
    return CliRunner().invoke(command, [str(path), *arguments])


def edges() -> bytes:
    """Build y = x + z of int8, where x comes and w, which is y, goes as float32."""
    maker = ModelMaker()
    x, w = maker.plain([1, 6], np.float32, "x"), maker.plain([1, 6], np.float32, "w")
    z = maker.activation(6, 0.02, "z", zero_point=-5, dtype=np.int8)
    taken = maker.activation(6, 0.05, "taken", zero_point=3, dtype=np.int8)
    shaped = maker.activation([2, 3], 0.05, "shaped", zero_point=3, dtype=np.int8)
    flat = maker.activation(6, 0.05, "flat", zero_point=3, dtype=np.int8)
    y = maker.activation(6, 0.03, "y", zero_point=1, dtype=np.int8)
    maker.operator("QUANTIZE", [x], taken)
    maker.operator("RESHAPE", [taken], shaped, newShape=[2, 3])
    maker.operator("RESHAPE", [shaped], flat, newShape=[1, 6])
    maker.operator("ADD", [flat, z], y, potScaleInt16=False)
    maker.operator("DEQUANTIZE", [y], w)
    return maker.finish({"x": x, "z": z}, {"y": y, "w": w})


def test_several_ports_of_several_types_are_compared():
    model = edges()
    comparisons = verify(model, [random_inputs(convert(model), 30, seed=0)])
    compared = {(c.place, c.name): (c.compared, c.differing) for c in comparisons}
    assert compared == {
        (0, "taken"): (180, 0),
        (1, "shaped"): (0, 0),
        (2, "flat"): (0, 0),
        (3, "y"): (180, 0),
        (4, "w"): (180, 0),
        (None, "y"): (180, 0),
        (None, "w"): (180, 0),
    }


def test_recorded_inputs_are_real_values_or_elements(tmp_path):
    model, values = edges(), np.linspace(-1, 1, 24).reshape(4, 2, 3)
    elements = np.arange(24, dtype=np.int8).reshape(4, 6)
    np.savez(tmp_path / "inputs.npz", x=values, z=elements)
    arguments = ("--steps", "0", "--inputs", str(tmp_path / "inputs.npz"), "--json")
    result = run(model, tmp_path, *arguments)
    assert result.exit_code == 0, result.output
    assert (json.loads(result.output)["steps"], result.stderr) == (4, "")
    converted = convert(model)
    assert quantised(converted, "z", elements) is not None
    np.testing.assert_array_equal(quantised(converted, "z", elements), elements)
    real = quantised(converted, "z", np.array([[0.0, 0.02, 9, -9, 0.031, -0.009]]))
    np.testing.assert_array_equal(real, [[-5, -4, 127, -128, -3, -5]])


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("q", np.zeros((2, 6)), "no input 'q'"),
        ("z", np.zeros((2, 5)), r"shape \[2, 5\]; \[steps, 6\]"),
        ("z", np.zeros((0, 6)), r"shape \[0, 6\]"),
        ("z", np.zeros((2, 6), np.int32), "'z' is int32; real .* or elements of int8"),
        ("z", np.full((2, 6), np.nan), "finite"),
        ("x", np.full((2, 6), np.inf, np.float32), "finite"),
    ],
)
def test_recorded_inputs_that_do_not_fit_are_refused(name, values, words):
    with pytest.raises(TombolaError, match=words):
        quantised(convert(edges()), name, values)


def test_a_file_that_has_no_numbers_is_refused(tmp_path):
    (tmp_path / "text.npy").write_text("no numbers")
    result = run(edges(), tmp_path, "--inputs", str(tmp_path / "text.npy"))
    assert isinstance(result.exception, TombolaError)
    np.save(tmp_path / "one.npy", np.zeros((2, 6)))
    result = run(edges(), tmp_path, "--inputs", str(tmp_path / "one.npy"))
    assert "give an .npz of all of them" in str(result.exception)


def test_inputs_of_unequal_length_are_refused():
    inputs = random_inputs(convert(edges()), 5, seed=0)
    with pytest.raises(TombolaError, match=r"\['x'\] have \[5\] steps; .*\['x', 'z'\]"):
        verify(edges(), [{"x": inputs["x"]}])
    with pytest.raises(TombolaError, match=r"have \[4, 5\] steps"):
        verify(edges(), [{**inputs, "x": inputs["x"][:4]}])


def test_a_signature_that_is_not_the_first_is_compared(tmp_path):
    """Its states, too, run in its own subgraph."""
    maker = ModelMaker()
    x, old, new = (maker.activation(6, 2.0**-12, n) for n in ("x", "old", "new"))
    maker.operator("ADD", [x, old], new, potScaleInt16=False)
    step = maker.finish({"x": x, "state_h": old}, {"state_h": new})
    model = together({"still": single("TANH", [4, 4], [0.001, 2.0**-15]), "go": step})
    for key, kinds in [("still", ["TANH", "output"]), ("go", ["ADD", "state"])]:
        result = run(model, tmp_path, "--signature", key, "--json")
        assert result.exit_code == 0, result.output
        rows = json.loads(result.output)["comparisons"]
        assert [row["kind"] for row in rows] == kinds
    assert isinstance(run(model, tmp_path).exception, TombolaError)


def long_chain(operators: int, count: int) -> bytes:
    """Build a chain of TANH, whose activations are too large to be kept at once."""
    maker = ModelMaker()
    x = y = maker.activation(count, 2.0**-15)
    for _ in range(operators):
        before, y = y, maker.activation(count, 2.0**-15)
        maker.operator("TANH", [before], y)
    return maker.finish({"x": x}, {"y": y})


def test_a_model_larger_than_the_arena_is_compared_in_parts():
    model = long_chain(operators=9, count=8000)
    comparisons = verify(model, [random_inputs(convert(model), 2, seed=0)])
    assert [c.compared for c in comparisons] == [16000] * 10
    assert not any(c.differing for c in comparisons)


def bent(monkeypatch: pytest.MonkeyPatch, when: bool) -> None:
    """Convert with another scale, in tickets that share memory or those that do not."""

    def other(tflite, *arguments, reuse=True, **options):
        model = single("ADD", [3] * 3, [0.1, 0.1, 0.2 if reuse is when else 0.21])
        return convert(model, *arguments, reuse=reuse, **options)

    monkeypatch.setattr("tombola.converter.verify.convert", other)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (True, "operator 0 (ADD, 't2') is the first that differs, at step 0"),
        (False, "the output 'y' of the ticket that is played is the first that"),
    ],
)
def test_what_differs_first_is_named(monkeypatch, tmp_path, when, words):
    bent(monkeypatch, when)
    result = run(single("ADD", [3] * 3, [0.1, 0.1, 0.2]), tmp_path, "--steps", "9")
    assert result.exit_code == 1
    assert words in result.output


def test_no_steps_compare_nothing(tmp_path):
    result = run(edges(), tmp_path, "--steps", "0")
    assert "nothing to compare" in str(result.exception)


def test_a_model_that_litert_does_not_run_is_refused():
    """It wants the axis of scales inside the tensor, which does not matter to us."""
    maker = ModelMaker()
    x, y = maker.activation(3, 0.1, dtype=np.int8), maker.activation(3, 0.1)
    weights = maker.constant(np.ones((3, 3), np.int8), [0.1], axis=3)
    maker.tensors[y].type = maker.tensors[x].type
    maker.operator("FULLY_CONNECTED", [x, weights, -1], y)
    model = maker.finish({"x": x}, {"y": y})
    with pytest.raises(TombolaError, match="ai-edge-litert does not run the model"):
        verify(model, [random_inputs(convert(model), 1, seed=0)])


def test_differences_are_counted():
    comparison = Comparison(0, "ADD", "y")
    comparison.add(0, np.array([1, -128], np.int8), np.array([1, 127], np.int8))
    assert (comparison.differing, comparison.largest, comparison.first) == (1, 255, 0)
