"""The `impact` voice's synthesiser, differentiable: modes and noise that die away.

The same maths as `firmware/core/voices/impact.cc` (docs/design.md, "The `impact`
voice"). A struck body as a bank of damped sines is modal synthesis (Adrien 1991, "The
Missing Link: Modal Synthesis"); the gains and decays of modes and of bands of noise
carry a gradient here, while a frequency has none that leads anywhere (Turian and Henry
2020, "I'm Sorry for Your Loss"): `training/voices/peaks.py` teaches those.
"""

import functools
import math

import torch
from torch import Tensor

from tombola.generated import sound
from tombola.training.voices.synth import filtered_noise, midi_to_hz

AMPLITUDE, LEVEL, BEND, BEND_TIME, ATTACK = range(5)
_MODES, _BANDS = sound.IMPACT_MODES, sound.IMPACT_BANDS
GAINS = slice(5, 5 + _MODES)
OFFSETS = slice(GAINS.stop, GAINS.stop + _MODES)
DECAYS = slice(OFFSETS.stop, OFFSETS.stop + _MODES)
BAND_GAINS = slice(DECAYS.stop, DECAYS.stop + _BANDS)
BAND_DECAYS = slice(BAND_GAINS.stop, BAND_GAINS.stop + _BANDS)
OUTPUTS = BAND_DECAYS.stop
# Octaves from mode to mode, were each in the middle of its range.
SPACING = sound.IMPACT_MODE_OCTAVES / _MODES

_SHARE_FLOOR = 1e-6
_SIXTY_DB = math.log(1000.0)


def impact_synth(hit: Tensor, pitch: Tensor, spectrum: Tensor) -> Tensor:
    """Render hits as sound.

    Args:
        hit: [B, 133] in 0..1, as the network's sigmoid leaves it.
        pitch: [B] MIDI notes.
        spectrum: [T + 1, 257] or [B, T + 1, 257] complex, as `filtered_noise` takes it;
            one frame more than there is sound, because noise begins at once.

    Returns:
        [B, T * 192] samples, full scale 1.
    """
    time = frame_ends(spectrum.shape[-2])
    modes = mode_amplitudes(hit, midi_to_hz(pitch), time)
    phase = hit_phase(hit.detach(), midi_to_hz(pitch), time)
    noise = filtered_noise(shaper_bands(hit, time), spectrum)[:, sound.FRAME :]
    return oscillate(modes, phase, mode_ratios(hit.detach())) + noise


def frame_ends(count: int) -> Tensor:
    """[count] seconds at which frames end, the strike being the first."""
    return torch.arange(count) * (sound.FRAME / sound.SAMPLE_RATE)


def log_time(unit: Tensor, low: float, high: float) -> Tensor:
    """0..1 to seconds between two, in log steps."""
    return low * torch.exp(unit * math.log(high / low))


def fall(seconds: Tensor, time: Tensor) -> Tensor:
    """Of what falls by 60 dB in `seconds` [...], what `time` [T] leaves: [..., T]."""
    return torch.exp(-_SIXTY_DB * time / seconds[..., None])


def glide(hit: Tensor, time: Tensor) -> Tensor:
    """The bend of the pitch at `time` [T]: [B, T], a factor."""
    seconds = log_time(hit[:, BEND_TIME], sound.IMPACT_BEND_LOW, sound.IMPACT_BEND_HIGH)
    octaves = sound.IMPACT_BEND_OCTAVES * hit[:, BEND, None]
    return torch.exp2(octaves * fall(seconds, time))


def mode_ratios(hit: Tensor) -> Tensor:
    """Frequencies of the modes, of the pitch's: [B, 32]; the first one is it."""
    octaves = SPACING * (torch.arange(_MODES) + hit[:, OFFSETS] - 0.5)
    octaves = torch.where(torch.arange(_MODES) == 0, 0.0, octaves)
    return torch.exp2(octaves)


def mode_amplitudes(hit: Tensor, frequency: Tensor, time: Tensor) -> Tensor:
    """Amplitudes of the modes at `time` [T], [B, T, 32], of a pitch [B] in Hz.

    Without what lies too high they add up to `amplitude_scale * hit[:, 0]**3` at first.
    """
    share = hit[:, GAINS] ** 3
    total = sound.IMPACT_AMPLITUDE_SCALE * hit[:, AMPLITUDE, None] ** 3
    struck = total * share / (share.sum(-1, keepdim=True) + _SHARE_FLOOR)
    left = _audible(struck[..., None] * fall(_decay(hit[:, DECAYS]), time)).mT
    hertz = frequency[:, None] * glide(hit, time).detach()
    width = sound.TONE_PARTIAL_FADE_HIGH - sound.TONE_PARTIAL_FADE_LOW
    highest = hertz[..., None] * mode_ratios(hit.detach())[:, None]
    return left * ((sound.TONE_PARTIAL_FADE_HIGH - highest) / width).clamp(0.0, 1.0)


