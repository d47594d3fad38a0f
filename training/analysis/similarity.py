"""How alike two networks' layers are, whatever the order and number of their units."""

import numpy as np
import torch
from numpy.typing import NDArray

from tombola.errors import TombolaError
from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.criteria.activation import activations
from tombola.training.reduction.lottery import Passages, decoder_groups
from tombola.training.train.config import TrainConfig
from tombola.training.voices.voice import Model

Activity = NDArray[np.float64]

PASSAGES = 8


def linear_cka(first: Activity, second: Activity) -> float:
    """Centred kernel alignment of activations [N, U] and [N, V]: 0..1.

    S. Kornblith, M. Norouzi, H. Lee, G. Hinton: "Similarity of Neural Network
    Representations Revisited", ICML 2019. 1 where one is the other turned, mirrored and
    scaled.

    Raises:
        TombolaError: One of them never changes, so that there is nothing to compare.
    """
    x, y = (values - values.mean(0) for values in (first, second))
    scale = np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    if scale == 0:
        raise TombolaError(
            "a layer's activations never change, so it is like no other; is the "
            "network trained?"
        )
    return float(np.linalg.norm(x.T @ y) ** 2 / scale)


def layer_similarities(
    corpus: Corpus, first: Model, second: Model, training: TrainConfig
) -> dict[str, float]:
    """CKA of each layer of two decoders of any widths, and of their amplitudes.

    Both play the same data, which no training came to.
    """
    heard = [_by_layer(corpus, model, training) for model in (first, second)]
    return {name: linear_cka(heard[0][name], heard[1][name]) for name in heard[0]}


def unit_activity(
    corpus: Corpus, model: Model, training: TrainConfig
) -> tuple[dict[str, Activity], Activity]:
    """What a decoder's units do, by group [N, U], and its output [N, F], in N frames.

    The frames are the same for networks of one corpus and training configuration, and
    no training came to them.
    """
    torch.set_num_threads(1)
    groups = decoder_groups(model.decoder)
    passages = Passages(corpus, model, training, PASSAGES, "listen")
    found, output = activations(model.decoder, groups, passages)
    return {n: v.double().numpy() for n, v in found.items()}, output.double().numpy()


def layer_of(group: str) -> str:
    """The layer that makes the units of a group, of its name."""
    return group.partition(" ")[0]


def _by_layer(
    corpus: Corpus, model: Model, training: TrainConfig
) -> dict[str, Activity]:
    found, output = unit_activity(corpus, model, training)
    return {**{layer_of(n): v for n, v in found.items()}, "amplitudes": output}
