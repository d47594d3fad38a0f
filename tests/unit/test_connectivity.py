"""Pairing units, lines between networks, and correlations, against known answers."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from scipy.stats import spearmanr
from small_corpus import CONFIG, small_corpus, small_run

from tombola.cli.analyze import command
from tombola.errors import TombolaError
from tombola.training.analysis.connectivity import Line, line, two_orders
from tombola.training.analysis.correlation import rank_correlations
from tombola.training.analysis.information import layer_information
from tombola.training.analysis.matching import in_order, match, matches
from tombola.training.analysis.narrowing import losses_narrowed
from tombola.training.analysis.overlap import seed_overlap
from tombola.training.analysis.study import analyse_study
from tombola.training.measures.cost import cost_of
from tombola.training.reduction.lottery import ReduceConfig, decoder_groups
from tombola.training.reduction.nesting import by_worth
from tombola.training.reduction.trim import reorder, trim
from tombola.training.train.checkpoint import load_model, save_model
from tombola.training.train.loop import evaluate
from tombola.training.train.run import Run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("connectivity")
    small_corpus().save(place / "corpus")
    small_run(place / "dense", small_corpus(), place / "corpus")
    return place


@pytest.fixture(scope="module")
def run(folder):
    return Run.open(folder / "dense")


def shuffled(model):
    """A copy that plays the same, with its units in another order."""
    groups, other = decoder_groups(model.decoder), copy.deepcopy(model)
    random = torch.Generator().manual_seed(0)
    order = {g.name: torch.randperm(g.units, generator=random) for g in groups}
    other.decoder = reorder(model.decoder, groups, order)
    return other


def test_units_are_paired_by_what_they_do() -> None:
    random = np.random.default_rng(0)
    first = random.standard_normal((400, 6))
    first[:, 2] = 1.0  # never changes
    order = random.permutation(6)
    second = 3 * first[:, order] + 0.1 * random.standard_normal((400, 6)) - 7
    found = match(first, second)
    changing = np.arange(6) != 2
    assert np.array_equal(order[found.order][changing], np.arange(6)[changing])
    assert found.correlation == pytest.approx(5 / 6, abs=0.01), "and one pair of noise"
    assert match(first, first).correlation == pytest.approx(1)
    assert match(first, -first).correlation < 0.2, "upside down is not the same"


def test_a_network_in_another_order_is_found_to_be_the_same(run) -> None:
    model, corpus = run.load_model(), small_corpus()
    other = shuffled(model)
    found = matches(corpus, model, other, run.config)
    assert all(pairs.correlation == pytest.approx(1) for pairs in found.values())
    straight = line(corpus, model, other)
    paired = line(corpus, model, in_order(other, found))
    assert straight.losses[0] == evaluate(corpus, model)
    ends, middle = straight.losses[::10], straight.losses[5]
    assert ends[0] == pytest.approx(ends[1], rel=1e-5)
    assert abs(middle - ends[0]) > 0.01, "between two orders lies another network"
    assert paired.losses == pytest.approx([ends[0]] * 11, rel=1e-5)


def test_the_barrier_is_above_the_mean_of_the_ends() -> None:
    assert Line([1.0, 2.0, 3.0]).barrier == 1
    assert Line([2.0, 5.0, 3.0]).barrier == 2.5
    assert Line([2.0, 1.0, 2.0]).barrier == 0


def test_networks_of_other_widths_are_not_paired(run) -> None:
    model, smaller = run.load_model(), run.load_model()
    smaller.decoder = type(model.decoder)(CONFIG.widths.__class__(4, 4, 4))
    with pytest.raises(TombolaError, match="same widths"):
        matches(small_corpus(), model, smaller, run.config)


def test_another_order_of_the_units_keeps_the_same_ticket(folder, run) -> None:
    model, corpus = run.load_model(), small_corpus()
    with torch.no_grad():  # a unit that never changes cannot be told from another one
        for layer in (model.decoder.input, model.decoder.output):
            layer.bias.fill_(3)
    other = shuffled(model)
    first, second = (
        small_run(folder / name, corpus, folder / "corpus") for name in ("one", "two")
    )
    save_model(first.folder / "final.safetensors", model)
    save_model(second.folder / "final.safetensors", other)
    found = matches(corpus, model, other, run.config)
    assert seed_overlap(corpus, first, second, found, "l2", 0.4) == pytest.approx(1)
    unpaired = {
        name: type(pairs)(torch.arange(len(pairs.order)), 0.0)
        for name, pairs in found.items()
    }
    assert seed_overlap(corpus, first, second, unpaired, "l2", 0.4) < 0.6


def test_two_orders_begin_at_the_same_weights(run, tmp_path) -> None:
    early = run.load_model()
    early.decoder = run.load_model("rewind").decoder
    found = two_orders(small_corpus(), early, CONFIG, tmp_path, "orders")
    assert found.losses[0] != found.losses[-1], "another order is another training"
    assert sorted(p.name for p in tmp_path.glob("orders-?.safetensors")) == [
        "orders-0.safetensors",
        "orders-1.safetensors",
    ]
    again = two_orders(small_corpus(), early, CONFIG, tmp_path, "orders")
    assert again == found, "it goes on from the checkpoints"


def test_what_layers_know_of_the_output(run) -> None:
    found = layer_information(small_corpus(), run.load_model(), run.config)
    assert set(found) == {"input", "gru", "output"}
    assert all(0 <= nats < 7 for nats in found.values())
    assert found["output"] > 0.1, "the last layer makes the output"


def test_rank_correlations_are_spearmans() -> None:
    random = np.random.default_rng(0)
    size = random.standard_normal(300)
    figure, loss = (size + 0.5 * random.standard_normal(300) for _ in range(2))
    figures = {"figure": figure, "cube": -(loss**3), "same": np.ones(300)}
    found = rank_correlations(figures, size, loss, range(300))
    alone = found["figure"]["loss"]
    assert alone.value == pytest.approx(spearmanr(figure, loss)[0])
    assert alone.low < alone.value < alone.high
    assert found["cube"]["loss"].value == pytest.approx(-1)
    assert found["cube"]["size"].value == pytest.approx(-spearmanr(loss, size)[0])
    assert found["same"]["loss"].value is None
    # What goes together because of the size alone is nothing at one size.
    held = found["figure"]["loss at one size"]
    assert held.low < 0 < held.high
    assert abs(held.value) < 0.15 < alone.low


def test_seeds_of_one_way_are_drawn_together() -> None:
    random = np.random.default_rng(1)
    copies = [np.repeat(values, 4) for values in random.standard_normal((3, 12))]
    ways = np.repeat(range(12), 4).tolist()
    alone, together = (
        rank_correlations({"figure": copies[0]}, *copies[1:], kinds)["figure"]["loss"]
        for kinds in (range(48), ways)
    )
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    few = rank_correlations({"figure": copies[0]}, *copies[1:], [0, 1] * 24)
    assert few["figure"]["loss"].low is None, "two kinds say little"


@pytest.fixture(scope="module")
def small_study(tmp_path_factory, folder, run):
    """A study's folder of a dense network, and of it with fewer and fewer units."""
    place, corpus = tmp_path_factory.mktemp("study"), small_corpus()
    model = run.load_model()
    groups, dense = decoder_groups(model.decoder), model.decoder
    (place / "rows").mkdir()
    small_run(place / "dense-0", corpus, folder / "corpus")
    for number, way in enumerate(("dense", "once", "once", "once")):
        keep = {g.name: torch.arange(g.units) < g.units - 3 * number for g in groups}
        model.decoder = trim(dense, groups, keep)
        size = cost_of(model.decoder).parameters / cost_of(dense).parameters
        loss = evaluate(corpus, model) / run.figures["loss"]
        method = "nested" if number == 3 else way
        row = {"way": way, "method": method, "keep": size, "seed": 0}
        row |= {"params_ratio": size, "loss_ratio_to_dense": loss}
        save_model(place / f"{way}-{number}" / "final.safetensors", model)
        (place / "rows" / f"{way}-{number}.json").write_text(json.dumps(row))
    return place


