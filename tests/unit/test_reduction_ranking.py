"""Criteria and the ranking over the whole network."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from tombola.errors import TombolaError
from tombola.training.reduction.criteria import CRITERIA
from tombola.training.reduction.graph import Group, dependency_groups
from tombola.training.reduction.ranking import select
from tombola.training.reduction.trim import parameters_left, trim


def network() -> tuple[nn.Sequential, tuple[Group, ...]]:
    torch.manual_seed(1)
    module = nn.Sequential(
        nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 20), nn.Tanh(), nn.Linear(20, 3)
    )
    return module, dependency_groups(module, torch.zeros(1, 4))


def losses(module: nn.Module) -> list[Tensor]:
    torch.manual_seed(2)
    return [(module(torch.randn(64, 4)) - 1).square().mean() for _ in range(4)]


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_gives_each_unit_one_finite_worth(name: str) -> None:
    module, groups = network()
    worth = CRITERIA[name](module, groups, losses(module))
    assert {n: tuple(w.shape) for n, w in worth.items()} == {
        g.name: (g.units,) for g in groups
    }
    assert all(w.isfinite().all() for w in worth.values())


@pytest.mark.parametrize("name", ["taylor", "magnitude"])
def test_a_unit_of_weight_zero_is_worth_nothing(name: str) -> None:
    module, groups = network()
    with torch.no_grad():
        module[0].weight[5] = module[0].bias[5] = 0
        module[2].weight[:, 5] = 0
    worth = CRITERIA[name](module, groups, losses(module))["0 > 2"]
    assert worth[5] == 0
    assert worth.argmin() == 5


def test_taylor_foretells_what_a_small_unit_takes_along() -> None:
    """First order holds for small units: compare with taking each one out."""
    module, groups = network()
    with torch.no_grad():
        module[4].weight *= 0.02
    group = groups[1]
    before = losses(module)[0].item()
    worth = CRITERIA["taylor"](module, [group], losses(module)[:1])[group.name]
    real = []
    for unit in range(group.units):
        keep = {group.name: torch.arange(group.units) != unit}
        real.append(losses(trim(module, groups, keep))[0].item() - before)
    # Rows and columns of a unit foretell the same change; as most of it is the
    # columns', of which tanh' knows little, compare the order.
    ranks = torch.stack([worth, torch.tensor(real).square()]).argsort().argsort()
    assert torch.corrcoef(ranks.float())[0, 1] > 0.8


@settings(max_examples=30, deadline=None)
@given(share=st.floats(0.3, 1.0), seed=st.integers(0, 99))
def test_select_just_reaches_the_target(share: float, seed: int) -> None:
    module, groups = network()
    state = module.state_dict()
    total = sum(p.numel() for p in module.parameters())
    torch.manual_seed(seed)
    worth = {g.name: torch.rand(g.units) for g in groups}
    keep = select(state, groups, worth, int(share * total))
    left = parameters_left(state, groups, keep)
    assert left <= share * total
    # One unit more, of the widest kind, would not have fitted.
    assert left > share * total - (12 + 1 + 3) - 1 - 24
    for group in groups:
        kept = keep[group.name]
        assert kept.sum() >= 0.25 * group.units
        if not kept.all():
            assert worth[group.name][kept].min() >= worth[group.name][~kept].max()


def test_a_target_out_of_reach_is_said() -> None:
    module, groups = network()
    worth = {g.name: torch.rand(g.units) for g in groups}
    with pytest.raises(TombolaError, match="allow more rounds"):
        select(module.state_dict(), groups, worth, 10)
