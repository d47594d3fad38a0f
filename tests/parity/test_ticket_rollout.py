"""The small tone model and its ticket, operator by operator, states running."""

from pathlib import Path

import numpy as np
from small_models import ModelMaker

from tombola.converter import convert
from tombola.converter.verify import first_difference, quantised, random_inputs, verify
from tombola.training.export.fixture import random_controls

DATA = Path(__file__).parents[1] / "data"
MODEL = (DATA / "tone_small.tflite").read_bytes()
STEPS = 1000


def assert_same(inputs: dict[str, np.ndarray]) -> None:
    comparisons = verify(MODEL, [inputs])
    assert len(comparisons) == 20 + 2
    for comparison in comparisons:
        assert comparison.compared > 0
        assert comparison.differing == 0, comparison


def test_random_controls_over_the_whole_range():
    assert_same(random_inputs(convert(MODEL), STEPS, seed=7))


def test_the_controls_of_notes():
    controls = quantised(convert(MODEL), "controls", random_controls(STEPS, seed=3))
    assert_same({"controls": controls})


def test_memory_that_is_reused_changes_nothing():
    inputs = random_inputs(convert(MODEL), 200, seed=8)
    played, looked_into = (
        convert(MODEL).run(inputs),
        convert(MODEL, reuse=False).run(inputs),
    )
    assert played.keys() == {"amplitudes", "state_gru"}
    for name, values in played.items():
        np.testing.assert_array_equal(values, looked_into[name])


def test_verify_names_the_first_operator_that_differs(monkeypatch):
    """A weight is changed on our side only."""

    def bent(content: bytes, *arguments, **options):
        return convert(flip_weight(content), *arguments, **options)

    monkeypatch.setattr("tombola.converter.verify.convert", bent)
    comparisons = verify(MODEL, [random_inputs(convert(MODEL), 50, seed=9)])
    first = first_difference(comparisons)
    assert first is not None
    assert (first.place, first.kind) == (7, "FULLY_CONNECTED")
    assert first.largest > 0


def flip_weight(content: bytes) -> bytes:
    """Change a weight of the recurrent update gate."""
    graph = convert(content).graph
    weights = graph.tensors[graph.nodes[7].inputs[1]].data.tobytes()
    at = content.index(weights)
    changed = bytearray(content)
    changed[at + 5] ^= 0x40
    return bytes(changed)


def test_a_state_whose_scales_differ_is_rescaled_in_the_ticket():
    maker = ModelMaker()
    x = maker.activation(6, 2.0**-13, "x")
    old = maker.activation(6, 2.0**-12, "h_in")
    new = maker.activation(6, 1.3 * 2.0**-12, "h_out")
    maker.operator("ADD", [x, old], new, potScaleInt16=False)
    tflite = maker.finish({"x": x, "state_h": old}, {"state_h": new})
    converted = convert(tflite)
    last = converted.report["instructions"][-1]
    assert (last["operator"], last["kind"]) == (None, "rescale")
    for comparison in verify(tflite, [random_inputs(converted, 100, seed=1)]):
        assert comparison.differing == 0, comparison


def test_states_that_move_on_into_one_another_keep_their_order():
    """A shift register: b takes what a was, a takes the input."""
    maker = ModelMaker()
    x, a, b, y = (maker.activation(4, 2.0**-15, n) for n in ("x", "a", "b", "y"))
    maker.operator("ADD", [a, b], y, potScaleInt16=False)
    tflite = maker.finish(
        {"x": x, "state_a": a, "state_b": b}, {"y": y, "state_a": x, "state_b": a}
    )
    frames = np.arange(1, 21).reshape(5, 4).astype(np.int16) * 100
    result = convert(tflite).run({"x": frames})
    np.testing.assert_array_equal(result["state_a"], frames)
    np.testing.assert_array_equal(result["state_b"][1:], frames[:-1])
    np.testing.assert_array_equal(result["y"][2:], frames[1:-1] + frames[:-2])
