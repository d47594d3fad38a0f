"""One network that plays at many widths, the narrow ones inside of the whole one."""

import copy
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.graph import Group
from tombola.training.reduction.lottery import (
    ReduceConfig,
    decoder_groups,
    rank,
    retrain,
)
from tombola.training.reduction.trim import reorder, survivors, trim
from tombola.training.train.config import TrainConfig
from tombola.training.train.loop import passage
from tombola.training.voices.segments import Segments
from tombola.training.voices.stand_in import StandIn
from tombola.training.voices.voice import Decoder, Model

WIDTHS = (0.75, 0.5, 0.25)  # one of them a step, in turn, beside the whole
_LANES = 4  # the module leaves units out by so many


def by_worth(
    corpus: Corpus, model: Model, training: TrainConfig, config: ReduceConfig
) -> Model:
    """The same network with every layer's units in order, those of most worth first.

    The module can then leave the last ones out while it plays (TICKET).
    """
    worth = rank(corpus, model, training, config, "order the units")
    ordered = copy.deepcopy(model)
    ordered.decoder = most_important_first(model.decoder, worth)
    return ordered


def most_important_first(decoder: Decoder, worth: Mapping[str, Tensor]) -> Decoder:
    """Order every layer's units, so that the last ones can be left out first."""
    order = {name: value.argsort(descending=True) for name, value in worth.items()}
    return reorder(decoder, decoder_groups(decoder), order)


def nest(
    corpus: Corpus, model: Model, schedule: TrainConfig, folder: Path
) -> tuple[float, int]:
    """Train the first units of each layer to play alone too, from the rewind step on.

    Made for the module's TICKET, which leaves the last units of each layer out: J. Yu,
    L. Yang, N. Xu, J. Yang, T. Huang: "Slimmable Neural Networks", ICLR 2019, with the
    nesting of A. Kusupati et al.: "Matryoshka Representation Learning", NeurIPS 2022.

    Returns:
        The held-out loss of the whole network, and how many steps that took.
    """
    start = schedule.rewind_step
    loss = retrain(corpus, model, schedule, folder, "nested", start, nested_objective)
    return loss, schedule.steps - start


def nested_objective(
    model: Model, segments: Segments, config: TrainConfig, step: int
) -> Tensor:
    """The loss of the whole network and that of a narrow one inside of it."""
    whole = passage(model, segments, config, step).loss
    decoder = model.decoder
    try:
        model.decoder = Narrowed(decoder, WIDTHS[step % len(WIDTHS)])
        return whole + passage(model, segments, config, step).loss
    finally:
        model.decoder = decoder


class Narrowed(StandIn):
    """The first units of each layer of a decoder, the others masked.

    A masked unit's activation is zero, as long as zero in gives zero out: ReLU, tanh
    and a GRU that begins at rest.
    """

    def __init__(self, original: Decoder, share: float) -> None:
        super().__init__(original)
        weights = dict(original.named_parameters())
        groups = decoder_groups(original)
        stays = survivors(weights, groups, first_units(groups, share))
        self._masks = {name: torch.ones_like(w) for name, w in weights.items()}
        for (name, dim), units in stays.items():
            shape = [1] * weights[name].ndim
            shape[dim] = -1
            self._masks[name] *= units.view(shape)

    def forward(self, *inputs: Tensor) -> Any:
        """Run as the original does, without the units that are left out."""
        weights = dict(self.original.named_parameters())
        masked = {name: w * self._masks[name] for name, w in weights.items()}
        return functional_call(self.original, masked, inputs)


def at_width(decoder: Decoder, share: float) -> Decoder:
    """What the module plays of a decoder when TICKET leaves a share of its units."""
    groups = decoder_groups(decoder)
    return trim(decoder, groups, first_units(groups, share))


def first_units(groups: Sequence[Group], share: float) -> dict[str, Tensor]:
    """Which units stay: the first fours of each group, at least one four."""
    return {g.name: torch.arange(g.units) < _width(share, g.units) for g in groups}


def _width(share: float, units: int) -> int:
    fours = math.floor(share * math.ceil(units / _LANES) + 0.5)
    return min(units, max(_LANES, _LANES * fours))
