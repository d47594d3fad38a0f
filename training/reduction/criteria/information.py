"""Mutual information: what a unit knows of the sound that comes out."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata
from torch import Tensor, nn

from tombola.errors import TombolaError
from tombola.training.reduction.criteria.activation import activations
from tombola.training.reduction.graph import Group
from tombola.training.train.loss import Passage

# Keeps the logarithm finite where a unit is a function of the output: 7 nats.
_NOISE = 1e-6


def importance(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Mutual information of a unit's activation with the network's output, in nats.

    The criterion is of P. Esling, T. Bazin, A. Bitton, T. Carsault, N. Devis:
    "Ultra-light deep MIR by trimming lottery tickets", ISMIR 2020; there the output is
    a class. For real outputs it is estimated with a Gaussian copula: R. A. A. Ince et
    al.: "A statistical framework for neuroimaging data analysis based on mutual
    information estimated via a Gaussian copula", Human Brain Mapping 2017.
    """
    found, output = activations(network, groups, passages)
    known = output.double().numpy()
    return {
        name: torch.from_numpy(copula_information(values.double().numpy(), known))
        for name, values in found.items()
    }


def copula_information(
    each: NDArray[np.float64], known: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mutual information of each column of [N, U] with all of [N, F]: [U] nats.

    Every column's ranks become normal quantiles; the information of normal variables
    is -log(1 - R^2) / 2, with R^2 adjusted for as many regressors as there are.

    Raises:
        TombolaError: N is too small to tell.
    """
    N, F = known.shape
    if N < 2 * F:
        raise TombolaError(
            f"the information of {F} outputs cannot be told from {N} frames; rank by "
            f"at least {2 * F} frames, with more batches"
        )
    unit, target = _normal(each), _normal(known)
    explained = target @ np.linalg.lstsq(target, unit, rcond=None)[0]
    total = np.square(unit).sum(0)
    shared = np.divide(
        np.square(explained).sum(0), total, out=np.zeros_like(total), where=total > 0
    )
    unexplained = np.clip((1.0 - shared) * (N - 1) / (N - F - 1), _NOISE, 1.0)
    information: NDArray[np.float64] = -0.5 * np.log(unexplained)
    return information


def _normal(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns' ranks as quantiles of the normal distribution; constant ones as 0."""
    ranks = rankdata(values, axis=0) / (len(values) + 1)
    quantiles: NDArray[np.float64] = ndtri(ranks)
    quantiles -= quantiles.mean(0)
    return quantiles
