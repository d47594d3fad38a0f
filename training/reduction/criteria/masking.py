"""What the ear does not hear beside a louder sound: masking thresholds in Bark bands.

The steps are those of J. D. Johnston: "Transform Coding of Audio Signals Using
Perceptual Noise Criteria", IEEE Journal on Selected Areas in Communications, 1988,
with every masker taken for a tone, which hides least.
"""

import functools

import torch
from torch import Tensor

from tombola.generated.sound import SAMPLE_RATE

LOUDEST = 96.0  # dB SPL of a sine at full scale: loud monitors
_MOST = 80.0  # dB: the threshold in quiet rises without end at both ends


def thresholds(power: Tensor) -> Tensor:
    """Power in each band below which a change is not heard: [..., bands] from the same.

    `power` is a sound's, in bands of `bands`; a full-scale sine has power 1. Spread to
    the neighbours (Schroeder, Atal and Hall 1979), lowered by 14.5 dB and the band's
    number, and never below the threshold in quiet (Terhardt 1979).
    """
    hidden = power @ _spreading().to(power.dtype)
    lowered = torch.arange(BANDS, dtype=power.dtype) + 14.5
    return torch.maximum(hidden * 10.0 ** (-0.1 * lowered), _quiet().to(power.dtype))


@functools.cache
def bands(size: int) -> Tensor:
    """[size / 2 + 1, 25]: 1 where a bin of an FFT of `size` lies in a Bark band."""
    hertz = torch.arange(size // 2 + 1) * (SAMPLE_RATE / size)
    place = bark(hertz).floor().clamp(0, BANDS - 1).long()
    return torch.nn.functional.one_hot(place, BANDS).float()


def bark(hertz: Tensor) -> Tensor:
    """Critical-band rate (Traunmueller 1990), -0.5..24.5."""
    return 26.81 * hertz / (1960.0 + hertz) - 0.53


BANDS = 25


@functools.cache
def _spreading() -> Tensor:
    """[from, to]: what a band's power counts for in each band."""
    place = torch.arange(BANDS, dtype=torch.float64)
    away = place[None, :] - place[:, None] + 0.474
    level = 15.81 + 7.5 * away - 17.5 * (1.0 + away.square()).sqrt()
    return 10.0 ** (0.1 * level)


@functools.cache
def _quiet() -> Tensor:
    """[bands]: power of the threshold in quiet at each band's middle."""
    middle = torch.arange(BANDS, dtype=torch.float64) + 0.5
    kilohertz = 1.96 * (middle + 0.53) / (26.28 - middle)
    level = (
        3.64 * kilohertz**-0.8
        - 6.5 * (-0.6 * (kilohertz - 3.3).square()).exp()
        + 1e-3 * kilohertz**4
    )
    return 10.0 ** (0.1 * (level.clamp(max=_MOST) - LOUDEST))
