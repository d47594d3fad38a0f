"""The encoder of the timbre plane, which stays behind when a voice is exported."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from tombola.training.corpus.corpus import TIMBRE_BANDS, Clip

# The stretch of a sound, from its beginning, that decides its place: half a second.
PLACE_FRAMES = 125


class TimbreEncoder(nn.Module):
    """What a sound is like, to its place on the timbre plane."""

    def __init__(self, hidden: int = 64) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(2 * TIMBRE_BANDS))
        self.register_buffer("scale", torch.ones(2 * TIMBRE_BANDS))
        self.layers = nn.Sequential(
            nn.Linear(2 * TIMBRE_BANDS, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 2),
            nn.Tanh(),
        )

    mean: Tensor
    scale: Tensor

    def standardise(self, descriptors: Tensor) -> None:
        """Measure a corpus' `describe` descriptors [N, 80], to weigh them alike."""
        self.mean.copy_(descriptors.mean(0))
        self.scale.copy_(descriptors.std(0, correction=0).clamp(min=1e-3))

    def forward(self, descriptors: Tensor) -> Tensor:
        """[B, 80] descriptors to [B, 2] places in -1..1."""
        places: Tensor = self.layers((descriptors - self.mean) / self.scale)
        return places


def describe(timbre: Tensor) -> Tensor:
    """Sum up a log-mel spectrogram [T, 40], whatever its level: [80].

    The first 40 are the spectrum's mean shape, the rest how much each band moves.
    """
    beginning = timbre[:PLACE_FRAMES]
    shape = beginning - beginning.mean(-1, keepdim=True)
    return torch.cat([shape.mean(0), shape.std(0, correction=0)])


def describe_all(clips: Iterable[Clip]) -> Tensor:
    """The descriptors of clips: [N, 80]."""
    return torch.stack([describe(torch.tensor(clip.timbre)) for clip in clips])
