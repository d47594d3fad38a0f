"""Every way to make a network small, on a corpus of a few short notes."""

import copy
from dataclasses import replace

import pytest
import torch
from small_corpus import CONFIG, small_corpus, small_run

from tombola.errors import TombolaError
from tombola.training.measures.cost import cost_of
from tombola.training.reduction.methods import METHODS
from tombola.training.reduction.methods.clustered import Clustered, k_means
from tombola.training.reduction.methods.coded import CodedDecoder, matrices
from tombola.training.reduction.methods.low_rank import Factors, Whole
from tombola.training.reduction.methods.quantised import Rounded, rounded
from tombola.training.reduction.methods.rounding import Activation, RoundedDecoder
from tombola.training.reduction.methods.shuffled import handed_on
from tombola.training.reduction.methods.task import Task, even_widths
from tombola.training.train.loop import evaluate
from tombola.training.train.run import Run
from tombola.training.voices.tone import ToneDecoder, ToneWidths

OPTIONS = {
    "rounds": {"rounds": 1, "round_length": 0.7, "teacher": True},
    "before": {"criterion": "synflow", "cuts": 3},
    "distilled": {"of": "control"},
    "gradual": {"cuts": 2},
    "nested": {"rounds": 1},
    "rigl": {"updates": 2},
}
CODED = {"low_rank", "clustered", "quantised"}


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    return small_run(tmp_path_factory.mktemp("dense"), small_corpus())


@pytest.mark.parametrize("name", METHODS)
def test_every_method_gives_a_trained_network_that_is_small_enough(
    name, dense, tmp_path
) -> None:
    keep = 0.6 if name == "low_rank" else 0.5
    corpus = small_corpus()
    task = Task(corpus, dense, keep, tmp_path)
    reduced = METHODS[name](task, **OPTIONS.get(name, {}))
    decoder = reduced.model.decoder
    assert type(decoder) is ToneDecoder
    if name in CODED:
        assert decoder.widths == CONFIG.widths
        assert reduced.bytes < task.cost_of_dense.bytes
    elif name == "rigl":
        left = sum(int(weight.count_nonzero()) for weight in matrices(decoder).values())
        biases = sum(p.numel() for p in decoder.parameters() if p.ndim == 1)
        assert left + biases <= reduced.parameters <= task.parameters
        assert reduced.parameters > 0.9 * task.parameters
        assert reduced.bytes == cost_of(decoder).bytes, "masks were said to save memory"
    else:
        assert reduced.parameters == cost_of(decoder).parameters <= task.parameters
        assert reduced.parameters > 0.5 * task.parameters, "far too much is gone"
    assert reduced.steps >= dense.config.steps
    assert 0 < evaluate(corpus, reduced.model) < 10
    encoder = dense.load_model().encoder.state_dict()
    for weight, value in reduced.model.encoder.state_dict().items():
        assert torch.equal(value, encoder[weight]), f"{weight} of the encoder moved"
    checkpoints = sorted(tmp_path.glob("*.safetensors"))
    times = [path.stat().st_mtime_ns for path in checkpoints]
    again = METHODS[name](task, **OPTIONS.get(name, {}))
    assert [path.stat().st_mtime_ns for path in checkpoints] == times
    for weight, value in again.model.decoder.state_dict().items():
        assert torch.equal(value, decoder.state_dict()[weight]), "another result"


def test_a_matrix_of_rank_three_is_three_columns() -> None:
    torch.manual_seed(0)
    weight = torch.randn(20, 3) @ torch.randn(3, 12)
    code = Factors(weight, 3)
    torch.testing.assert_close(code(), weight, atol=1e-5, rtol=1e-5)
    assert code.numbers == 3 * (20 + 12)


def test_four_values_are_found_exactly() -> None:
    points = torch.tensor([-3.0, -1.0, 1.5, 4.0])[torch.arange(400) % 4]
    values, index = k_means(points, 4)
    assert torch.equal(values[index], points)
    code = Clustered(points.view(20, 20), 2)
    assert torch.equal(code(), points.view(20, 20))
    assert code.bytes == 4 * 4 + 100


def test_rounding_keeps_to_its_grid_and_lets_the_gradient_through() -> None:
    torch.manual_seed(0)
    code = Rounded(torch.randn(5, 9), 4)
    steps = rounded(code.weight, 4) / (code.weight.abs().amax(1, keepdim=True) / 7)
    torch.testing.assert_close(steps, steps.round())
    assert steps.abs().max().item() == pytest.approx(7)
    torch.testing.assert_close(code(), rounded(code.weight, 4))
    code().sum().backward()
    assert torch.equal(code.weight.grad, torch.ones(5, 9))


