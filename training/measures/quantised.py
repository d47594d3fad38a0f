"""Judges a network as it is exported: by what its .tflite plays."""

import copy

from tombola.training.corpus.corpus import Corpus
from tombola.training.export.run import EXPORTERS, export_model
from tombola.training.measures.judge import clip_losses
from tombola.training.voices.voice import Model


def quantised_clip_losses(model: Model, corpus: Corpus) -> list[float]:
    """What `clip_losses` gives, with the decoder quantised and run as a .tflite.

    On the reference interpreter, whose bits are the module's; encoder and DSP stay
    torch's. Some ten seconds for a small network, a minute for a million weights.

    Raises:
        TombolaError: The network cannot be exported.
    """
    content = export_model(model, corpus, "judged", seed=0).content
    played = copy.deepcopy(model)
    played.decoder = EXPORTERS[model.voice].quantised(model.decoder, content)
    return clip_losses(played, corpus)
