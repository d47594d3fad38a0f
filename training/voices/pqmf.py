"""A bank of bands that add up to one sound: cosine-modulated, nearly perfect.

Nguyen 1994, "Near-Perfect-Reconstruction Pseudo-QMF Banks", section II: M filters are
one low-pass, moved up to each band by a cosine whose phase lets the aliasing of
neighbours cancel. The low-pass is a windowed sinc (Lin and Vaidyanathan 1998, "A
Kaiser Window Approach for the Design of Prototype Filters of Cosine Modulated
Filterbanks"): `cutoff` is where the power of a band and of its neighbour add up to one.
Taken apart by these filters, reversed in time, and put together again, a sound comes
back with an error of -63 dB (tests/unit/test_texture_torch.py).
"""

import functools
import math

import numpy as np
import torch
from torch import Tensor

from tombola.generated import sound

BANDS = sound.TEXTURE_BANDS
LENGTH = sound.TEXTURE_FILTER


@functools.cache
def synthesis_filters() -> Tensor:
    """[16, 192]: what one sample of each band sounds like.

    Scaled so that white noise of variance 1 in each band is white noise of variance 1.
    """
    time = np.arange(LENGTH) - (LENGTH - 1) / 2
    cutoff = sound.TEXTURE_CUTOFF / BANDS  # as a share of half the sample rate
    window = np.kaiser(LENGTH, sound.TEXTURE_KAISER)
    prototype = cutoff * np.sinc(cutoff * time) * window
    band = np.arange(BANDS)[:, None]
    centre = (band + 0.5) * math.pi / BANDS  # radians a sample
    phase = np.where(band % 2, 1.0, -1.0) * math.pi / 4.0
    scale = 2.0 * math.sqrt(BANDS)
    filters = scale * prototype * np.cos(centre * time + phase)
    return torch.tensor(filters, dtype=torch.float32)


def synthesise(bands: Tensor) -> Tensor:
    """Put bands [B, S, 16] together: [B, 16 S] samples, the last filters' tails cut."""
    filters = synthesis_filters()[:, None]
    audio = torch.nn.functional.conv_transpose1d(bands.mT, filters, stride=BANDS)
    return audio[:, 0, : BANDS * bands.shape[1]]
