"""Low rank: every matrix becomes a product of two thin ones."""

import torch
from torch import Tensor, nn

from tombola.errors import TombolaError
from tombola.training.reduction.methods.coded import (
    Code,
    CodedDecoder,
    matrices,
    train_coded,
)
from tombola.training.reduction.methods.task import Reduced, Task


def reduce(task: Task) -> Reduced:
    """Factor the recurrent and the dense matrices by their SVD, and train the factors.

    R. Prabhavalkar, O. Alsharif, A. Bruguier, I. McGraw: "On the Compression of
    Recurrent Neural Networks with an Application to LVCSR Acoustic Modeling for
    Embedded Speech Recognition", ICASSP 2016. Every rank is the same share of the one
    at which the factors are as large as their matrix.

    Raises:
        TombolaError: Even ranks of one are too much.
    """
    whole = task.whole
    weights = matrices(whole.model.decoder)
    biases = task.cost_of_dense.parameters - sum(w.numel() for w in weights.values())
    limit, share = task.parameters, 1000
    while share and _numbers(weights, share / 1000) + biases > limit:
        share -= 1
    if not share:
        raise TombolaError(
            f"low rank: {limit:,} parameters cannot be reached, because the "
            f"factors take at least {_numbers(weights, 0) + biases:,}; keep more"
        )
    codes = {name: _code(w, share / 1000) for name, w in weights.items()}
    coded = CodedDecoder(whole.model.decoder, codes)
    return train_coded(task, whole, coded, "low-rank")


class Factors(nn.Module):
    """A matrix [M, N] of rank R as [M, R] times [R, N]; a kernel is unfolded to one."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        self.shape = weight.shape
        left, values, right = torch.linalg.svd(weight.flatten(1), full_matrices=False)
        root = values[:rank].sqrt()
        self.left = nn.Parameter((left[:, :rank] * root).contiguous())
        self.right = nn.Parameter((root[:, None] * right[:rank]).contiguous())
        self.numbers = self.bytes = self.left.numel() + self.right.numel()

    def forward(self) -> Tensor:
        """Multiply."""
        return (self.left @ self.right).view(self.shape)


class Whole(nn.Module):
    """A matrix that its factors would not make smaller."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.clone())
        self.numbers = self.bytes = weight.numel()

    def forward(self) -> Tensor:
        """Give it as it is."""
        return self.weight


def _rank(weight: Tensor, share: float) -> int:
    return max(1, int(share * weight.numel() / sum(weight.flatten(1).shape)))


def _code(weight: Tensor, share: float) -> Code:
    rank = _rank(weight, share)
    if rank * sum(weight.flatten(1).shape) >= weight.numel():
        return Whole(weight)
    return Factors(weight, rank)


def _numbers(weights: dict[str, Tensor], share: float) -> int:
    sizes = [(w, sum(w.flatten(1).shape)) for w in weights.values()]
    return sum(min(w.numel(), _rank(w, share) * sides) for w, sides in sizes)
