"""A network that learns from another one as well as from the sounds."""

from typing import Literal

import torch
from torch import Tensor

from tombola.errors import TombolaError
from tombola.training.train.config import TrainConfig
from tombola.training.train.loop import Objective, passage
from tombola.training.train.loss import spectral_loss
from tombola.training.voices.segments import Segments
from tombola.training.voices.voice import Model

# Brings the squared error of amplitudes, some 0.01, to the size of the spectral loss.
_CONTROL_WEIGHT = 30.0


def taught_by(teacher: Model, of: Literal["audio", "control"]) -> Objective:
    """What a training lowers that has a teacher.

    Beside the loss to the recording there is one to the teacher: `of` "audio" the
    spectral loss to what it plays with the same noise, `of` "control" the squared
    distance of the amplitudes that drive the synthesiser.

    Raises:
        TombolaError: `of` is neither.
    """
    if of not in ("audio", "control"):
        raise TombolaError(
            f"a network cannot be distilled from '{of}'; distil it from audio or from "
            "control"
        )
    teacher.requires_grad_(False)

    def objective(
        model: Model, segments: Segments, config: TrainConfig, step: int
    ) -> Tensor:
        with torch.no_grad():
            taught = passage(teacher, segments, config, step)
        played = passage(model, segments, config, step)
        if of == "audio":
            return played.loss + spectral_loss(played.heard, taught.heard)
        error = (played.amplitudes - taught.amplitudes).square().mean()
        return played.loss + _CONTROL_WEIGHT * error

    return objective
