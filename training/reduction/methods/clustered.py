"""Clustered: the weights of a matrix share a few values."""

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

_ROUNDS = 30  # of k-means; it moves no more after some ten


def reduce(task: Task) -> Reduced:
    """Find each matrix's values by k-means, and train the values.

    S. Han, H. Mao, W. J. Dally: "Deep Compression: Compressing Deep Neural Networks
    with Pruning, Trained Quantization and Huffman Coding", ICLR 2016, its second stage.
    As many bits a weight as the share of the bytes allows.

    Raises:
        TombolaError: Not even two values a matrix are allowed.
    """
    bits = bits_allowed(task.keep)
    whole = task.whole
    weights = matrices(whole.model.decoder)
    codes: dict[str, Code] = {
        name: Clustered(weight, bits) for name, weight in weights.items()
    }
    coded = CodedDecoder(whole.model.decoder, codes)
    return train_coded(task, whole, coded, f"clustered-{bits}")


def bits_allowed(keep: float, least: int = 1) -> int:
    """How many of a weight's eight bits a share of the bytes leaves.

    Raises:
        TombolaError: Fewer than `least`.
    """
    bits = int(8 * keep + 1e-9)
    if bits < least:
        raise TombolaError(
            f"{keep} of 8 bits leaves {8 * keep:.2g} a weight, at least {least} is "
            "needed; keep more, or take units out"
        )
    return bits


class Clustered(nn.Module):
    """A matrix as numbers of `bits` bits into a list of values."""

    def __init__(self, weight: Tensor, bits: int) -> None:
        super().__init__()
        values, index = k_means(weight.flatten(), 2**bits)
        self.values = nn.Parameter(values)
        self.register_buffer("index", index.view(weight.shape))
        self.numbers = len(values) + weight.numel()
        self.bytes = 4 * len(values) + -(-bits * weight.numel() // 8)

    index: Tensor

    def forward(self) -> Tensor:
        """Look the values up."""
        return self.values[self.index]


def k_means(points: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """At most `count` values for points [N], and the nearest one's number for each.

    It begins with evenly spaced values: large weights, few as they are, get some too.
    """
    values = torch.linspace(float(points.min()), float(points.max()), count)
    for _ in range(_ROUNDS):
        edges = (values[1:] + values[:-1]) / 2
        index = torch.bucketize(points, edges)
        sizes = torch.bincount(index, minlength=count)
        sums = torch.bincount(index, points.double(), minlength=count)
        values = torch.where(sizes > 0, (sums / sizes.clamp(min=1)).float(), values)
    return values, torch.bucketize(points, (values[1:] + values[:-1]) / 2)
