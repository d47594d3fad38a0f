"""The dependency graph and the trimming that follows it, on small networks."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from tombola.errors import TombolaError
from tombola.training.reduction.graph import Group, dependency_groups
from tombola.training.reduction.trim import parameters_left, reorder, trim, trim_state


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(3, 7), nn.Linear(7, 7)
        self.c = nn.Linear(7, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.a(x))
        return self.c(y + torch.tanh(self.b(y)))


class Concat(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(3, 5, bias=False), nn.Linear(3, 6)
        self.c = nn.Linear(3 + 5 + 6, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.c(torch.cat([self.a(x), x, self.b(x).sigmoid()], dim=-1))


class StackedGrus(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.GRU(3, 6, batch_first=True)
        self.second = nn.GRU(6, 5, batch_first=True)
        self.head = nn.Linear(5, 2)

    def forward(self, x: Tensor, s: Tensor, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, s = self.first(x, s)
        x, t = self.second(x, t.unsqueeze(0))
        return self.head(x), s, t[0]


class GruSkip(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(3, 6)
        self.gate = nn.Linear(3, 1)
        self.gru = nn.GRU(6, 6, batch_first=True)
        self.head = nn.Linear(6, 2)
        self.scale = nn.Parameter(torch.rand(6))

    def forward(self, x: Tensor) -> Tensor:
        y = self.enter(x)
        hidden, _ = self.gru(y)
        return self.head((hidden + y) * self.scale * self.gate(x))


class GruAlone(nn.Module):
    def __init__(self, gru: nn.GRU) -> None:
        super().__init__()
        self.gru = gru

    def forward(self, x: Tensor) -> Tensor:
        return self.gru(x)[1]


class Sliced(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(2, 5)
        self.c = nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.c(self.b(self.a(x)[..., :2]))


def mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 6), nn.Sigmoid(), nn.Linear(6, 2)
    )


X = torch.linspace(-1, 1, 2 * 4 * 3).reshape(2, 4, 3)
NETWORKS = {
    "mlp": (mlp, (X,), {"0 > 2": 8, "2 > 4": 6}),
    "residual": (Residual, (X,), {"a + b > c": 7}),
    "concat": (Concat, (X,), {"a > c": 5, "b > c": 6}),
    "two grus": (
        StackedGrus,
        (X, torch.zeros(1, 2, 6), torch.zeros(2, 5)),
        {"first > second": 6, "second > head": 5},
    ),
    "gru and skip": (GruSkip, (X,), {"enter + gru + scale > head": 6}),
}


def build(kind: str) -> tuple[nn.Module, tuple[Tensor, ...], tuple[Group, ...]]:
    torch.manual_seed(0)
    make, example, _ = NETWORKS[kind]
    module = make()
    return module, example, dependency_groups(module, *example)


def silence(module: nn.Module, groups: tuple[Group, ...], keep: dict[str, Tensor]):
    """Set every weight that reads a removed unit to zero."""
    parameters = dict(module.named_parameters())
    for group in groups:
        for part in group.slices:
            if part.dim == 1:
                gone = part.index[~keep[group.name]].flatten()
                parameters[part.parameter].data[:, gone] = 0


def run(module: nn.Module, example: tuple[Tensor, ...]) -> Tensor:
    """The output, without the states, whose size changes."""
    with torch.no_grad():
        result = module(*example)
    return result[0] if isinstance(result, tuple) else result


@pytest.mark.parametrize("kind", NETWORKS)
def test_groups_are_what_the_network_couples(kind: str) -> None:
    _, _, groups = build(kind)
    assert {g.name: g.units for g in groups} == NETWORKS[kind][2]


@pytest.mark.parametrize("kind", NETWORKS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_trimming_units_that_nobody_reads_changes_nothing(kind, data) -> None:
    module, example, groups = build(kind)
    keep = draw_keep(groups, data)
    silence(module, groups, keep)
    smaller = trim(module, groups, keep)
    sizes = [m.hidden_size for m in smaller.modules() if isinstance(m, nn.GRU)]
    states = [s[..., :size] for s, size in zip(example[1:], sizes, strict=False)]
    torch.testing.assert_close(
        run(smaller, (example[0], *states)), run(module, example), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("kind", NETWORKS)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_another_order_of_units_changes_nothing(kind, seed) -> None:
    module, example, groups = build(kind)
    random = torch.Generator().manual_seed(seed)
    order = {g.name: torch.randperm(g.units, generator=random) for g in groups}
    ordered = reorder(module, groups, order)
    torch.testing.assert_close(run(ordered, example), run(module, example))


def test_the_order_says_which_unit_comes_first() -> None:
    module, _, groups = build("two grus")
    order = {g.name: torch.arange(g.units).flip(0) for g in groups}
    ordered = reorder(module, groups, order)
    rows = module.first.weight_hh_l0.unflatten(0, (3, 6))
    flipped = ordered.first.weight_hh_l0.unflatten(0, (3, 6))
    assert torch.equal(flipped, rows.flip(1, 2))


@pytest.mark.parametrize("kind", NETWORKS)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_counts_and_state_dicts_follow_the_trim(kind, data) -> None:
    module, _, groups = build(kind)
    keep = draw_keep(groups, data)
    smaller = trim(module, groups, keep)
    cut = trim_state(module.state_dict(), groups, keep)
    assert parameters_left(module.state_dict(), groups, keep) == sum(
        value.numel() for value in cut.values()
    )
    for name, value in smaller.state_dict().items():
        assert torch.equal(value, cut[name]), name


def test_trim_takes_all_three_gates_of_a_unit() -> None:
    gru = nn.GRU(3, 5, batch_first=True)
    hidden = gru.weight_hh_l0.detach().reshape(3, 5, 5)
    (group,) = dependency_groups(GruAlone(gru), X)
    keep = {group.name: torch.tensor([True, False, True, True, False])}
    small = trim(GruAlone(gru), [group], keep).gru
    stays = torch.tensor([0, 2, 3])
    expected = hidden[:, stays][:, :, stays].reshape(9, 3)
    assert torch.equal(small.weight_hh_l0, expected)
    assert (small.input_size, small.hidden_size) == (3, 3)


def test_trim_leaves_the_module_as_it_was() -> None:
    module, example, groups = build("residual")
    before = run(module, example)
    trim(module, groups, {groups[0].name: torch.arange(7) < 2})
    assert torch.equal(run(module, example), before)


def test_a_slice_in_the_code_keeps_its_units() -> None:
    # The 2 would mean other units once one of the first two is gone.
    groups = dependency_groups(Sliced(), X)
    assert [g.name for g in groups] == ["b > c"]


def test_nothing_to_remove_is_said() -> None:
    with pytest.raises(TombolaError, match="no unit can be removed"):
        dependency_groups(nn.Linear(3, 2), X)


def test_a_group_never_loses_its_last_unit() -> None:
    module, _, groups = build("mlp")
    with pytest.raises(TombolaError, match="at least one must stay"):
        trim(module, groups, {groups[0].name: torch.zeros(8, dtype=torch.bool)})


def draw_keep(groups: tuple[Group, ...], data: st.DataObject) -> dict[str, Tensor]:
    keep = {}
    for group in groups:
        flags = st.lists(st.booleans(), min_size=group.units, max_size=group.units)
        keep[group.name] = torch.tensor(data.draw(flags.filter(any), label=group.name))
    return keep
