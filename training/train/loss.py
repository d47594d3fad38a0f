"""The multi-scale STFT loss, for training and for judging alike.

Engel, Hantrakul, Gu and Roberts 2020, "DDSP: Differentiable Digital Signal Processing",
section 4.2.1: the L1 distance of magnitudes and of their logarithms, over several FFT
sizes, so that each trade of time against frequency has its say.
"""

import functools
from dataclasses import dataclass

import torch
from torch import Tensor

# Samples at 48 kHz: 85 ms resolves the partials of a bass, 1.3 ms an attack.
FFT_SIZES = (4096, 1024, 256, 64)

# A full-scale sine has magnitude 1; -100 dB below it nothing is heard.
_FLOOR = 1e-5


@dataclass(frozen=True, eq=False)
class Passage:
    """What a network plays, and what it should have played.

    Attributes:
        heard: [B, N] samples that carry the gradient.
        wanted: [B, N] samples.
        amplitudes: [B, ..., F] what the decoder said, from which `heard` is made.
        guide: What a voice adds to the loss where spectra show no way.
    """

    heard: Tensor
    wanted: Tensor
    amplitudes: Tensor
    guide: Tensor | float = 0.0

    @functools.cached_property
    def loss(self) -> Tensor:
        """The multi-scale STFT loss and the guide: a scalar."""
        return spectral_loss(self.heard, self.wanted) + self.guide


def spectral_loss(heard: Tensor, wanted: Tensor) -> Tensor:
    """Compare two sounds, [B, N] each; a scalar, 0 when they are the same.

    For each FFT size, hop half of it: the sum of |difference| over the mean of both
    sums of magnitudes, sound by sound, 0..2, plus the mean |difference| of natural
    logarithms. The mean over sizes and sounds.

    Divided so, soft sounds count as loud ones do. Dividing by the wanted sum alone does
    that too, but then the softest notes, which a fresh network plays 40 dB too loud,
    outweigh all others and silence it for a hundred steps.
    """
    losses = [_scale_loss(heard, wanted, size) for size in FFT_SIZES]
    return torch.stack(losses).mean()


def _scale_loss(heard: Tensor, wanted: Tensor, size: int) -> Tensor:
    with torch.no_grad():
        wanted_power = power(wanted, size)
        wanted_magnitude = wanted_power.sqrt()
    heard_power = power(heard, size)
    magnitude = heard_power.sqrt()
    difference = (magnitude - wanted_magnitude).abs().mean((1, 2))
    linear = 2.0 * difference / (magnitude + wanted_magnitude).mean((1, 2))
    logarithmic = 0.5 * (heard_power.log() - wanted_power.log()).abs().mean((1, 2))
    return (linear + logarithmic).mean()


def power(audio: Tensor, size: int) -> Tensor:
    """[B, N] to squared magnitudes [B, bins, frames] above the floor's."""
    window = _window(size)
    spectrum = torch.stft(
        audio, size, size // 2, window=window, pad_mode="constant", return_complex=True
    )
    return spectrum.real.square() + spectrum.imag.square() + _FLOOR**2


@functools.cache
def _window(size: int) -> Tensor:
    """Hann, scaled so that a full-scale sine has magnitude 1."""
    window = torch.hann_window(size)
    return window * (2.0 / window.sum())
