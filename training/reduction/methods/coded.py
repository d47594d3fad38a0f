"""A decoder whose weights are kept in another form, and made from it at every use."""

import copy
from collections.abc import Mapping
from typing import Any, Protocol

from torch import Tensor, nn
from torch.func import functional_call

from tombola.training.reduction.lottery import retrain
from tombola.training.reduction.methods.task import Reduced, Task
from tombola.training.voices.stand_in import StandIn
from tombola.training.voices.voice import Decoder


class Code(Protocol):
    """A module that makes one weight; its own parameters are trained."""

    numbers: int
    """How many numbers it keeps."""

    bytes: int
    """How many bytes they take."""

    def __call__(self) -> Tensor:
        """Make the weight."""


class CodedDecoder(StandIn):
    """A decoder whose matrices are made by codes; the biases are its own."""

    def __init__(self, decoder: Decoder, codes: Mapping[str, Code]) -> None:
        super().__init__(decoder.requires_grad_(False))
        self._names = list(codes)
        self.codes = nn.ModuleList(codes.values())  # type: ignore[arg-type]
        self.biases = nn.ParameterDict(
            {
                name.replace(".", "-"): nn.Parameter(value.detach().clone())
                for name, value in decoder.named_parameters()
                if name not in codes
            }
        )

    def forward(self, *inputs: Tensor) -> Any:
        """Run as the decoder that is coded does."""
        return functional_call(self.original, self._weights(), inputs)

    def plain(self) -> Decoder:
        """An ordinary decoder with the weights that the codes make."""
        decoder = copy.deepcopy(self.original).requires_grad_()
        decoder.load_state_dict({k: v.detach() for k, v in self._weights().items()})
        return decoder

    def cost(self) -> tuple[int, int]:
        """Numbers that are kept, and their bytes; four for a bias."""
        biases = sum(value.numel() for value in self.biases.values())
        codes: list[Code] = list(self.codes)  # type: ignore[arg-type]
        numbers = sum(code.numbers for code in codes) + biases
        return numbers, sum(code.bytes for code in codes) + 4 * biases

    def _weights(self) -> dict[str, Tensor]:
        made = {n: code() for n, code in zip(self._names, self.codes, strict=True)}
        kept = {name.replace("-", "."): value for name, value in self.biases.items()}
        return {**made, **kept}


def matrices(decoder: Decoder) -> dict[str, Tensor]:
    """The decoder's weights of two dimensions or more, by name."""
    return {n: p.detach() for n, p in decoder.named_parameters() if p.ndim > 1}


def train_coded(task: Task, start: Reduced, coded: CodedDecoder, label: str) -> Reduced:
    """Train the codes of what `start` left on from the early rate."""
    model, schedule = start.model, task.dense.config
    model.decoder = coded
    first = schedule.rewind_step
    retrain(task.corpus, model, schedule, task.folder, label, first)
    numbers, size = coded.cost()
    model.decoder = coded.plain()
    return Reduced(model, numbers, size, start.steps + schedule.steps - first)
