"""`tombola analyze`, against matrices and networks whose answers are known."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from small_corpus import small_corpus, small_run

from tombola.cli.analyze import command
from tombola.converter import convert
from tombola.converter.matrix import COLUMN_ORDER, deinterleave, interleave
from tombola.converter.reader import read
from tombola.converter.unpack import dense_matrices
from tombola.errors import TombolaError
from tombola.training.analysis.agreement import agreements, kappa
from tombola.training.analysis.layers import Layer
from tombola.training.analysis.perturbation import losses_off, perturbed
from tombola.training.analysis.rank import effective_rank, singular_values
from tombola.training.analysis.similarity import layer_similarities, linear_cka
from tombola.training.measures.cost import cost_of
from tombola.training.reduction.lottery import decoder_groups
from tombola.training.reduction.trim import reorder
from tombola.training.train.loop import evaluate

DATA = Path(__file__).resolve().parents[1] / "data"
MODELS = [DATA / "tone_small.tflite", DATA / "models" / "m1_mlp.tflite"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("analysis")
    small_corpus().save(place / "corpus")
    small_run(place / "dense", small_corpus(), place / "corpus")
    return place


@pytest.fixture(scope="module")
def run(folder):
    return small_run(folder / "dense", small_corpus())


def test_effective_rank_of_known_matrices() -> None:
    random = np.random.default_rng(0)
    frame = np.linalg.qr(random.standard_normal((20, 20)))[0]
    assert effective_rank(singular_values(frame)) == pytest.approx(20)
    assert effective_rank(singular_values(7 * frame[:, :5])) == pytest.approx(5)
    thin = np.outer(frame[0], frame[1])
    assert effective_rank(singular_values(thin)) == pytest.approx(1, abs=1e-6)
    # Shares of one half and twice a quarter: an entropy of 1.5 bits.
    assert effective_rank(np.array([2.0, 1.0, 1.0])) == pytest.approx(2**1.5)
    assert effective_rank(np.zeros(4)) == 0


def test_cka_does_not_mind_turns_and_scales() -> None:
    random = np.random.default_rng(0)
    first = random.standard_normal((3000, 8)) @ random.standard_normal((8, 8))
    turn = np.linalg.qr(random.standard_normal((8, 8)))[0]
    assert linear_cka(first, first) == pytest.approx(1)
    assert linear_cka(first, 3 * first @ turn + 5) == pytest.approx(1)
    assert linear_cka(first, np.flip(first, 1)) == pytest.approx(1)
    other = random.standard_normal((3000, 5))
    assert linear_cka(first, other) < 0.02
    assert linear_cka(first, other) == pytest.approx(linear_cka(other, first))
    stretched = first @ np.diag(10.0 ** np.arange(8))
    assert linear_cka(first, stretched) < 0.9, "CKA minds unequal scales, as it should"
    with pytest.raises(TombolaError, match="never change"):
        linear_cka(first, np.ones((3000, 2)))


def test_a_network_with_its_units_in_another_order_is_the_same(run) -> None:
    model = run.load_model()
    other = copy.deepcopy(model)
    groups = decoder_groups(model.decoder)
    order = {g.name: torch.arange(g.units).flip(0) for g in groups}
    other.decoder = reorder(model.decoder, groups, order)
    found = layer_similarities(small_corpus(), model, other, run.config)
    assert set(found) == {"input", "gru", "output", "amplitudes"}
    assert all(value == pytest.approx(1) for value in found.values())
    fresh = run.load_model("initial")
    with torch.no_grad():
        for weight in fresh.decoder.output.parameters():
            torch.nn.init.normal_(weight.unsqueeze(0))
    changed = layer_similarities(small_corpus(), model, fresh, run.config)
    assert changed["output"] < 0.999


def test_kappa_of_known_choices() -> None:
    random = torch.Generator().manual_seed(0)
    some = {"a": torch.arange(4000) < 1000, "b": torch.arange(2000) < 1900}
    mixed = {
        name: kept[torch.randperm(len(kept), generator=random)]
        for name, kept in some.items()
    }
    assert kappa(some, some) == 1
    assert kappa(some, mixed) == pytest.approx(0, abs=0.05)
    opposite = {"a": torch.arange(10) < 5}
    assert kappa(opposite, {"a": ~opposite["a"]}) == pytest.approx(-1)
    # Eight of ten agree where half would by chance.
    moved = {"a": torch.tensor([1, 1, 1, 1, 0, 1, 0, 0, 0, 0]) > 0}
    assert kappa(opposite, moved) == pytest.approx((0.8 - 0.5) / 0.5)


def test_weights_rank_alike_on_any_data(run) -> None:
    found = agreements(small_corpus(), run, ("l1", "taylor"), 0.4)
    assert found["l1, other data"] == 1
    assert set(found) == {"l1, other data", "taylor, other data", "l1, taylor"}
    assert all(-1 <= value <= 1 for value in found.values())


def test_a_perturbation_has_the_size_that_it_says(run) -> None:
    model = run.load_model()
    off = perturbed(model, 0.1, 0)
    before, after = (m.decoder.gru.weight_hh_l0.detach() for m in (model, off))
    ratio = (after - before).norm(dim=1) / before.norm(dim=1)
    assert ratio.mean().item() == pytest.approx(0.1, rel=0.1)
    assert torch.equal(model.decoder.head.bias, off.decoder.head.bias)
    losses = losses_off(small_corpus(), model)
    assert losses[0.0] == evaluate(small_corpus(), model)
    assert abs(losses[0.03] / losses[0.0] - 1) < abs(losses[0.3] / losses[0.0] - 1)


@pytest.mark.parametrize("kind", COLUMN_ORDER)
def test_weights_come_out_as_they_went_in(kind) -> None:
    weights = np.random.default_rng(0).integers(-128, 128, (9, 14)).astype(np.int8)
    blocks = interleave(weights, COLUMN_ORDER[kind])
    again = deinterleave(blocks, COLUMN_ORDER[kind])
    assert np.array_equal(again[:9, :14], weights)
    assert again.shape == (12, 16)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_ticket_has_the_matrices_of_its_tflite(path) -> None:
    content = path.read_bytes()
    graph = read(content)
    found = dense_matrices(convert(content).ticket)
    wanted = []
    for node in graph.nodes:
        if node.kind == "FULLY_CONNECTED":
            tensor = graph.tensors[node.inputs[1]]
            wanted.append(tensor.data * np.reshape(tensor.scales, (-1, 1)))
    assert len(found) == len(wanted) > 2
    for matrix, real in zip(found, wanted, strict=True):
        np.testing.assert_allclose(matrix.weights, real, rtol=1e-5, atol=1e-9)


def test_the_layers_of_a_run_add_up_to_its_cost(folder, run) -> None:
    arguments = [folder / "dense", "--against", folder / "dense", "-o", folder]
    arguments += ["--rank", "l2", "--keep", "0.4"]
    done = CliRunner().invoke(command, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    assert "CKA 1.000" in done.output
    assert "l2, other data: kappa 1.00" in done.output
    assert "to the other: losses of" in done.output
    assert "l2, other seed: kappa 1.00" in done.output
    content = json.loads((folder / "dense-analysis.json").read_text())
    assert content["topology"]["layers"].keys() == {
        layer["name"] for layer in content["layers"]
    }
    assert all(value == pytest.approx(1) for value in content["pairs"].values())
    line = content["lines"]["to the other, units paired"]
    assert line["barrier"] == pytest.approx(0, abs=1e-6), "a run lies where it lies"
    assert content["information"].keys() == {"input", "gru", "output"}
    cost = cost_of(run.load_model().decoder)
    assert content["whole"]["parameters"] == cost.parameters
    assert content["whole"]["bytes"] == cost.bytes
    assert content["whole"]["macs_per_second"] == cost.macs_per_second
    assert content["perturbation"][0]["size"] == 0
    assert (folder / "dense-analysis.png").read_bytes()[:4] == b"\x89PNG"


def test_a_ticket_and_its_tflite_are_analysed_alike(folder) -> None:
    ticket = folder / "small.ticket"
    ticket.write_bytes((DATA / "tone_small.ticket").read_bytes())
    for path in (DATA / "tone_small.tflite", ticket):
        done = CliRunner().invoke(command, [str(path), "-o", str(folder)])
        assert done.exit_code == 0, done.output
    first, second = (
        json.loads((folder / f"{name}-analysis.json").read_text())
        for name in ("tone_small-tflite", "small-ticket")
    )
    assert first == second
    # Input; two products for each of the three gates; output; head.
    assert len(first["layers"]) == 1 + 6 + 2
    assert first["arena_bytes"] > 0


def test_what_cannot_be_analysed_is_said(folder) -> None:
    broken = folder / "broken.ticket"
    broken.write_bytes(b"no ticket at all")
    done = CliRunner().invoke(command, [str(broken)])
    assert isinstance(done.exception, TombolaError)
    options = [str(broken), "--against", str(folder / "dense")]
    done = CliRunner().invoke(command, options)
    assert "give the run's folder" in str(done.exception)


def test_a_layer_counts_its_biases() -> None:
    layer = Layer.of("x", np.eye(6)[:4])
    assert (layer.parameters, layer.bytes) == (24 + 4, 24 + 16)
    assert layer.macs_per_second == 24 * 250
    assert layer.effective_rank == pytest.approx(4)
