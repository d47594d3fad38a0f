"""The tone decoder as plain arrays: what is exported, whatever trained it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tombola.errors import TombolaError
from tombola.training.voices.synth import OUTPUTS
from tombola.training.voices.tone import CONTROLS

Floats = NDArray[np.float32]


class Widths(NamedTuple):
    """How many units each layer of a decoder has."""

    input: int
    gru: int
    output: int


@dataclass(frozen=True, eq=False)
class DecoderWeights:
    """A tone decoder: Linear, ReLU, GRU, Linear, ReLU, Linear, sigmoid.

    The GRU has torch's equations and gate order (r, z, n): the reset gate multiplies
    the recurrent product with its bias, n = tanh(W_in x + b_in + r (W_hn h + b_hn)).

    Attributes:
        input_w: [I, 4], input_b: [I]
        gru_w_ih: [3 H, I], gru_w_hh: [3 H, H], gru_b_ih: [3 H], gru_b_hh: [3 H]
        output_w: [O, H], output_b: [O]
        head_w: [130, O], head_b: [130]
    """

    input_w: Floats
    input_b: Floats
    gru_w_ih: Floats
    gru_w_hh: Floats
    gru_b_ih: Floats
    gru_b_hh: Floats
    output_w: Floats
    output_b: Floats
    head_w: Floats
    head_b: Floats

    def __post_init__(self) -> None:
        """Raise TombolaError where shapes disagree or a weight is not finite."""
        I, H, O = self.widths  # noqa: E741
        expected = {
            "input_w": (I, CONTROLS),
            "input_b": (I,),
            "gru_w_ih": (3 * H, I),
            "gru_w_hh": (3 * H, H),
            "gru_b_ih": (3 * H,),
            "gru_b_hh": (3 * H,),
            "output_w": (O, H),
            "output_b": (O,),
            "head_w": (OUTPUTS, O),
            "head_b": (OUTPUTS,),
        }
        for field in fields(self):
            value = getattr(self, field.name)
            if value.shape != expected[field.name]:
                raise TombolaError(
                    f"decoder: {field.name} has shape {value.shape}, widths {I}, {H}, "
                    f"{O} ask for {expected[field.name]}; train or reduce again"
                )
            if not np.isfinite(value).all():
                raise TombolaError(
                    f"decoder: {field.name} holds a value that is not finite; the "
                    "training diverged, train again with a lower rate"
                )

    @classmethod
    def from_torch(cls, state: Mapping[str, Any]) -> "DecoderWeights":
        """Take the tensors of a `ToneDecoder`'s state dictionary."""
        names = {
            "input_w": "input.weight",
            "input_b": "input.bias",
            "gru_w_ih": "gru.weight_ih_l0",
            "gru_w_hh": "gru.weight_hh_l0",
            "gru_b_ih": "gru.bias_ih_l0",
            "gru_b_hh": "gru.bias_hh_l0",
            "output_w": "output.weight",
            "output_b": "output.bias",
            "head_w": "head.weight",
            "head_b": "head.bias",
        }
        return cls(**{ours: state[name].numpy() for ours, name in names.items()})

    @property
    def widths(self) -> Widths:
        """Units of the input layer, the GRU and the output layer."""
        return Widths(
            self.input_w.shape[0], self.gru_w_hh.shape[1], self.output_w.shape[0]
        )

    @property
    def parameters(self) -> int:
        """How many numbers the decoder has, biases included."""
        return sum(getattr(self, field.name).size for field in fields(self))
