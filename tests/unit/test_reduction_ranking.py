"""Criteria and the ranking over the whole network."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from tombola.errors import TombolaError
from tombola.training.reduction.criteria import (
    CRITERIA,
    audible,
    information,
    unit_worth,
)
from tombola.training.reduction.criteria.scaling import SCALINGS
from tombola.training.reduction.graph import Group, dependency_groups
from tombola.training.reduction.ranking import select
from tombola.training.reduction.trim import parameters_left, trim
from tombola.training.train.loss import Passage


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)  # as training does: more only wait for each other here


def network() -> tuple[nn.Sequential, tuple[Group, ...]]:
    torch.manual_seed(1)
    module = nn.Sequential(
        nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 20), nn.Tanh(), nn.Linear(20, 3)
    )
    return module, dependency_groups(module, torch.zeros(1, 4))


@dataclass(frozen=True)
class Played:
    """A passage of the network above: its output, and a loss of it."""

    heard: Tensor
    wanted: Tensor

    @property
    def loss(self) -> Tensor:
        return (self.heard - 1).square().mean()


@dataclass(frozen=True)
class Passages:
    """The same passages each time, rendered anew."""

    module: nn.Module
    count: int = 4

    def __iter__(self) -> Iterator[Played]:
        generator = torch.Generator().manual_seed(2)
        for _ in range(self.count):
            heard = self.module(torch.randn(300, 4, generator=generator))
            yield Played(heard.T, torch.zeros(3, 300))

    def first_loss(self) -> Tensor:
        return next(iter(self)).loss


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_gives_each_unit_one_finite_worth(name: str) -> None:
    module, groups = network()
    importance = CRITERIA[name].importance(module, groups, Passages(module))
    for scaling in SCALINGS.values():
        worth = scaling(module, groups, importance)
        assert {n: tuple(w.shape) for n, w in worth.items()} == {
            g.name: (g.units,) for g in groups
        }
        assert all(w.isfinite().all() for w in worth.values())


@pytest.mark.parametrize("name", sorted(CRITERIA.keys() - {"random", "median"}))
def test_a_unit_of_weight_zero_is_worth_nothing(name: str) -> None:
    module, groups = network()
    with torch.no_grad():
        module[0].weight[5] = module[0].bias[5] = 0
        module[2].weight[:, 5] = 0
    importance = CRITERIA[name].importance(module, groups, Passages(module))
    worth = importance["0 > 2"]
    # Its weights' gradients are zero but for the one that would switch it on.
    assert worth[5] <= (0.5 * worth.median() if name == "gradient" else 1e-9)
    if name != "grasp":  # whose worth may be negative
        assert worth.argmin() == 5


def test_taylor_foretells_what_a_small_unit_takes_along() -> None:
    """First order holds for small units: compare with taking each one out."""
    module, groups = network()
    with torch.no_grad():
        module[4].weight *= 0.02
    group = groups[1]
    before = Passages(module).first_loss().item()
    worth = unit_worth("taylor", module, [group], Passages(module, 1))[group.name]
    real = []
    for unit in range(group.units):
        keep = {group.name: torch.arange(group.units) != unit}
        smaller = trim(module, groups, keep)
        real.append(Passages(smaller).first_loss().item() - before)
    # Rows and columns of a unit foretell the same change; as most of it is the
    # columns', of which tanh' knows little, compare the order.
    ranks = torch.stack([worth, torch.tensor(real).square()]).argsort().argsort()
    assert torch.corrcoef(ranks.float())[0, 1] > 0.8


def test_criteria_measure_what_their_papers_say() -> None:
    module, groups = network()
    rows = module[2].weight.detach()
    columns = module[4].weight.detach()
    found = {
        name: CRITERIA[name].importance(module, groups, Passages(module))["2 > 4"]
        for name in ("l1", "l2", "magnitude", "median", "activation", "synflow")
    }
    close = torch.testing.assert_close
    close(found["l1"], rows.abs().sum(1))
    close(found["l2"], rows.square().sum(1).sqrt())
    group = rows.square().sum(1) + columns.square().sum(0) + module[2].bias.square()
    close(found["magnitude"], group.detach())
    close(found["median"], (rows[:, None] - rows[None]).norm(dim=2).sum(1))
    generator = torch.Generator().manual_seed(2)
    inputs = torch.cat([torch.randn(300, 4, generator=generator) for _ in range(4)])
    close(found["activation"], module[:4](inputs).detach().abs().mean(0))
    # What flows in is what flows out: with ones going in, |bias| and all.
    into = module[0].weight.abs().sum(1) + module[0].bias.abs()
    through = (rows.abs() @ into + module[2].bias.abs()) * columns.abs().sum(0)
    close(found["synflow"].float(), (2 * through).detach())


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


def test_scaled_locally_every_layer_loses_the_same_share() -> None:
    module, groups = network()
    total = sum(p.numel() for p in module.parameters())
    worth = unit_worth("l2", module, groups, Passages(module), "local")
    keep = select(module.state_dict(), groups, worth, total // 2)
    shares = [keep[g.name].float().mean() for g in groups]
    assert abs(shares[0] - shares[1]) <= 1 / 12
    loudest = module[0].weight.detach().norm(dim=1).argsort()
    assert keep["0 > 2"][loudest].int().diff().sum() == 1, "not the largest stay"


def test_what_a_louder_sound_masks_is_worth_less() -> None:
    """Three units, each a sine: two are as soft, one of them beside the third."""
    seconds = torch.arange(4800) / 48000
    sines = [
        level * torch.sin(2 * torch.pi * hertz * seconds)
        for hertz, level in ((1000, 0.3), (1200, 0.001), (4000, 0.001))
    ]
    module = nn.Sequential(nn.Linear(1, 3), nn.ReLU(), nn.Linear(3, 4800))
    with torch.no_grad():
        module[0].weight.fill_(1)
        module[0].bias.zero_()
        module[2].weight.copy_(torch.stack(sines, 1))
        module[2].bias.zero_()
    heard = module(torch.ones(1, 1))
    worth = CRITERIA["audible"].importance(
        module,
        dependency_groups(module, torch.ones(1, 1)),
        [Passage(heard, heard, heard)],
    )["0 > 2"]
    assert worth[1] < 0.01 * worth[[0, 2]].min(), "a masked sine counts like another"
    assert worth[2] > 1, "a sine 40 dB above the threshold in quiet is not audible"


def test_random_signs_give_the_sum_of_squares() -> None:
    """Hutchinson's estimate against the derivative of every bin, one by one."""
    module, groups = network()
    (played,) = Passages(module, 1)
    passage = Passage(played.heard, played.heard.detach(), played.heard)
    repeated = [passage] * 40
    estimated = CRITERIA["audible"].importance(module, groups[1:], repeated)["2 > 4"]
    exact = torch.zeros(20)
    for unit in range(20):
        gates = torch.ones(2, 20)
        gates[:, unit] += torch.tensor([0.01, -0.01])
        ends = [gated(passage, module, gate) for gate in gates]
        for size in audible.FFT_SIZES:
            over, under = (audible._over_threshold(end, size) for end in ends)
            exact[unit] += ((over - under) / 0.02).square().sum().item()
    ratio = estimated / 40 / exact
    assert ratio.min() > 0.6
    assert ratio.max() < 1.5


def gated(passage: Passage, module: nn.Module, gates: Tensor) -> Passage:
    """What is heard when what the last layer reads is scaled."""
    generator = torch.Generator().manual_seed(2)
    hidden = module[:4](torch.randn(300, 4, generator=generator))
    with torch.no_grad():
        heard = module[4](hidden * gates).T
        return Passage(heard, passage.wanted, heard)


def test_information_is_that_of_normal_variables() -> None:
    random = np.random.default_rng(0)
    known = random.standard_normal((20000, 3))
    noise = random.standard_normal(20000)
    each = np.stack(
        [known[:, 0] + noise, noise, np.ones(20000), np.exp(known[:, 0] + noise)], 1
    )
    found = information.copula_information(each, known)
    half = 0.5 * np.log(2)  # half of the variance is known
    np.testing.assert_allclose(found, [half, 0, 0, half], atol=0.01)


def test_a_target_out_of_reach_is_said() -> None:
    module, groups = network()
    worth = {g.name: torch.rand(g.units) for g in groups}
    with pytest.raises(TombolaError, match="allow more rounds"):
        select(module.state_dict(), groups, worth, 10)
