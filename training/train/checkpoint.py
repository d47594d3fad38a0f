"""Networks and half-way trainings as safetensors files: arrays and text, no code."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from tombola.errors import TombolaError
from tombola.files import whole
from tombola.training.voices import VOICES
from tombola.training.voices.voice import Model

_TEXTS = "tombola"
_MOMENTS = ("exp_avg", "exp_avg_sq")


def save_model(path: Path, model: Model) -> None:
    """Write a network with its voice and its widths."""
    widths = {name: str(units) for name, units in asdict(model.decoder.widths).items()}
    _write(path, model.state_dict(), {"voice": model.voice, **widths})


def load_model(path: Path) -> Model:
    """Read a network of whatever widths `save_model` wrote.

    Raises:
        TombolaError: The file is missing, damaged or not a network.
    """
    tensors, texts = _read(path)
    try:
        # Before there were several voices, none was named.
        voice = VOICES[texts.get("voice", "tone")]
        names = asdict(voice.own_widths())
        model = voice(voice.own_widths(**{name: int(texts[name]) for name in names}))
        model.load_state_dict(tensors)
    except (KeyError, ValueError, RuntimeError) as error:
        raise TombolaError(
            f"'{path}' is not a network of a voice; make one with: tombola train"
        ) from error
    return model


@dataclass
class Progress:
    """How far a training has come.

    Attributes:
        step: The next step.
        losses: Training loss of each step done.
        held_out: (step, held-out loss) so far.
        seconds: Time spent.
    """

    step: int
    losses: list[float] = field(default_factory=list)
    held_out: list[tuple[int, float]] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Memory:
    """What Adam knows of the gradients so far.

    Attributes:
        steps: How many it has met.
        moments: "exp_avg" and "exp_avg_sq" -> parameter -> [like the parameter].
    """

    steps: int
    moments: dict[str, dict[str, Tensor]]

    @classmethod
    def of(cls, model: Model, adam: torch.optim.Adam, steps: int) -> Self:
        """Take what `adam` knows of `model` after so many steps."""
        moments = {
            moment: {
                name: adam.state[parameter][moment]
                for name, parameter in model.named_parameters()
                if parameter in adam.state
            }
            for moment in _MOMENTS
        }
        return cls(steps, moments)

    def give(self, model: Model, adam: torch.optim.Adam) -> None:
        """Make `adam` know it."""
        for name, parameter in model.named_parameters():
            moments = {m: v[name].clone() for m, v in self.moments.items() if name in v}
            if moments:
                done = torch.tensor(float(self.steps))
                adam.state[parameter] = {"step": done, **moments}


def save_progress(
    path: Path,
    identity: str,
    progress: Progress,
    model: Model,
    adam: torch.optim.Adam,
) -> None:
    """Write all that a training needs to go on; one file, so never half of it.

    `identity` says which training it is. There is no random state to keep: each step
    draws from its own number and the seed.
    """
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for moment, values in Memory.of(model, adam, 0).moments.items():
        tensors |= {f"{moment}.{name}": value for name, value in values.items()}
    tensors["losses"] = torch.tensor(progress.losses, dtype=torch.float64)
    tensors["held_out"] = torch.tensor(progress.held_out, dtype=torch.float64)
    texts = {
        "identity": identity,
        "step": str(progress.step),
        "seconds": repr(progress.seconds),
    }
    _write(path, tensors, texts)


def load_progress(
    path: Path, identity: str, model: Model, adam: torch.optim.Adam, met: int
) -> Progress | None:
    """Bring `model` and `adam` to where `save_progress` left them.

    `met` is how many gradients `adam` knew when the training began. Returns None, and
    changes nothing, where there is no checkpoint of this training.
    """
    if not path.exists():
        return None
    tensors, texts = _read(path)
    if texts.get("identity") != identity:
        return None
    weights = {name: tensors[f"model.{name}"] for name in model.state_dict()}
    model.load_state_dict(weights)
    losses: list[float] = tensors["losses"].tolist()
    moments = {
        moment: {
            name.removeprefix(f"{moment}."): value
            for name, value in tensors.items()
            if name.startswith(f"{moment}.")
        }
        for moment in _MOMENTS
    }
    Memory(met + len(losses), moments).give(model, adam)
    held_out = [(int(step), loss) for step, loss in tensors["held_out"].tolist()]
    return Progress(int(texts["step"]), losses, held_out, float(texts["seconds"]))


def _write(path: Path, tensors: dict[str, Tensor], texts: dict[str, str]) -> None:
    with whole(path) as temporary:
        # One entry, because safetensors writes several in any order.
        save_file(tensors, temporary, metadata={_TEXTS: json.dumps(texts)})


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            texts: dict[str, str] = json.loads((file.metadata() or {})[_TEXTS])
            return tensors, texts
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise TombolaError(
            f"'{path}' cannot be read ({error}); remove it and train again"
        ) from error
