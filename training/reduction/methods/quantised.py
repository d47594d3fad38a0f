"""Quantised: training that feels the rounding of weights, and of activations."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from tombola.errors import TombolaError
from tombola.training.reduction.methods import rounds
from tombola.training.reduction.methods.clustered import bits_allowed
from tombola.training.reduction.methods.coded import (
    Code,
    CodedDecoder,
    matrices,
    train_coded,
)
from tombola.training.reduction.methods.rounding import RoundedDecoder
from tombola.training.reduction.methods.task import Reduced, Task


def reduce(
    task: Task, *, bits: int | None = None, activations: int | None = None
) -> Reduced:
    """Train on with values rounded in the forward pass, and not in the backward one.

    B. Jacob et al.: "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", CVPR 2018, with a scale for each row of the
    weights as the export has.

    Args:
        task: What to reduce.
        bits: Of a weight, 2..8; what of the share of the bytes is left then goes by
            units first, in rounds with the rate rewound. None is as many bits as the
            share allows with all units.
        activations: Bits of the activations, 8 or 16; None leaves them as they are.

    Raises:
        TombolaError: There are no such bits, or the share cannot be reached with them.
    """
    if activations not in (None, 8, 16):
        raise TombolaError(
            f"quantised: activations of {activations} bits cannot be exported; choose "
            "8 or 16"
        )
    if bits is None:
        bits, start = bits_allowed(task.keep, least=2), task.whole
    elif 2 <= bits <= 8:
        share = task.keep * 8 / bits
        start = rounds.reduce(replace(task, keep=share), rewind="rate")
    else:
        raise TombolaError(f"quantised: weights have {bits} bits; choose 2 to 8")
    decoder = start.model.decoder
    codes: dict[str, Code] = {
        name: Rounded(weight, bits) for name, weight in matrices(decoder).items()
    }
    coded = (
        CodedDecoder(decoder, codes)
        if activations is None
        else RoundedDecoder(decoder, codes, activations)
    )
    return train_coded(task, start, coded, f"quantised-{bits}-{activations}")


class Rounded(nn.Module):
    """A matrix rounded to integers of `bits` bits times a scale for each row."""

    def __init__(self, weight: Tensor, bits: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.clone())
        self.bits = bits
        self.numbers = weight.numel()
        # As everywhere, the rows' scales are not counted.
        self.bytes = -(-bits * weight.numel() // 8)

    def forward(self) -> Tensor:
        """Round; the gradient passes straight through (Bengio et al. 2013)."""
        return self.weight + (rounded(self.weight, self.bits) - self.weight).detach()


def rounded(weight: Tensor, bits: int) -> Tensor:
    """The nearest of 2^bits - 1 multiples of each row's scale, zero among them."""
    most = 2 ** (bits - 1) - 1
    across = tuple(range(1, weight.ndim))
    scale = weight.detach().abs().amax(across, keepdim=True).clamp(min=1e-12) / most
    nearest: Tensor = torch.round(weight / scale).clamp(-most, most) * scale
    return nearest
