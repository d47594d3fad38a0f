"""The `impact` voice's networks: a hit's description to its modes and noise."""

import functools
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from tombola.generated import sound
from tombola.training.corpus.corpus import Clip, Floats
from tombola.training.train.loss import Passage
from tombola.training.voices import strike
from tombola.training.voices.encoder import TimbreEncoder
from tombola.training.voices.peaks import peaks_of
from tombola.training.voices.segments import Segments, cut_audio, step_random
from tombola.training.voices.strike import OUTPUTS, impact_synth
from tombola.training.voices.synth import random_spectrum
from tombola.training.voices.tone import module_noise, scale_controls
from tombola.training.voices.voice import Decoder, Model, Widths

CONTROLS = 7  # pitch, loudness, decay, centroid, flatness, x, y
QUALITIES = 3  # decay, centroid, flatness
_QUANTILES = (0.05, 0.5, 0.95)  # of the corpus, heard as -1, 0 and 1

# Runs a second, where a figure is wanted of one: sixteenths at 120 beats a minute.
_HITS = 8.0
_GUIDE_WEIGHT = 5.0
_DIED = 30.0  # dB below the loudest: half of the decay to -60 dB


@dataclass(frozen=True)
class ImpactWidths(Widths):
    """Units of the decoder's three hidden layers; trimming makes them smaller."""

    first: int = 256
    second: int = 512
    third: int = 512


class ImpactDecoder(Decoder):
    """The controls of one hit to the hit: four dense layers."""

    def __init__(self, widths: ImpactWidths | None = None) -> None:
        super().__init__()
        widths = widths or ImpactWidths()
        self.first = nn.Linear(CONTROLS, widths.first)
        self.second = nn.Linear(widths.first, widths.second)
        self.third = nn.Linear(widths.second, widths.third)
        self.head = nn.Linear(widths.third, OUTPUTS)
        with torch.no_grad():
            self.head.bias.copy_(torch.logit(_soft_hit()))

    @property
    def widths(self) -> ImpactWidths:
        """How many units each layer has, trimmed or not."""
        layers = (self.first, self.second, self.third)
        return ImpactWidths(*(layer.out_features for layer in layers))

    def example(self) -> tuple[Tensor, ...]:
        """One hit."""
        return (torch.zeros(1, CONTROLS),)

    def rate(self, parameter: str) -> float:
        """Every weight is multiplied once a hit, and eight hits are a second's."""
        return _HITS

    def values(self) -> int:
        """Controls, layers, hit."""
        w = self.widths
        return CONTROLS + w.first + w.second + w.third + OUTPUTS

    def forward(self, controls: Tensor) -> Tensor:
        """[B, 7] in -1..1 to [B, 133] in 0..1, as `strike` names its parts."""
        heard = torch.relu(self.first(controls))
        heard = torch.relu(self.third(torch.relu(self.second(heard))))
        return torch.sigmoid(self.head(heard))


def _soft_hit() -> Tensor:
    """[133]: begin with all modes and bands alike, of 0.4 s and 0.1 s."""
    hit = torch.full((OUTPUTS,), 0.5)
    hit[strike.AMPLITUDE], hit[strike.LEVEL] = 0.3, 0.3
    hit[strike.BEND], hit[strike.ATTACK] = 0.1, 0.1
    hit[strike.DECAYS], hit[strike.BAND_DECAYS] = 0.65, 0.45
    return hit


@dataclass(frozen=True)
class Hits:
    """N hits, whole: what the network is told, and what it should play.

    Attributes:
        pitch, loudness: [N] MIDI notes, and the loudest A-weighted dB.
        qualities: [N, 3] decay in log2 of seconds, centroid in mel bands, flatness in
            dB.
    """

    pitch: Tensor
    loudness: Tensor
    qualities: Tensor

    @classmethod
    def of(cls, clips: list[Clip]) -> "Hits":
        """Hear clips."""
        return cls(
            torch.tensor([float(clip.pitch[0]) for clip in clips]),
            torch.tensor([float(clip.loudness.max()) for clip in clips]),
            torch.from_numpy(np.stack([qualities(clip) for clip in clips])),
        )


@functools.lru_cache(maxsize=8192)
def qualities(clip: Clip) -> Floats:
    """[3] how long a hit rings, how bright and how noisy it is, weighed by power."""
    loudest = int(clip.loudness.argmax())
    rings = np.flatnonzero(clip.loudness > clip.loudness[loudest] - _DIED)
    seconds = 2.0 * (int(rings[-1]) - loudest + 1) / sound.FRAME_RATE
    weight = 10.0 ** (clip.loudness / 10.0)
    bands = np.average(10.0 ** (clip.timbre / 10.0), axis=0, weights=weight)
    centroid = (bands @ np.arange(len(bands))) / bands.sum()
    flatness = np.average(clip.timbre.mean(1), weights=weight)
    return np.array([np.log2(seconds), centroid, flatness], np.float32)


