"""RigL: single weights are masked, and the masks move while the network is trained.

The reference of what no unit is asked for: a masked matrix takes the memory and the
multiplications of a whole one on the module, which the figures say.
"""

import copy
import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from tombola.errors import TombolaError
from tombola.training.reduction.criteria.gradient import gradients
from tombola.training.reduction.lottery import Passages
from tombola.training.reduction.methods.coded import CodedDecoder, matrices
from tombola.training.reduction.methods.stages import cut_steps, train_in_stages
from tombola.training.reduction.methods.task import Reduced, Task
from tombola.training.train.checkpoint import Memory
from tombola.training.voices.voice import Model

_LAST_UPDATE = 0.75  # of the schedule, and ...
_FIRST_SHARE = 0.3  # ... of a mask's weights to move at first: the paper's values
_BATCHES = 4  # whose gradient says which weights are missing


def reduce(task: Task, *, updates: int = 12) -> Reduced:
    """Train the initial weights under masks: the smallest go, the most missed come.

    U. Evci, T. Gale, J. Menick, P. S. Castro, E. Elsen: "Rigging the Lottery: Making
    All Tickets Winners", ICML 2020, algorithm 1, with its Erdos-Renyi densities.

    Raises:
        TombolaError: Not even the biases may be left.
    """
    model = task.dense.load_model()
    initial = task.dense.load_model("initial").decoder
    weights = matrices(initial)
    biases = task.cost_of_dense.parameters - sum(w.numel() for w in weights.values())
    counts = densities(weights, task.parameters - biases)
    random = torch.Generator().manual_seed(task.dense.config.seed)
    codes = {n: Masked(w, counts[n], random) for n, w in weights.items()}
    coded = CodedDecoder(initial, codes)
    model.decoder = coded
    schedule = task.dense.config
    last = int(_LAST_UPDATE * schedule.steps)

    def move(number: int, step: int, memory: Memory) -> Memory:
        share = 0.5 * _FIRST_SHARE * (1.0 + math.cos(math.pi * step / last))
        missed = _missed(task, model, coded, f"update {number}")
        for index, (name, code) in enumerate(codes.items()):
            new = code.move(share, missed[name])
            _forget(memory, f"decoder.codes.{index}.weight", new)
        return memory

    train_in_stages(task, model, [0, *cut_steps(0, last, updates)], "rigl", move)
    numbers, size = coded.cost()
    model.decoder = coded.plain()
    return Reduced(model, numbers, size, schedule.steps)


class Masked(nn.Module):
    """A matrix of which `count` weights, at first any ones, are not zero."""

    def __init__(self, weight: Tensor, count: int, random: torch.Generator) -> None:
        super().__init__()
        chosen = torch.randperm(weight.numel(), generator=random)[:count]
        mask = torch.zeros(weight.numel()).index_fill(0, chosen, 1.0)
        self.register_buffer("mask", mask.view_as(weight))
        self.weight = nn.Parameter(weight * self.mask)
        self.numbers = count
        self.bytes = weight.numel()

    mask: Tensor

    def forward(self) -> Tensor:
        """Mask; what is masked is given no gradient."""
        return self.weight * self.mask

    @torch.no_grad()
    def move(self, share: float, missed: Tensor) -> Tensor:
        """Let a share of the weights go, and others come, which begin at zero.

        Args:
            share: 0..1, of the weights that are not masked; the smallest ones go.
            missed: The gradient at all weights; those with the largest one come.

        Returns:
            Where weights came, bool like the matrix.
        """
        there = self.mask.flatten() > 0
        count = min(int(share * self.numbers), there.numel() - self.numbers)
        size = self.weight.flatten().abs().masked_fill(~there, torch.inf)
        pull = missed.flatten().abs().masked_fill(there, -torch.inf)
        new = torch.zeros_like(there)
        new[pull.topk(count).indices] = True
        there[size.topk(count, largest=False).indices] = False
        self.mask.copy_((there | new).view_as(self.mask))
        self.weight.mul_(self.mask)
        came = new.view_as(self.mask)
        self.weight[came] = 0.0
        return came


def densities(weights: Mapping[str, Tensor], limit: int) -> dict[str, int]:
    """How many weights of each matrix stay, at most `limit` together.

    Erdos-Renyi (Mocanu et al. 2018): a matrix [M, N, ...] keeps a share in proportion
    to the sum of its sides over their product, and at most all.

    Raises:
        TombolaError: That leaves nothing.
    """
    if limit < len(weights):
        raise TombolaError(
            f"rigl: {limit:,} weights are left beside the biases, at least "
            f"{len(weights)} are needed; keep more"
        )

    def counts(scale: float) -> dict[str, int]:
        sides = {name: sum(w.shape) for name, w in weights.items()}
        return {n: min(w.numel(), int(scale * sides[n])) for n, w in weights.items()}

    low, high = 0.0, float(max(w.numel() for w in weights.values()))
    for _ in range(50):
        middle = (low + high) / 2
        if sum(counts(middle).values()) <= limit:
            low = middle
        else:
            high = middle
    return counts(low)


def _missed(
    task: Task, model: Model, coded: CodedDecoder, label: str
) -> dict[str, Tensor]:
    """The gradient at every weight, masked ones too, summed over a few batches."""
    plain = copy.deepcopy(model)
    plain.decoder = coded.plain()
    passages = Passages(task.corpus, plain, task.dense.config, _BATCHES, label)
    total = {name: torch.zeros_like(p) for name, p in plain.decoder.named_parameters()}
    for gradient in gradients(plain.decoder, passages):
        for name, value in gradient.items():
            total[name] += value
    return total


def _forget(memory: Memory, name: str, where: Tensor) -> None:
    """Let Adam know nothing of weights that came."""
    for moment in memory.moments.values():
        moment[name][where] = 0.0
