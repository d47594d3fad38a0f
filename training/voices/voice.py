"""What every voice is made of.

A voice is a `Model`: an encoder that lays sounds out on the timbre plane, a decoder
that is made small and played on the module, and the DSP that the decoder drives.
`VOICES` in this package names them all; what trains, trims, judges and studies them
knows no more of a voice than what stands here.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, fields, replace
from typing import Any, ClassVar, Self

from torch import Tensor, nn

from tombola.errors import TombolaError
from tombola.training.corpus.corpus import Clip
from tombola.training.train.loss import Passage
from tombola.training.voices.encoder import TimbreEncoder, describe, describe_all
from tombola.training.voices.segments import Segments


@dataclass(frozen=True)
class Widths:
    """Units of a decoder's hidden layers, the first first; each voice names its own.

    This one, which has none, stands for a voice's own widths.
    """

    def scaled(self, share: float) -> Self:
        """The same proportions, `share` times as wide, at least a unit a layer."""
        units = {n: max(1, int(share * units)) for n, units in asdict(self).items()}
        return replace(self, **units)

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `str` gave.

        Raises:
            TombolaError: It is not as many numbers as there are layers.
        """
        names = [field.name for field in fields(cls)]
        units = text.split("-")
        if len(units) != len(names) or not all(map(str.isdecimal, units)):
            raise TombolaError(
                f"units '{text}' are not {len(names)} numbers, for {', '.join(names)}; "
                f"write them as in {cls()}"
            )
        return cls(*map(int, units))

    def __str__(self) -> str:
        """As in 96-192-128."""
        return "-".join(map(str, astuple(self)))


class Decoder(nn.Module, ABC):
    """The network that is trimmed, quantised and played.

    Its forward pass takes controls and returns what the DSP takes, [B, ..., F] in 0..1,
    alone or first in a tuple.
    """

    @property
    @abstractmethod
    def widths(self) -> Widths:
        """How many units each layer has, trimmed or not."""

    @abstractmethod
    def example(self) -> tuple[Tensor, ...]:
        """Inputs of a short run, by which the network is traced."""

    @abstractmethod
    def rate(self, parameter: str) -> float:
        """How often a weight of `parameter` is multiplied in a second of sound."""

    @abstractmethod
    def values(self) -> int:
        """How many values a run reads and makes, both states included."""


class Model(nn.Module, ABC):
    """Encoder, decoder and synthesiser: a whole voice, from what is heard to sound.

    Attributes:
        voice: Its name in `VOICES`, in tickets and in studies.
        own_widths: The class of its decoder's widths; its defaults are the dense ones.
        schedule: What of `TrainConfig` differs for this voice when nothing is said.
        reduction: What of `ReduceConfig` differs, likewise.
        partials, bands: Of its sound; its tickets say so.
        pitched: Whether it plays the pitch that it is told, so that it can be measured.
    """

    voice: ClassVar[str]
    own_widths: ClassVar[type[Widths]]
    schedule: ClassVar[Mapping[str, Any]] = {}
    reduction: ClassVar[Mapping[str, Any]] = {}
    partials: ClassVar[int]
    bands: ClassVar[int]
    pitched: ClassVar[bool]

    encoder: TimbreEncoder
    decoder: Decoder

    def __init__(self, widths: Widths | None = None) -> None:
        super().__init__()

    def standardise(self, clips: list[Clip]) -> None:
        """Measure a corpus' clips, before the training begins."""
        self.encoder.standardise(describe_all(clips))

    def place(self, timbre: Tensor) -> Tensor:
        """Find the place [2] of one sound from its log-mel spectrogram [T, 40]."""
        place: Tensor = self.encoder(describe(timbre)[None])[0]
        return place

    @classmethod
    @abstractmethod
    def segments(cls, clips: list[Clip], frames: int) -> Segments:
        """What is trained on: stretches of clips, `frames` at 250 Hz long."""

    @abstractmethod
    def passage(self, segments: Segments, seed: int, step: int, size: int) -> Passage:
        """Play `size` of what `segments` of this voice draw for a step, with its noise.

        Seed and step decide everything.
        """

    @abstractmethod
    def play(self, clips: list[Clip], frames: int) -> Tensor:
        """Play clips again from their beginnings, with the module's noise.

        Returns:
            [B, frames * 192] samples.
        """
