"""What the layers know of the sound that comes out."""

from tombola.training.analysis.similarity import layer_of, unit_activity
from tombola.training.corpus.corpus import Corpus
from tombola.training.reduction.criteria.information import copula_information
from tombola.training.train.config import TrainConfig
from tombola.training.voices.voice import Model


def layer_information(
    corpus: Corpus, model: Model, training: TrainConfig
) -> dict[str, float]:
    """Mutual information of a unit with the output, in nats: a layer's mean.

    Estimated as the criterion of the name does, which says by whom.
    """
    found, output = unit_activity(corpus, model, training)
    return {
        layer_of(name): float(copula_information(values, output).mean())
        for name, values in found.items()
    }