class ImpactSegments(Segments):
    """Hits from their beginnings."""

    def __init__(self, clips: list[Clip], frames: int) -> None:
        super().__init__(clips, frames)
        self.hits = Hits.of(clips)
        peaks = [peaks_of(clip) for clip in clips]
        self.offsets = torch.from_numpy(np.stack([p.offsets for p in peaks]))
        self.weights = torch.from_numpy(np.stack([p.weights for p in peaks]))
        self.bends = torch.from_numpy(np.stack([p.bend for p in peaks]))

    def guide(self, hit: Tensor, chosen: list[int]) -> Tensor:
        """How far the frequencies of hits [B, 133] are from the recordings': a scalar.

        The squared error of the offsets, weighed by the peaks' magnitudes, and of the
        bend; of its time by how much bend there is.
        """
        offsets = (hit[:, strike.OFFSETS] - self.offsets[chosen]).square()
        amount, time = self.bends[chosen].T
        bend = (hit[:, strike.BEND] - amount).square()
        bend = bend + amount * (hit[:, strike.BEND_TIME] - time).square()
        frequencies: Tensor = (self.weights[chosen] * offsets).sum(1)
        total: Tensor = (frequencies + bend).mean()
        return total


class ImpactModel(Model):
    """Encoder, decoder and synthesiser: a whole voice, from a hit's features to it."""

    voice = "impact"
    own_widths = ImpactWidths
    schedule: ClassVar = {
        "steps": 1200,
        "batch": 8,
        "frames": 125,
        "learning_rate": 2e-3,
        "rewind_step": 120,
    }
    reduction: ClassVar = {"keep": 0.04}
    partials = sound.IMPACT_MODES
    bands = sound.IMPACT_BANDS
    pitched = False

    quantiles: Tensor

    def __init__(self, widths: Widths | None = None) -> None:
        super().__init__()
        assert widths is None or isinstance(widths, ImpactWidths)
        self.encoder = TimbreEncoder()
        self.decoder = ImpactDecoder(widths)
        begin = torch.tensor([-1.0, 0.0, 1.0])[:, None].expand(-1, QUALITIES)
        self.register_buffer("quantiles", begin.clone())

    def standardise(self, clips: list[Clip]) -> None:
        """Measure a corpus, so that the knobs span what it has."""
        super().standardise(clips)
        found = Hits.of(clips).qualities
        self.quantiles.copy_(found.quantile(torch.tensor(_QUANTILES), 0))

    def controls(self, hits: Hits, places: Tensor) -> Tensor:
        """What the network hears of hits at places [B, 2]: [B, 7] in -1..1.

        Qualities go in a straight line from the corpus' median, 0, to its quantiles.
        """
        low, middle, high = self.quantiles
        away = hits.qualities - middle
        span = torch.where(away < 0.0, middle - low, high - middle).clamp(min=1e-3)
        quality = (away / span).clamp(-1.0, 1.0)
        heard = scale_controls(hits.pitch, hits.loudness)
        return torch.cat([heard, quality, places], -1)

    @classmethod
    def segments(cls, clips: list[Clip], frames: int) -> ImpactSegments:
        """Hits from their beginnings."""
        return ImpactSegments(clips, frames)

    def passage(self, segments: Segments, seed: int, step: int, size: int) -> Passage:
        """Render the hits of a step with its noise, beside what they should be."""
        assert isinstance(segments, ImpactSegments)
        chosen, frames = segments.choose(seed, step, size), segments.frames
        hits = Hits(
            segments.hits.pitch[chosen],
            segments.hits.loudness[chosen],
            segments.hits.qualities[chosen],
        )
        places = self.encoder(segments.descriptors[chosen])
        hit = self.decoder(self.controls(hits, places))
        spectrum = random_spectrum(size, frames + 1, step_random(seed, step))
        heard = impact_synth(hit, hits.pitch, spectrum)
        wanted = np.stack([cut_audio(segments.clips[i], 0, frames) for i in chosen])
        guide = _GUIDE_WEIGHT * segments.guide(hit, chosen)
        return Passage(heard, torch.from_numpy(wanted), hit, guide)

    def play(self, clips: list[Clip], frames: int) -> Tensor:
        """Render the clips' features at their places."""
        hits = Hits.of(clips)
        places = torch.stack([self.place(torch.tensor(clip.timbre)) for clip in clips])
        hit = self.decoder(self.controls(hits, places))
        return impact_synth(hit, hits.pitch, module_noise(frames + 1))
