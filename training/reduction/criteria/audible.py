"""Audible: what a unit contributes to the sound, as far as the ear can hear it.

Made for generative audio, and Tombola's own. The other criteria ask the loss, which
does not move where the network already plays what it should, and weighs a change that a
louder partial hides like one that stands alone. This one asks the sound. Gate g of a
unit scales what its readers read; A[k, t] is the magnitude of the sound's spectrum, at
several FFT sizes, of what the DSP makes of the network's output. To first order the
unit's going changes it by dA / dg, and

    worth = mean over bands b and frames t of  sum over k in b of (dA[k, t] / dg)^2
                                               ------------------------------------
                                                              M[b, t]

is that change's noise-to-mask ratio (K. Brandenburg: "Evaluation of quality for audio
encoding at low bit rates", AES Convention 82, 1987), M being the masking threshold of
the recording.

The squares would want a derivative of every bin. A sum of bins with random signs,
L = sum +-A[k, t] / sqrt(M), has one, and the mean of (dL / dg)^2 over signs is the sum
of squares (M. F. Hutchinson: "A stochastic estimator of the trace of the influence
matrix for Laplacian smoothing splines", Communications in Statistics, 1990).
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from tombola.training.reduction.criteria.masking import BANDS, bands, thresholds
from tombola.training.reduction.graph import Group, unit_sums
from tombola.training.train.loss import Passage, power

FFT_SIZES = (2048, 512)  # 43 ms for partials, 11 ms for attacks
DRAWS = 4  # of signs, for every passage


def importance(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Noise-to-mask ratio of a unit's contribution, summed over passages."""
    parameters = dict(network.named_parameters())
    readers = [_readers(group) for group in groups]
    generator = torch.Generator().manual_seed(0)
    scores = {group.name: torch.zeros(group.units) for group in groups}
    for passage in passages:
        weighted = [_over_threshold(passage, size) for size in FFT_SIZES]
        for _ in range(DRAWS):
            total = torch.stack([_signed(w, generator) for w in weighted]).sum()
            found = torch.autograd.grad(
                total, list(parameters.values()), retain_graph=True, allow_unused=True
            )
            change = {
                name: torch.zeros_like(w) if slope is None else w.detach() * slope
                for (name, w), slope in zip(parameters.items(), found, strict=True)
            }
            for group in readers:
                scores[group.name] += unit_sums(group, change) ** 2 / DRAWS
    return scores


def _over_threshold(passage: Passage, size: int) -> Tensor:
    """Magnitudes over the root of their band's threshold: [B, bins, frames].

    Scaled so that the sum of squared changes is a mean over bands and frames.
    """
    magnitude = power(passage.heard, size).sqrt()
    with torch.no_grad():
        in_bands = power(passage.wanted, size).mT @ bands(size)
        threshold = (thresholds(in_bands) @ bands(size).T).mT
        frames = magnitude.shape[0] * magnitude.shape[2]
    return magnitude / (threshold * frames * BANDS).sqrt()


def _signed(values: Tensor, generator: torch.Generator) -> Tensor:
    signs = torch.randint(0, 2, values.shape, generator=generator) * 2 - 1
    return (values * signs).sum()


def _readers(group: Group) -> Group:
    """The group with only the columns that read its units: all that a gate scales."""
    return Group(group.name, tuple(part for part in group.slices if part.dim == 1))