def shaper_bands(hit: Tensor, time: Tensor) -> Tensor:
    """Amplitudes of the noise's 65 bands at `time` [T]: [B, T, 65]."""
    seconds = log_time(
        hit[:, ATTACK], sound.IMPACT_ATTACK_LOW, sound.IMPACT_ATTACK_HIGH
    )
    rise = ((time + sound.IMPACT_ATTACK_LOW) / seconds[:, None]).clamp(max=1.0)
    struck = hit[:, LEVEL, None] ** 3 * hit[:, BAND_GAINS] ** 3
    left = _audible(struck[..., None] * fall(_decay(hit[:, BAND_DECAYS]), time)).mT
    return (rise[..., None] * left) @ _between_bands()


def _decay(unit: Tensor) -> Tensor:
    return log_time(unit, sound.IMPACT_DECAY_LOW, sound.IMPACT_DECAY_HIGH)


def _audible(amplitudes: Tensor) -> Tensor:
    return torch.where(amplitudes < sound.IMPACT_SILENCE, 0.0, amplitudes)


@functools.cache
def _between_bands() -> Tensor:
    """[16, 65]: the voice's bands, linear between in log(1 + Hz / corner)."""
    top = sound.SAMPLE_RATE / 2
    hertz = torch.linspace(0.0, top, sound.TONE_BANDS, dtype=torch.float64)
    corner = sound.IMPACT_BAND_CORNER
    place = torch.log1p(hertz / corner) / math.log1p(top / corner) * (_BANDS - 1)
    band = torch.arange(_BANDS, dtype=torch.float64)
    return (1.0 - (place - band[:, None]).abs()).clamp(min=0.0).float()


@torch.no_grad()
def hit_phase(hit: Tensor, frequency: Tensor, time: Tensor) -> Tensor:
    """Turns of the pitch at every sample, bend included.

    The increment ramps over each frame; the phase advances before its sample is made.

    Returns:
        [B, (T - 1) * 192] float64, from zero on; not wrapped.
    """
    hertz = frequency[:, None].double() * glide(hit.double(), time.double())
    ends = hertz / sound.SAMPLE_RATE
    ramp = torch.arange(1, sound.FRAME + 1, dtype=torch.float64) / sound.FRAME
    start = ends[:, :-1, None]
    each = start + (ends[:, 1:, None] - start) * ramp
    return each.flatten(1).cumsum(1)


def oscillate(modes: Tensor, phase: Tensor, ratios: Tensor) -> Tensor:
    """Add up the modes' sines, amplitudes ramping linearly over each frame.

    Args:
        modes: [B, T + 1, 32] amplitudes at the strike and at the end of each frame.
        phase: [B, T * 192] turns of the pitch; carries no gradient.
        ratios: [B, 32].

    Returns:
        [B, T * 192] samples.
    """
    ramp = torch.arange(1, sound.FRAME + 1, dtype=modes.dtype) / sound.FRAME
    weights = torch.stack([1.0 - ramp, ramp])
    ends = torch.stack([modes[:, :-1], modes[:, 1:]], 2)
    sounds = []
    # One hit at a time, and only as long as it sounds: its sines fit the cache.
    for pair, turns, each in zip(ends, phase, ratios, strict=True):
        heard = (pair.detach() > 0.0).any(2).any(1).nonzero()
        frames = int(heard[-1]) + 1 if len(heard) else 1
        sines = _sines(turns[: frames * sound.FRAME], each)
        halves = torch.bmm(
            pair[:frames], sines.view(-1, frames, sound.FRAME).movedim(1, 0)
        )
        whole = (halves * weights).sum(1).flatten()
        rest = len(turns) - len(whole)
        sounds.append(torch.nn.functional.pad(whole, (0, rest)))
    return torch.stack(sounds)


@torch.no_grad()
def _sines(turns: Tensor, ratios: Tensor) -> Tensor:
    """[N] turns of the pitch and [32] ratios to [32, N] float32."""
    phase = torch.frac(ratios.double()[:, None] * turns)
    return torch.sin(phase.float() * (2.0 * math.pi))
