"""A decoder that runs in another way than the one it stands in for."""

from torch import Tensor

from tombola.training.voices.voice import Decoder, Widths


class StandIn(Decoder):
    """Takes a decoder's place in a model; its forward pass is up to the subclass.

    Attributes:
        original: The decoder; its weights are not this module's.
    """

    def __init__(self, original: Decoder) -> None:
        super().__init__()
        # In a tuple, so that its weights are not taken for this module's.
        self._originals = (original,)

    @property
    def original(self) -> Decoder:  # noqa: D102
        return self._originals[0]

    @property
    def widths(self) -> Widths:
        """As the original has them."""
        return self.original.widths

    def example(self) -> tuple[Tensor, ...]:
        """As for the original."""
        return self.original.example()

    def rate(self, parameter: str) -> float:
        """As for the original, whose parameters are named."""
        return self.original.rate(parameter)

    def values(self) -> int:
        """As for the original."""
        return self.original.values()
