"""How much worse a network gets when its weights are off."""

import copy

import numpy as np
import torch

from tombola.training.corpus.corpus import Corpus
from tombola.training.train.loop import evaluate
from tombola.training.voices.voice import Model

SIZES = (0.03, 0.1, 0.3, 1.0)
DRAWS = 3


def perturbed(model: Model, size: float, seed: int) -> Model:
    """A copy whose decoder's weights are off by `size` of their row's root mean square.

    Row by row, as H. Li, Z. Xu, G. Taylor, C. Studer, T. Goldstein: "Visualizing the
    Loss Landscape of Neural Nets", NeurIPS 2018, scale a direction filter by filter, so
    that layers of other scales, and networks of other widths, compare. A row is what
    makes a channel, in a transposed convolution what reads one. Biases stay.
    """
    off = copy.deepcopy(model)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in off.decoder.parameters():
            if weight.ndim > 1:
                row = tuple(range(1, weight.ndim))
                scale = weight.square().mean(row, keepdim=True).sqrt()
                noise = torch.randn(weight.shape, generator=random)
                weight.add_(size * scale * noise)
    return off


def losses_off(corpus: Corpus, model: Model) -> dict[float, float]:
    """Size of the perturbation -> held-out loss; 0: as it is."""
    torch.set_num_threads(1)
    found = {0.0: evaluate(corpus, model)}
    for size in SIZES:
        found[size] = loss_off(corpus, model, size)
    return found


def loss_off(corpus: Corpus, model: Model, size: float) -> float:
    """Held-out loss with the weights off by `size`, a mean of three draws."""
    draws = [evaluate(corpus, perturbed(model, size, n)) for n in range(DRAWS)]
    return float(np.mean(draws))
