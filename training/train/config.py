"""What a person decides about a training."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from tombola.errors import TombolaError
from tombola.training.voices import VOICES
from tombola.training.voices.voice import Widths


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides how a training ends, except the corpus.

    Attributes:
        voice: The kind of voice: a name in `VOICES`.
        steps: Steps of the whole schedule.
        batch: Segments in a step.
        frames: Length of a segment, at 250 Hz.
        learning_rate: Adam's, at its highest.
        seed: Of the first weights, the order of the data and the noise; 0..2^31 - 1.
        rewind_step: When the early weights are kept that trimmed networks return to.
        widths: Of the dense decoder; the voice's own when nothing is said.
    """

    voice: str = "tone"
    steps: int = 1500
    batch: int = 4
    frames: int = 100
    learning_rate: float = 6e-3
    seed: int = 0
    rewind_step: int = 150
    widths: Widths = field(default_factory=Widths)

    @classmethod
    def of_voice(cls, voice: str, **fields: Any) -> Self:
        """What is usual for a voice, but for some fields.

        Raises:
            TombolaError: There is no such voice, or a value makes no sense.
        """
        require_voice(voice)
        usual = VOICES[voice].schedule
        return cls(voice=voice, **{**usual, **fields})

    def __post_init__(self) -> None:
        """Raise TombolaError where a value makes no sense."""
        require_voice(self.voice)
        own = VOICES[self.voice].own_widths
        if type(self.widths) is Widths:
            object.__setattr__(self, "widths", own())
        assert isinstance(self.widths, own), f"{self.widths} of another voice"
        limits = {
            "steps": (self.steps, 1, 10**6),
            "batch": (self.batch, 1, 1024),
            "frames": (self.frames, 25, 2500),
            "learning rate": (self.learning_rate, 1e-6, 1.0),
            "seed": (self.seed, 0, 2**31 - 1),
            "rewind step": (self.rewind_step, 1, self.steps),
        }
        for name, units in asdict(self.widths).items():
            limits[f"{name} width"] = (units, 1, 4096)
        for name, (value, low, high) in limits.items():
            if not low <= value <= high:
                raise TombolaError(
                    f"training's {name} is {value}; choose {low} to {high}"
                )


def require_voice(name: str) -> None:
    """Raise TombolaError unless there is a voice of this name."""
    if name not in VOICES:
        raise TombolaError(
            f"no voice is called '{name}'; choose one of: {', '.join(VOICES)}"
        )
