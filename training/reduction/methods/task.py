"""What a method of reduction is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tombola.errors import TombolaError
from tombola.training.corpus.corpus import Corpus
from tombola.training.measures.cost import Cost, cost_of
from tombola.training.train.run import Run
from tombola.training.voices.voice import Model, Widths


@dataclass(frozen=True)
class Task:
    """A dense network that is to become small.

    Attributes:
        corpus: That it was trained on.
        dense: The trained run; its seed is the task's.
        keep: Share of the dense network's cost that may be left: of the parameters for
            methods that take some away, of the bytes for those that shorten each.
        folder: For the checkpoints, so that a task that was stopped goes on.
    """

    corpus: Corpus
    dense: Run
    keep: float
    folder: Path

    @property
    def parameters(self) -> int:
        """How many parameters may be left."""
        return int(self.keep * self.cost_of_dense.parameters)

    @property
    def cost_of_dense(self) -> Cost:
        """What the dense network costs."""
        return cost_of(self.dense.load_model().decoder)

    @property
    def whole(self) -> "Reduced":
        """The dense network with nothing taken away."""
        return as_it_is(self.dense.load_model(), self.dense.config.steps)


@dataclass(frozen=True)
class Reduced:
    """A network that was made small, and trained.

    Attributes:
        model: It; where weights are coded (`low_rank`, ...), what they decode to.
        parameters: Numbers that have to be kept of its decoder.
        bytes: What they take: a byte for a weight, four for a bias, if not coded.
        steps: Training steps that its weights have seen.
    """

    model: Model
    parameters: int
    bytes: int
    steps: int

    @property
    def coded(self) -> bool:
        """Whether the model itself is larger, and would have to be exported so."""
        cost = cost_of(self.model.decoder)
        return (self.parameters, self.bytes) != (cost.parameters, cost.bytes)


W = TypeVar("W", bound=Widths)
Method = Callable[..., Reduced]  # (task, *, options of its own)


def as_it_is(model: Model, steps: int) -> Reduced:
    """A network whose weights are kept as they are, a byte each."""
    cost = cost_of(model.decoder)
    return Reduced(model, cost.parameters, cost.bytes, steps)


def even_widths(dense: W, fits: Callable[[W], bool]) -> W:
    """The widest decoder that fits and has the proportions of `dense`.

    Raises:
        TombolaError: One unit a layer is too much.
    """
    low, high = 0, 4000
    while low < high:
        middle = (low + high + 1) // 2
        if fits(dense.scaled(middle / 1000)):
            low = middle
        else:
            high = middle - 1
    widths = dense.scaled(low / 1000)
    if not fits(widths):
        raise TombolaError(
            f"no decoder is as small as asked for: {widths} is too large; keep more"
        )
    return widths
