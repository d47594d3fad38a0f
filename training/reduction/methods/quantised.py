"""Quantised: training that feels the rounding of the weights."""

import torch
from torch import Tensor, nn

from tombola.training.reduction.methods.clustered import bits_allowed
from tombola.training.reduction.methods.coded import Code, matrices, train_coded
from tombola.training.reduction.methods.task import Reduced, Task


def reduce(task: Task) -> Reduced:
    """Train on with weights rounded in the forward pass, and not in the backward one.

    B. Jacob et al.: "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", CVPR 2018, with a scale for each row as the
    export has; of the weights alone, for the activations are of 16 bits.
    """
    bits = bits_allowed(task.keep, least=2)
    weights = matrices(task.dense.load_model().decoder)
    codes: dict[str, Code] = {
        name: Rounded(weight, bits) for name, weight in weights.items()
    }
    return train_coded(task, codes, f"quantised-{bits}")


class Rounded(nn.Module):
    """A matrix rounded to integers of `bits` bits times a scale for each row."""

    def __init__(self, weight: Tensor, bits: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.clone())
        self.bits = bits
        self.numbers = weight.numel()
        self.bytes = -(-bits * weight.numel() // 8) + 4 * len(weight)

    def forward(self) -> Tensor:
        """Round; the gradient passes straight through (Bengio et al. 2013)."""
        return self.weight + (rounded(self.weight, self.bits) - self.weight).detach()


def rounded(weight: Tensor, bits: int) -> Tensor:
    """The nearest of 2^bits - 1 multiples of each row's scale, zero among them."""
    most = 2 ** (bits - 1) - 1
    scale = weight.detach().abs().amax(1, keepdim=True).clamp(min=1e-12) / most
    nearest: Tensor = torch.round(weight / scale).clamp(-most, most) * scale
    return nearest
