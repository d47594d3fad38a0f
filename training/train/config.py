"""What a person decides about a training."""

from dataclasses import dataclass, field
from typing import Literal

from tombola.errors import TombolaError
from tombola.training.voices.tone import ToneWidths


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides how a training ends, except the corpus.

    Attributes:
        voice: The kind of voice; `tone` is the one there is.
        steps: Steps of the whole schedule.
        batch: Segments in a step.
        frames: Length of a segment, at 250 Hz.
        learning_rate: Adam's, at its highest.
        seed: Of the first weights, the order of the data and the noise; 0..2^31 - 1.
        rewind_step: When the early weights are kept that trimmed networks return to.
        widths: Of the dense decoder.
    """

    voice: Literal["tone"] = "tone"
    steps: int = 1500
    batch: int = 4
    frames: int = 100
    learning_rate: float = 6e-3
    seed: int = 0
    rewind_step: int = 150
    widths: ToneWidths = field(default_factory=ToneWidths)

    def __post_init__(self) -> None:
        """Raise TombolaError where a value makes no sense."""
        limits = {
            "steps": (self.steps, 1, 10**6),
            "batch": (self.batch, 1, 1024),
            "frames": (self.frames, 25, 2500),
            "learning rate": (self.learning_rate, 1e-6, 1.0),
            "seed": (self.seed, 0, 2**31 - 1),
            "rewind step": (self.rewind_step, 1, self.steps),
            "input width": (self.widths.input, 1, 4096),
            "hidden width": (self.widths.hidden, 1, 4096),
            "output width": (self.widths.output, 1, 4096),
        }
        for name, (value, low, high) in limits.items():
            if not low <= value <= high:
                raise TombolaError(
                    f"training's {name} is {value}; choose {low} to {high}"
                )