def test_what_goes_with_size_in_a_study(small_study, tmp_path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"a\n<!-- analysis {small_study.name} -->\n<!-- end -->\nb\n")
    arguments = [small_study, "--sounds", "--page", page, "-o", tmp_path]
    done = CliRunner().invoke(command, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    assert "tone, 4 networks of 4 ways and sizes" in page.read_text()
    assert "| paths | +1.00" in page.read_text()
    (report,) = tmp_path.glob("*-analysis.json")
    content = json.loads(report.read_text())
    ways = [network["way"] for network in content["networks"]]
    assert ways == ["dense", "once", "once", "once"]
    with_size = {
        name: found["size"]["value"] for name, found in content["correlations"].items()
    }
    # Fewer units make fewer paths, and all weights of what is trimmed stay edges.
    assert with_size["paths"] == pytest.approx(1)
    assert with_size["degree"] == pytest.approx(1)
    assert with_size["persistence, masked"] == pytest.approx(-1)
    assert with_size["units apart"] is None
    dense = content["networks"][0]["figures"]
    assert dense["CKA with dense"] == pytest.approx(1)
    assert dense["loss when off"] > 0
    assert "| way | 100% of the units | 75% of the units |" in page.read_text()
    check_narrowed(small_study, content["networks"])
    assert next(tmp_path.glob("*.png")).read_bytes()[:4] == b"\x89PNG"


def check_narrowed(study: Path, networks: list[dict[str, Any]]) -> None:
    """A network is narrowed in the order of worth, a nested one as it is."""
    corpus, dense = small_corpus(), load_model(study / "dense-0" / "final.safetensors")
    for number in (2, 3):
        model = load_model(study / f"once-{number}" / "final.safetensors")
        ordered = model
        if number == 2:
            ordered = by_worth(corpus, model, CONFIG, ReduceConfig())
        found = networks[number]["narrowed"]
        for share, loss in losses_narrowed(corpus, ordered).items():
            expected = loss / evaluate(corpus, dense)
            assert found[str(share)] == pytest.approx(expected, rel=1e-5), share
        assert found["1.0"] == pytest.approx(networks[number]["loss"], rel=1e-5)
        assert found["0.25"] != found["1.0"]


def test_a_folder_that_holds_no_study_or_two_is_refused(small_study, tmp_path) -> None:
    (tmp_path / "rows").mkdir()
    with pytest.raises(TombolaError, match="no results"):
        analyse_study(tmp_path)
    row = (small_study / "rows" / "dense-0.json").read_text()
    for name in ("one", "two"):
        (tmp_path / "rows" / f"{name}.json").write_text(row)
    for name in ("one", "two"):
        network = (small_study / "dense-0" / "final.safetensors").read_bytes()
        (tmp_path / name).mkdir()
        (tmp_path / name / "final.safetensors").write_bytes(network)
    with pytest.raises(TombolaError, match="two studies"):
        analyse_study(tmp_path)
