"""Paths: in how many ways the output can hear the input."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tombola.training.reduction.criteria.synflow import flow


@dataclass(frozen=True)
class Paths:
    """Ways from an input to an output, each a chain of weights; powers of ten.

    Attributes:
        count: Those whose weights are not zero; None if there is no way.
        effective: How many equal ones would share the flow as unevenly.
    """

    count: float | None
    effective: float | None


def paths(network: nn.Module, *example: Tensor) -> Paths:
    """Count a network's paths through two frames, and those that carry what flows.

    H. Pham, T. A. Ta, S. Liu, L. Xiang, D. D. Le, H. Wen, L. Tran-Thanh: "Towards Data-
    Agnostic Pruning At Initialization: What Makes a Good Sparse Mask?", NeurIPS 2023:
    a pass of ones through the network with its weights' mask counts the paths. With
    |w| for the mask it is SynFlow's flow, the sum over paths of their weights'
    products; with w^2 the sum of the products' squares (B. Neyshabur, R. Tomioka, N.
    Srebro: "Norm-Based Capacity Control in Neural Networks", COLT 2015). The square of
    the first to the second is the number of equal paths that would have both.

    Biases begin no path. A GRU's gates are three ways into its state. `example` has
    the shapes of what the network is called with; what a convolution remembers of
    frames before counts as an input.
    """

    def flows(weigh: Callable[[Tensor], Tensor]) -> float:
        plain = copy.deepcopy(network).double()
        with torch.no_grad():
            for parameter in plain.parameters():
                weighed = weigh(parameter) if parameter.ndim > 1 else 0.0 * parameter
                parameter.copy_(weighed)
            ones = (torch.ones(value.shape, dtype=torch.double) for value in example)
            return float(flow(plain, *ones))

    count, total, squares = (
        flows(weigh) for weigh in (lambda w: (w != 0).double(), torch.abs, torch.square)
    )
    if total == 0:
        return Paths(None, None)
    effective = 2 * math.log10(total) - math.log10(squares)
    return Paths(math.log10(count), effective)
