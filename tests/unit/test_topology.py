"""Networks as graphs, against trees, complete graphs and chains of known answers."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn

from tombola.errors import TombolaError
from tombola.training.analysis.degrees import degrees
from tombola.training.analysis.gap import ramanujan_margin, spectral_gap
from tombola.training.analysis.masked import masked_twin
from tombola.training.analysis.matrices import network_matrices
from tombola.training.analysis.paths import paths
from tombola.training.analysis.persistence import neural_persistence
from tombola.training.analysis.topology import decoder_topology
from tombola.training.reduction.graph import dependency_groups
from tombola.training.reduction.trim import trim
from tombola.training.voices.tone import ToneDecoder, ToneWidths

# Weights that are zero, or large enough for a sum of their squares.
WEIGHTS = arrays(
    np.float64,
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    elements=st.one_of(st.just(0.0), st.floats(0.01, 1), st.floats(-1, -0.01)),
)
CHAIN = np.array([[1.0, 1.0], [0.0, 1.0]])  # b0 - a0 - b1 - a1


def by_hand(weight: np.ndarray) -> float:
    """Neural persistence, by joining parts edge by edge."""
    rows, columns = weight.shape
    part = list(range(rows + columns))
    lives = []
    edges = itertools.product(range(rows), range(columns))
    for row, column in sorted(edges, key=lambda e: -abs(weight[e])):
        one, other = part[row], part[rows + column]
        if one != other:
            part = [one if p == other else p for p in part]
            lives.append(1 - abs(weight[row, column]))
    return math.sqrt(sum(life**2 for life in lives) / (rows + columns - 1))


def test_neural_persistence_of_known_layers() -> None:
    assert neural_persistence(np.ones((4, 7)), 1.0) == 0
    assert neural_persistence(np.zeros((4, 7)), 1.0) == 1
    # A tree: every edge joins. Lives of 0, 1/4 and 1/2.
    tree = np.array([[1.0, 0.75], [0.0, -0.5]])
    wanted = math.sqrt((0.25**2 + 0.5**2) / 3)
    assert neural_persistence(tree, 1.0) == pytest.approx(wanted)
    # An edge that closes a circle joins nothing.
    tree[1, 0] = 0.1
    assert neural_persistence(tree, 1.0) == pytest.approx(wanted)
    # Three pairs; nothing joins two of them.
    assert neural_persistence(np.eye(3), 1.0) == pytest.approx(math.sqrt(2 / 5))


@given(WEIGHTS)
@settings(max_examples=50, deadline=None)
def test_neural_persistence_is_that_of_joining_edge_by_edge(weight) -> None:
    assert neural_persistence(weight, 1.0) == pytest.approx(by_hand(weight))


def test_spectral_gaps_of_known_layers() -> None:
    assert spectral_gap(np.full((5, 3), -0.2)) == pytest.approx(1)
    assert spectral_gap(np.outer([1, 2, 3], [1, 5])) == pytest.approx(1)
    assert spectral_gap(np.eye(4)) == pytest.approx(0)
    # Its normalised matrix has determinant 1/2, and 1 as its first singular value.
    assert spectral_gap(CHAIN) == pytest.approx(0.5)
    assert spectral_gap(np.zeros((2, 2))) == 0
    assert spectral_gap(np.ones((1, 6))) == 1


def test_ramanujan_margins_of_known_graphs() -> None:
    complete = ramanujan_margin(np.full((5, 10), 0.3))
    assert complete == pytest.approx(math.sqrt(4) + math.sqrt(9))
    # A circle of eight: 2-regular, eigenvalues 2 cos(2 pi k / 8).
    circle = np.eye(4) + np.roll(np.eye(4), 1, 1)
    assert ramanujan_margin(circle) == pytest.approx(2 - math.sqrt(2))
    assert ramanujan_margin(np.eye(4)) == pytest.approx(-1)
    assert ramanujan_margin(np.zeros((3, 3))) == 0


def test_degrees_of_known_layers() -> None:
    found = degrees(np.array([[1.0, 1.0, 0.0], [0.0, -3.0, 0.0]]))
    assert found.mean == pytest.approx(2 * 3 / 4)
    assert found.apart == pytest.approx(1 / 5)
    # Strengths of 2 and 3, and of 1 and 4.
    assert found.made_spread == pytest.approx(0.5 / 2.5)
    assert found.read_spread == pytest.approx(1.5 / 2.5)
    assert degrees(np.zeros((2, 2))).apart == 1


@given(WEIGHTS, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_units_does_not_matter(weight, random) -> None:
    rows, columns = (random.sample(range(n), n) for n in weight.shape)
    mixed = weight[rows][:, columns]
    for figure in (spectral_gap, ramanujan_margin, lambda w: degrees(w).made_spread):
        assert figure(weight) == pytest.approx(figure(mixed), abs=1e-6)
    assert neural_persistence(weight, 1.0) == pytest.approx(
        neural_persistence(mixed, 1.0)
    )


@given(WEIGHTS)
@settings(max_examples=30, deadline=None)
def test_figures_stay_in_their_ranges(weight) -> None:
    assert 0 <= neural_persistence(weight, 1.0) <= 1
    assert -1e-9 <= spectral_gap(weight) <= 1
    assert spectral_gap(weight) == pytest.approx(spectral_gap(7 * weight), abs=1e-6)


def test_paths_of_known_networks() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    with torch.no_grad():
        for layer in (network[0], network[2]):
            layer.weight.fill_(-0.5)
            layer.bias.fill_(9)
    found = paths(network, torch.zeros(1, 3))
    assert found.count == pytest.approx(math.log10(3 * 4 * 2))
    assert found.effective == pytest.approx(found.count), "all are equal"
    with torch.no_grad():
        network[0].weight[0] = 1e-6
    found = paths(network, torch.zeros(1, 3))
    assert found.count == pytest.approx(math.log10(24))
    assert found.effective == pytest.approx(math.log10(18), abs=1e-4), "a unit is weak"
    with torch.no_grad():
        network[0].weight.copy_(torch.eye(4)[:, :3])
        network[2].weight.copy_(3 * torch.eye(4)[:2])
    assert paths(network, torch.zeros(1, 3)).count == pytest.approx(math.log10(2))
    with torch.no_grad():
        network[2].weight.copy_(torch.eye(4)[2:])
        network[0].weight[2] = 0
    assert paths(network, torch.zeros(1, 3)).count is None


def test_paths_through_a_recurrent_network_take_two_frames() -> None:
    decoder = ToneDecoder(ToneWidths(3, 5, 4))
    found = paths(decoder, torch.zeros(1, 2, 4), torch.zeros(1, 1, 5))
    outputs = decoder.head.out_features
    in_one_frame = 4 * 3 * (3 * 5) * 4 * outputs
    # The second frame also hears the first one's, through three gates of five units.
    assert 10**found.count == pytest.approx(in_one_frame * (1 + 1 + 3 * 5))


def test_convolutions_become_matrices() -> None:
    forward, back = nn.Conv1d(2, 3, 4), nn.ConvTranspose1d(2, 3, 4)
    network = nn.ModuleDict({"conv": forward, "back": back})
    found = network_matrices(network)
    assert {k: v.shape for k, v in found.items()} == {
        "conv.weight": (3, 2 * 4),
        "back.weight": (3 * 4, 2),
    }
    heard = torch.randn(1, 2, 4)
    bias = forward.bias.detach().numpy()
    by_matrix = found["conv.weight"] @ heard.flatten().numpy() + bias
    np.testing.assert_allclose(
        by_matrix, forward(heard).flatten().detach().numpy(), rtol=1e-4, atol=1e-6
    )
    heard = torch.randn(1, 2, 1)
    bias = back.bias.detach().numpy().repeat(4)
    by_matrix = found["back.weight"] @ heard.flatten().numpy() + bias
    np.testing.assert_allclose(
        by_matrix, back(heard).flatten().detach().numpy(), rtol=1e-4, atol=1e-6
    )


@pytest.fixture(scope="module")
def trimmed_and_twin():
    torch.manual_seed(0)
    large = ToneDecoder(ToneWidths(7, 9, 8))
    groups = dependency_groups(large, *large.example())
    keep = {g.name: torch.arange(g.units) % 3 == 1 for g in groups}
    trimmed = trim(large, groups, keep)
    few = dependency_groups(trimmed, *trimmed.example())
    return trimmed, few, large, groups


def test_a_masked_twin_plays_what_the_trimmed_network_does(trimmed_and_twin) -> None:
    trimmed, few, large, groups = trimmed_and_twin
    twin = masked_twin(trimmed, few, large, groups)
    assert twin.widths == large.widths
    controls = torch.rand(2, 20, 4) * 2 - 1
    torch.testing.assert_close(trimmed(controls)[0], twin(controls)[0])
    assert (trimmed(controls)[0] - large(controls)[0]).abs().max() > 0.01
    with pytest.raises(TombolaError, match="give the trimmed network first"):
        masked_twin(large, groups, trimmed, few)


def test_a_mask_adds_nothing_but_units_that_are_apart(trimmed_and_twin) -> None:
    trimmed, few, large, groups = trimmed_and_twin
    twin = masked_twin(trimmed, few, large, groups)
    small = decoder_topology(trimmed)
    wide = decoder_topology(twin)
    assert small.paths.count == pytest.approx(wide.paths.count)
    assert small.paths.effective == pytest.approx(wide.paths.effective)
    for name, layer in small.layers.items():
        masked = wide.layers[name]
        assert masked.spectral_gap == pytest.approx(layer.spectral_gap)
        assert masked.ramanujan_margin == pytest.approx(layer.ramanujan_margin)
        assert masked.degrees.mean == pytest.approx(layer.degrees.mean)
        assert masked.degrees.apart > layer.degrees.apart == 0
        assert masked.persistence > layer.persistence, "what is apart lives on"
