"""The `tone` voice's synthesiser, differentiable: partials and filtered noise.

The same maths as `firmware/core/voices` runs on the module (docs/design.md, "The `tone`
voice"); a parity test holds the two together. Harmonics plus noise driven by a network
at control rate is DDSP (Engel, Hantrakul, Gu and Roberts 2020, "DDSP: Differentiable
Digital Signal Processing", sections 3.1 to 3.4).

Only the network's output carries a gradient. Pitch does not, so the sines are made
without one, and a frame's samples are one matrix product of its sines with the
amplitudes at its two ends: the backward pass is a matrix product too.
"""

import functools
import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tombola.generated import sound

NOISE_SEED = 0x9E3779B9
NOISE_BINS = sound.TONE_NOISE_FFT // 2 + 1
OUTPUTS = 1 + sound.TONE_PARTIALS + sound.TONE_BANDS

# Keeps the shares finite where every partial is silent.
_SHARE_FLOOR = 1e-6
_BINS_PER_BAND = (NOISE_BINS - 1) // (sound.TONE_BANDS - 1)


def tone_synth(
    amplitudes: Tensor,
    pitch: Tensor,
    loudness: Tensor,
    spectrum: Tensor,
    before: Tensor | None = None,
) -> Tensor:
    """Render the network's output as sound.

    Args:
        amplitudes: [B, T, 130] in 0..1, as the network's sigmoid leaves them.
        pitch: [B, T] MIDI notes, reached at the end of each frame; the phase
            increment ramps there from the frame before.
        loudness: [B, T] A-weighted dB.
        spectrum: [T, 257] or [B, T, 257] complex, real and imaginary parts uniform in
            [-1, 1): `xorshift_spectrum` as on the module, or `random_spectrum`.
        before: [B, 64] amplitudes of the partials before the first frame; zero if None.

    Returns:
        [B, T * 192] samples, full scale 1.
    """
    fade = loudness_fade(loudness)
    frequency = midi_to_hz(pitch)
    partials = partial_amplitudes(amplitudes, frequency, fade)
    bands = fade[..., None] * amplitudes[..., 1 + sound.TONE_PARTIALS :] ** 3
    phase = phases(frequency, sound.FRAME)
    return oscillate(partials, phase, before) + filtered_noise(bands, spectrum)


def midi_to_hz(pitch: Tensor) -> Tensor:
    """Equal temperament, A4 = note 69 = 440 Hz."""
    return 440.0 * torch.exp2((pitch - 69.0) / 12.0)


def loudness_fade(loudness: Tensor) -> Tensor:
    """Fade to silence just above the loudness floor: dB of any shape to 0..1."""
    unit = (loudness - sound.LOUDNESS_FLOOR) / -sound.LOUDNESS_FLOOR
    return (unit / sound.FADE_FLOOR).clamp(0.0, 1.0)


def partial_amplitudes(amplitudes: Tensor, frequency: Tensor, fade: Tensor) -> Tensor:
    """Amplitude of each partial at the end of each frame.

    Args:
        amplitudes: [B, T, 130], the network's output.
        frequency: [B, T] Hz, of the fundamental.
        fade: [B, T] from `loudness_fade`.

    Returns:
        [B, T, 64]; they add up to `amplitude_scale * fade * amplitudes[..., 0]**3`.
        Partials between 20 and 22 kHz fade out, and none is left above.
    """
    number = torch.arange(1, sound.TONE_PARTIALS + 1, dtype=frequency.dtype)
    width = sound.TONE_PARTIAL_FADE_HIGH - sound.TONE_PARTIAL_FADE_LOW
    room = sound.TONE_PARTIAL_FADE_HIGH - frequency[..., None] * number
    share = (room / width).clamp(0.0, 1.0)
    share = share * amplitudes[..., 1 : 1 + sound.TONE_PARTIALS] ** 3
    total = sound.TONE_AMPLITUDE_SCALE * fade * amplitudes[..., 0] ** 3
    return (total / (share.sum(-1) + _SHARE_FLOOR))[..., None] * share


def phases(frequency: Tensor, span: int) -> Tensor:
    """Phase of the fundamental at every sample, zero before the first.

    Args:
        frequency: [B, K] Hz, reached at the end of each span of samples; the increment
            ramps linearly over the span, and is constant over the first.
        span: samples: 192 for a pitch per frame, 48 for one per block as the module
            reads it.

    Returns:
        [B, K * span] in turns, 0..1.
    """
    increment = frequency.double() / sound.SAMPLE_RATE
    start = torch.cat([increment[:, :1], increment[:, :-1]], 1)
    ramp = torch.arange(1, span + 1, dtype=torch.float64) / span
    each = start[..., None] + (increment - start)[..., None] * ramp
    return torch.remainder(each.flatten(1).cumsum(1), 1.0).to(frequency.dtype)


