"""How a network plays with fewer of its units, as with TICKET turned down."""

import copy

import torch

from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.nesting import WIDTHS, at_width
from tombola.training.train.loop import evaluate
from tombola.training.voices.voice import Model


def losses_narrowed(corpus: Corpus, model: Model) -> dict[float, float]:
    """Share of each layer's units, the first ones -> held-out loss; 1: all of them."""
    torch.set_num_threads(1)
    found = {1.0: evaluate(corpus, model)}
    for share in WIDTHS:
        narrow = copy.deepcopy(model)
        narrow.decoder = at_width(model.decoder, share)
        found[share] = evaluate(corpus, narrow)
    return found
