"""The `texture` voice's synthesiser, differentiable: noise shaped in 16 bands at 3 kHz.

The same maths as `firmware/core/voices/texture.cc` (docs/design.md, "The `texture`
voice"); a parity test holds the two together. In each band white noise goes through a
short filter that the network draws anew at every sample of the band, a third of a
millisecond: the time-varying filtered noise of DDSP (Engel et al. 2020, section 3.4)
inside of a filter bank, as RAVE has it (Caillon and Esling 2021, section 3.1).
"""

import functools

import numpy as np
import torch
from scipy.signal import lfilter
from torch import Tensor

from tombola.generated import sound
from tombola.training.voices.pqmf import synthesise
from tombola.training.voices.synth import NOISE_SEED, loudness_fade, xorshift_halves

BANDS = sound.TEXTURE_BANDS
STEPS = sound.FRAME // BANDS  # samples of a band in a frame
TAPS = tuple(max(1, sound.TEXTURE_TAPS >> band) for band in range(BANDS))
OUTPUTS = sum(TAPS)

# Another stretch of the generator's sequence than the bands' noise.
FLUTTER_SEED = 0x7F4A7C15


def texture_synth(taps: Tensor, loudness: Tensor, noise: Tensor) -> Tensor:
    """Render the network's output as sound.

    Args:
        taps: [B, T * 12, 27] in -1..1: of each band's filter, band after band, the
            newest sample's first.
        loudness: [B, T] A-weighted dB.
        noise: [T * 12, 16] or [B, T * 12, 16], uniform in -1..1: `xorshift_noise` as
            on the module, or `random_noise`.

    Returns:
        [B, T * 192] samples, full scale 1.
    """
    fade = loudness_fade(loudness).repeat_interleave(STEPS, 1)
    weights = sound.TEXTURE_NOISE_GAIN * fade[..., None] * taps**3
    filtered = (weights * _delayed(noise)) @ _sum_of_taps()
    return synthesise(filtered)


def _delayed(noise: Tensor) -> Tensor:
    """[..., S, 16] to [..., S, 27]: what each tap hears; before the first, nothing."""
    steps = noise.shape[-2]
    padded = torch.nn.functional.pad(noise, (0, 0, max(TAPS) - 1, 0))
    columns = [
        padded[..., max(TAPS) - 1 - tap :, band][..., :steps]
        for band, taps in enumerate(TAPS)
        for tap in range(taps)
    ]
    return torch.stack(columns, -1)


@functools.cache
def _sum_of_taps() -> Tensor:
    """[27, 16]: 1 where a tap is of a band."""
    band = torch.repeat_interleave(torch.arange(BANDS), torch.tensor(TAPS))
    return torch.nn.functional.one_hot(band, BANDS).float()


def random_noise(
    batch: int, frames: int, generator: torch.Generator | None = None
) -> Tensor:
    """[batch, frames * 12, 16] uniform in -1..1; for training."""
    noise = torch.rand(batch, frames * STEPS, BANDS, generator=generator)
    return noise.mul_(2.0).sub_(1.0)


@functools.lru_cache(maxsize=2)
def xorshift_noise(frames: int) -> Tensor:
    """[frames * 12, 16] the very numbers that the module draws from its first frame.

    Two a step of the generator (`xorshift_halves`), band by band in each sample.
    """
    drawn = xorshift_halves(frames * STEPS * BANDS // 2, NOISE_SEED)
    return torch.from_numpy(drawn.reshape(frames * STEPS, BANDS))


def xorshift_flutter(frames: int) -> Tensor:
    """[frames, 2] in -1..1: the flutter that the module draws from its first frame.

    A step of a generator of its own a frame; each half through two low-passes.
    """
    drawn = xorshift_halves(frames, FLUTTER_SEED).astype(np.float64)
    pole = [1.0, -sound.TEXTURE_FLUTTER_POLE]
    smooth = lfilter([1.0], pole, lfilter([1.0], pole, drawn, axis=0), axis=0)
    flutter = smooth * (sound.TEXTURE_FLUTTER_GAIN / sound.TEXTURE_FLUTTER_SPAN)
    return torch.from_numpy(flutter.clip(-1.0, 1.0).astype(np.float32))