def oscillate(partials: Tensor, phase: Tensor, before: Tensor | None = None) -> Tensor:
    """Add up the partials' sines, amplitudes ramping linearly over each frame.

    Args:
        partials: [B, T, 64] amplitudes at the end of each frame.
        phase: [B, T * 192] turns of the fundamental; carries no gradient.
        before: [B, 64] amplitudes before the first frame; zero if None.

    Returns:
        [B, T * 192] samples.
    """
    _, frames, count = partials.shape
    first = torch.zeros_like(partials[:, 0]) if before is None else before
    last = torch.cat([first[:, None], partials[:, :-1]], 1)
    ends = torch.stack([last, partials], 2)
    ramp = torch.arange(1, sound.FRAME + 1, dtype=partials.dtype) / sound.FRAME
    weights = torch.stack([1.0 - ramp, ramp])
    # One sound at a time: its sines (6 MB in half a second) are summed while cached.
    sounds = []
    for pair, turns in zip(ends, phase, strict=True):
        sines = _sine_bank(turns, count).view(count, frames, sound.FRAME)
        halves = torch.bmm(pair, sines.transpose(0, 1))
        sounds.append((halves * weights).sum(1).flatten())
    return torch.stack(sounds)


@torch.no_grad()
def _sine_bank(phase: Tensor, count: int) -> Tensor:
    """sin(n 2 pi phase), n = 1..count: [N] to [count, N].

    By the addition theorem, from the first n partials the next n: a third of the time
    of 64 calls of sin, and only six roundings deep.
    """
    angle = phase * (2.0 * math.pi)
    rows = 1 << (count - 1).bit_length()
    sine = angle.new_empty(rows, len(angle))
    cosine = torch.empty_like(sine)
    torch.sin(angle, out=sine[0])
    torch.cos(angle, out=cosine[0])
    n = 1
    while n < rows:
        known, new = slice(0, n), slice(n, 2 * n)
        torch.mul(sine[known], cosine[n - 1], out=sine[new])
        sine[new].addcmul_(cosine[known], sine[n - 1])
        if new.stop < rows:
            torch.mul(cosine[known], cosine[n - 1], out=cosine[new])
            cosine[new].addcmul_(sine[known], sine[n - 1], value=-1.0)
        n *= 2
    return sine[:count]


def filtered_noise(bands: Tensor, spectrum: Tensor) -> Tensor:
    """Shape a random spectrum by the bands and overlap-add its frames.

    Args:
        bands: [B, T, 65] amplitudes, evenly spaced over 0..24 kHz.
        spectrum: [T, 257] or [B, T, 257] complex random numbers.

    Returns:
        [B, T * 192] samples; the last frame's tail is cut off.
    """
    envelope = bands @ _band_interpolation().to(bands.dtype)
    frames: Tensor = torch.fft.irfft(envelope * spectrum, n=sound.TONE_NOISE_FFT)
    windowed = frames[..., : 2 * sound.FRAME] * _noise_window().to(bands.dtype)
    head, tail = windowed[..., : sound.FRAME], windowed[..., sound.FRAME :]
    before = torch.cat([torch.zeros_like(tail[:, :1]), tail[:, :-1]], 1)
    return (head + before).flatten(1)


@functools.cache
def _band_interpolation() -> Tensor:
    """[65, 257]: linear from band to band; the first and last bin stay silent."""
    position = torch.arange(NOISE_BINS, dtype=torch.float64) / _BINS_PER_BAND
    band = torch.arange(sound.TONE_BANDS, dtype=torch.float64)
    weights = (1.0 - (position - band[:, None]).abs()).clamp(min=0.0)
    weights[:, 0] = 0.0
    weights[:, -1] = 0.0
    return weights


@functools.cache
def _noise_window() -> Tensor:
    """[384]: a sine window, whose squares add up to one at a hop of half its length."""
    index = torch.arange(2 * sound.FRAME, dtype=torch.float64)
    window = torch.sin(math.pi * (index + 0.5) / (2 * sound.FRAME))
    return sound.TONE_NOISE_GAIN * window


def random_spectrum(
    batch: int, frames: int, generator: torch.Generator | None = None
) -> Tensor:
    """[batch, frames, 257] complex64, both parts uniform in [-1, 1); for training."""
    uniform = torch.rand(batch, frames, NOISE_BINS, 2, generator=generator)
    return torch.view_as_complex(uniform.mul_(2.0).sub_(1.0))


def xorshift_spectrum(frames: int, seed: int = NOISE_SEED) -> npt.NDArray[np.complex64]:
    """Draw the very random numbers that the module's noise uses from its first frame.

    One step of `xorshift_halves` a bin, bins 0..256 in order; the high and the low half
    are the real and imaginary part.

    Returns:
        [frames, 257] complex64, parts int16 / 32768.
    """
    parts = xorshift_halves(frames * NOISE_BINS, seed)
    spectrum: npt.NDArray[np.complex64] = parts.view(np.complex64)
    return spectrum.reshape(frames, NOISE_BINS)


def xorshift_halves(steps: int, seed: int) -> npt.NDArray[np.float32]:
    """Marsaglia 2003, "Xorshift RNGs", the triple (13, 17, 5) on 32 bits.

    Returns:
        [steps, 2] the high and the low half of each step, as int16 / 32768.
    """
    state = seed
    drawn = np.empty(steps, np.uint32)
    for index in range(drawn.size):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        drawn[index] = state
    high = (drawn >> 16).astype(np.uint16).view(np.int16)
    low = drawn.astype(np.uint16).view(np.int16)
    return np.stack([high, low], -1).astype(np.float32) / np.float32(32768.0)
