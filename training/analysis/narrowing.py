"""How a network plays with fewer of its units, as with TICKET turned down."""

import copy

import torch

from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.lottery import ReduceConfig, rank
from tombola.training.reduction.methods.nested import WIDTHS, at_width
from tombola.training.reduction.ticket import most_important_first
from tombola.training.train.config import TrainConfig
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


def by_worth(corpus: Corpus, model: Model, training: TrainConfig) -> Model:
    """The same network with its units in order, as `tombola reduce` leaves a ticket."""
    worth = rank(corpus, model, training, ReduceConfig(), "order the units")
    ordered = copy.deepcopy(model)
    ordered.decoder = most_important_first(model.decoder, worth)
    return ordered