def test_activations_are_rounded_as_tflite_rounds_them() -> None:
    values = torch.tensor([-1.0, 0.0, 0.5, 2.0], requires_grad=True)
    eight = Activation(8)
    out = eight(values)
    scale = 3 / 255
    torch.testing.assert_close(out, torch.round(values / scale) * scale)
    torch.testing.assert_close(Activation(16)(values), values, atol=2 / 65534, rtol=0)
    with torch.no_grad():  # what was seen stays the range, and is not moved
        far = eight(torch.tensor([-9.0, 9.0]))
    torch.testing.assert_close(far, torch.tensor([-1.0, 2.0]), atol=scale, rtol=0)
    (eight(10 * values).sum() + 0 * out.sum()).backward()
    assert values.grad.tolist() == [0, 10, 0, 0], "a gradient came from out of range"
    assert eight.high.item() == pytest.approx(2 + 0.01 * 18)


def test_every_activation_that_is_exported_is_rounded_and_no_other() -> None:
    torch.manual_seed(0)
    decoder = ToneDecoder(ToneWidths(5, 6, 7))
    codes = {name: Whole(weight) for name, weight in matrices(decoder).items()}
    controls = torch.rand(2, 9, 4) - 0.5
    with torch.no_grad():
        exact = decoder(controls)[0]
    for bits, least, most in ((16, 1e-7, 1e-4), (8, 1e-4, 0.05)):
        rounded = RoundedDecoder(copy.deepcopy(decoder), codes, bits)
        # Controls, input, the GRU's outputs and its state, output, head, sigmoid.
        assert len(rounded.ranges) == 7
        for _ in range(3):
            error = (rounded(controls)[0] - exact).abs().max().item()
        assert least < error < most
        assert all(each.seen == 3 for each in rounded.ranges)
        plain = rounded.plain()
        for name, value in plain.state_dict().items():
            assert torch.equal(value, decoder.state_dict()[name])


@pytest.mark.parametrize(
    ("options", "message"),
    [({"bits": 9}, "weights have 9 bits"), ({"activations": 4}, "cannot be exported")],
)
def test_bits_that_there_are_not_are_refused(options, message, dense, tmp_path) -> None:
    with pytest.raises(TombolaError, match=message):
        METHODS["quantised"](Task(small_corpus(), dense, 0.5, tmp_path), **options)


def test_units_go_before_the_bits_do(tmp_path) -> None:
    corpus = small_corpus()
    dense = Run.create(tmp_path / "dense", corpus, replace(CONFIG, steps=12))
    dense.train(corpus)
    task = Task(corpus, dense, 0.4, tmp_path)
    reduced = METHODS["quantised"](task, bits=4, activations=16)
    assert reduced.parameters < 0.9 * task.cost_of_dense.parameters
    assert reduced.coded
    for weight in matrices(reduced.model.decoder).values():
        torch.testing.assert_close(weight, rounded(weight, 4))


def test_a_coded_decoder_is_the_one_it_codes() -> None:
    torch.manual_seed(0)
    decoder = ToneDecoder(ToneWidths(5, 6, 7))
    codes = {name: Whole(weight) for name, weight in matrices(decoder).items()}
    coded = CodedDecoder(copy.deepcopy(decoder), codes)
    controls = torch.rand(2, 9, 4)
    for first, second in zip(coded(controls), decoder(controls), strict=True):
        torch.testing.assert_close(first, second)
    assert coded.cost()[0] == cost_of(decoder).parameters
    assert coded.cost()[1] == cost_of(decoder).bytes
    for name, value in coded.plain().state_dict().items():
        assert torch.equal(value, decoder.state_dict()[name])


def test_layers_shares_are_handed_on() -> None:
    widths = handed_on(ToneWidths(10, 100, 30), ToneWidths(100, 200, 100))
    # 30 %, 10 % and 50 %.
    assert widths == ToneWidths(30, 20, 50)


def test_even_widths_fit_and_one_more_would_not() -> None:
    dense = ToneWidths(100, 200, 100)
    widths = even_widths(dense, lambda w: w.hidden <= 31)
    assert (widths.input, widths.hidden) == (15, 31)
    with pytest.raises(TombolaError, match="no decoder is as small"):
        even_widths(dense, lambda w: w.hidden < 1)


@pytest.mark.parametrize(
    ("name", "keep", "message"),
    [("clustered", 0.05, "at least 1 is needed"), ("low_rank", 0.1, "factors take")],
)
def test_what_a_method_cannot_reach_is_said(name, keep, message, dense, tmp_path):
    task = replace(Task(small_corpus(), dense, 1.0, tmp_path), keep=keep)
    with pytest.raises(TombolaError, match=message):
        METHODS[name](task)
