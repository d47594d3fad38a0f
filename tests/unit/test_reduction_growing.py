"""What takes units away, or moves masks, while a network is being trained."""

import pytest
import torch

from tombola.errors import TombolaError
from tombola.training.reduction.lottery import decoder_groups
from tombola.training.reduction.methods.gradual import left, trim_memory
from tombola.training.reduction.methods.rigl import Masked, densities
from tombola.training.reduction.methods.stages import cut_steps
from tombola.training.reduction.trim import trim
from tombola.training.train.checkpoint import Memory
from tombola.training.voices.tone import ToneDecoder, ToneWidths


def test_the_cuts_go_along_the_papers_cube() -> None:
    assert cut_steps(10, 90, 4) == [30, 50, 70, 90]
    assert [left(0.1, way) for way in (0.0, 1.0)] == [1.0, pytest.approx(0.1)]
    # Equation 1 at half of the way: 0.9 - 0.9 (1 - 0.5)^3 is gone.
    assert left(0.1, 0.5) == pytest.approx(1 - (0.9 - 0.9 * 0.125))


def test_what_adam_knows_is_cut_as_the_units_are() -> None:
    torch.manual_seed(0)
    decoder = ToneDecoder(ToneWidths(5, 6, 7))
    groups = decoder_groups(decoder)
    keep = {g.name: torch.arange(g.units) % 3 != 1 for g in groups}
    # Its moments are the weights themselves, so they have to come out as these do.
    weights = {f"decoder.{n}": p.detach() for n, p in decoder.named_parameters()}
    memory = trim_memory(Memory(3, {"exp_avg": weights}), groups, keep)
    smaller = dict(trim(decoder, groups, keep).named_parameters())
    assert memory.steps == 3
    assert memory.moments["exp_avg"].keys() == {f"decoder.{n}" for n in smaller}
    for name, weight in smaller.items():
        assert torch.equal(memory.moments["exp_avg"][f"decoder.{name}"], weight)


def test_the_smallest_go_and_the_most_missed_come_at_zero() -> None:
    code = Masked(torch.ones(2, 4), 4, torch.Generator().manual_seed(0))
    code.mask.copy_(torch.tensor([[1.0, 1, 1, 1], [0, 0, 0, 0]]))
    with torch.no_grad():
        code.weight.copy_(torch.tensor([[0.1, -3.0, 2.0, -0.2], [0, 0, 0, 0]]))
    missed = torch.tensor([[9.0, 9, 9, 9], [0, -5, 1, 3]])
    came = code.move(0.5, missed)
    assert came.nonzero().tolist() == [[1, 1], [1, 3]]
    assert torch.equal(code(), torch.tensor([[0, -3.0, 2, 0], [0, 0, 0, 0]]))
    assert code.mask.tolist() == [[0, 1, 1, 0], [0, 1, 0, 1]]
    code().sum().backward()
    assert torch.equal(code.weight.grad, code.mask)
    assert (code.numbers, code.bytes) == (4, 8)


def test_a_mask_moves_no_more_than_there_is_room_for() -> None:
    code = Masked(torch.ones(2, 2), 3, torch.Generator().manual_seed(0))
    code.move(1.0, torch.ones(2, 2))
    assert code.mask.sum() == 3


def test_small_matrices_stay_denser() -> None:
    weights = {"wide": torch.zeros(60, 90), "narrow": torch.zeros(10, 4)}
    counts = densities(weights, 500)
    assert 495 <= sum(counts.values()) <= 500
    assert counts["narrow"] == 40
    assert densities(weights, 10**6) == {"wide": 5400, "narrow": 40}
    with pytest.raises(TombolaError, match="1 weights are left beside the biases"):
        densities(weights, 1)
