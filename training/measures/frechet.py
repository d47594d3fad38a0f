"""Frechet distance between two sets of sounds, each a cloud of embeddings."""

import numpy as np
import torch
from numpy.typing import NDArray

from tombola.errors import TombolaError
from tombola.training.corpus.corpus import TIMBRE_BANDS, Floats
from tombola.training.voices.encoder import TimbreEncoder

Cloud = NDArray[np.float64]

STRETCH = 25  # frames, 100 ms: an attack is one stretch, a held note many


def frechet_distance(first: Cloud, second: Cloud) -> float:
    """Squared distance of two normal distributions, fitted to [N, D] and [M, D].

    K. Kilgour, M. Zuluaga, D. Roblek, M. Sharifi: "Frechet Audio Distance: A
    Reference-Free Metric for Evaluating Music Enhancement Algorithms", Interspeech
    2019. 0 for the same cloud; the unit is the embedding's, squared.

    Raises:
        TombolaError: There are too few points for a covariance.
    """
    for cloud in (first, second):
        if len(cloud) < 2:
            raise TombolaError(
                f"the Frechet distance needs at least 2 points, here is {len(cloud)}; "
                "hold out more or longer sounds"
            )
    apart = first.mean(0) - second.mean(0)
    one, other = (np.atleast_2d(np.cov(c, rowvar=False)) for c in (first, second))
    # The trace of a root is the sum of the eigenvalues' roots; these are real and not
    # negative up to rounding, because both factors are covariances.
    values = np.linalg.eigvals(one @ other).real
    mixed = np.sqrt(values.clip(min=0.0)).sum()
    distance = float(apart @ apart + np.trace(one) + np.trace(other) - 2.0 * mixed)
    return max(0.0, distance)


def log_mel_cloud(timbres: list[Floats]) -> Cloud:
    """Each stretch of each sound [T, 40]: its bands' means and deviations, in dB."""
    return _stretches(timbres).double().numpy()


def encoder_cloud(encoder: TimbreEncoder, timbres: list[Floats]) -> Cloud:
    """The same stretches as the hidden layer of the dense run's encoder hears them.

    It was trained on these sounds to lay them out, and is not changed by any reduction.
    """
    descriptors = _stretches(timbres)
    with torch.no_grad():
        hidden = encoder.layers[:2]((descriptors - encoder.mean) / encoder.scale)
    cloud: Cloud = hidden.double().numpy()
    return cloud


def _stretches(timbres: list[Floats]) -> torch.Tensor:
    """[N, 80], the descriptors that `voices.encoder.describe` gives."""
    described = []
    for timbre in timbres:
        count = len(timbre) // STRETCH
        if not count:
            continue
        parts = torch.tensor(timbre[: count * STRETCH])
        parts = parts.view(count, STRETCH, TIMBRE_BANDS)
        shape = parts - parts.mean(-1, keepdim=True)
        described.append(torch.cat([shape.mean(1), shape.std(1, correction=0)], 1))
    return torch.cat(described) if described else torch.empty(0, 2 * TIMBRE_BANDS)
