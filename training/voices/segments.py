"""Stretches of a corpus' clips to train on, decided by the seed and the step."""

import functools
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tombola.generated import sound
from tombola.training.corpus.corpus import SOUNDING, Clip, Floats
from tombola.training.voices.encoder import describe_all

# Frames that bring the GRU's state to where it would be inside a note.
LEAD = 50


class Segments:
    """What a voice draws of clips; every voice draws in its own way."""

    def __init__(self, clips: list[Clip], frames: int) -> None:
        self.clips = clips
        self.frames = frames
        self.descriptors = describe_all(clips)

    def choose(self, seed: int, step: int, size: int) -> list[int]:
        """Which clips a step is of; every clip once before any comes again."""
        return [self._clip(seed, step * size + i) for i in range(size)]

    def _clip(self, seed: int, draw: int) -> int:
        """Which clip the `draw`th segment of the whole training is of."""
        epoch, position = divmod(draw, len(self.clips))
        return int(_order(seed, epoch, len(self.clips))[position])


@dataclass(frozen=True)
class Batch:
    """B segments of T frames.

    Attributes:
        descriptors: [B, 80] of the clips' timbres.
        pitch, loudness: [B, T] MIDI notes and A-weighted dB.
        audio: [B, T * 192].
        lead_pitch, lead_loudness: [B, 50] what the network heard just before ...
        led: ... [B], 1 where it did, 0 where it begins with a state of zero.
    """

    descriptors: Tensor
    pitch: Tensor
    loudness: Tensor
    audio: Tensor
    lead_pitch: Tensor
    lead_loudness: Tensor
    led: Tensor


class ToneSegments(Segments):
    """Clips, cut into segments of `frames` frames.

    Half of the segments are onsets, because that is where a note is recognised; the
    others lie anywhere in a clip while it sounds, after the `LEAD` frames before them.
    The module does not clear the network's state between notes, so half of the onsets
    come after a stretch of some other clip, and half out of nothing.
    """

    def __init__(self, clips: list[Clip], frames: int) -> None:
        super().__init__(clips, frames)
        self._last = [last_start(clip, frames) for clip in clips]

    def batch(self, seed: int, step: int, size: int) -> Batch:
        """Draw the segments of one step."""
        random = np.random.default_rng((seed, step))
        chosen = self.choose(seed, step, size)
        picked = [self._pick(index, random) for index in chosen]
        columns = zip(*picked, strict=True)
        fields = [torch.from_numpy(np.stack(column)) for column in columns]
        return Batch(self.descriptors[chosen], *fields)

    def _pick(self, index: int, random: np.random.Generator) -> list[Floats]:
        """Draw a segment of one clip: a `Batch`'s fields after the descriptors."""
        clip = before = self.clips[index]
        start = end = 0
        inside, alone, where = random.random(3)
        if inside < 0.5 and self._last[index] > LEAD:
            start = end = LEAD + int(where * (self._last[index] - LEAD))
        elif alone < 0.5:
            before = self.clips[int(random.integers(len(self.clips)))]
            end = LEAD + int(where * max(0, len(before.pitch) - LEAD))
        led = np.float32(end > 0)
        lead_pitch, lead_loudness = cut_features(before, end - LEAD, LEAD)
        features = cut_features(clip, start, self.frames)
        audio = cut_audio(clip, start, self.frames)
        return [*features, audio, lead_pitch, lead_loudness, np.asarray(led)]


def cut_features(clip: Clip, start: int, frames: int) -> tuple[Floats, Floats]:
    """Pitch and loudness, [frames] each, from frame `start`.

    Before the clip and after it there is silence, at its first and last pitch.
    """
    index = np.arange(start, start + frames)
    within = (index >= 0) & (index < len(clip.pitch))
    held = index.clip(0, len(clip.pitch) - 1)
    floor = np.float32(sound.LOUDNESS_FLOOR)
    return clip.pitch[held], np.where(within, clip.loudness[held], floor)


def cut_audio(clip: Clip, start: int, frames: int) -> Floats:
    """Samples [frames * 192] from frame `start` >= 0, with silence after the clip."""
    samples = clip.audio[start * sound.FRAME :][: frames * sound.FRAME]
    return np.pad(samples, (0, frames * sound.FRAME - len(samples)))


def last_start(clip: Clip, frames: int) -> int:
    """Last frame from which at least half of a segment sounds."""
    sounding = np.flatnonzero(clip.loudness > SOUNDING)
    return int(sounding[-1]) - frames // 2 if len(sounding) else 0


@functools.lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng((seed, epoch, count)).permutation(count)


def step_random(seed: int, step: int) -> torch.Generator:
    """The source of a step's random numbers."""
    return torch.Generator().manual_seed((seed << 32) + step)
