"""What a voice's decoder costs."""

from dataclasses import dataclass

from tombola.training.voices.voice import Decoder


@dataclass(frozen=True)
class Cost:
    """Of a decoder as it is exported: int8 weights, int16 activations.

    Attributes:
        parameters: Weights and biases.
        bytes: One for a weight, four for a bias.
        macs_per_second: Multiplications with a weight, as often as the voice runs.
        activation_bytes: Two for each value that a run reads or makes. The converter
            lets them share memory; a ticket's arena is smaller.
    """

    parameters: int
    bytes: int
    macs_per_second: int
    activation_bytes: int


def cost_of(decoder: Decoder) -> Cost:
    """Count what a decoder of whatever widths costs."""
    weights, biases, macs = 0, 0, 0.0
    for name, parameter in decoder.named_parameters():
        if parameter.ndim > 1:
            weights += parameter.numel()
            macs += parameter.numel() * decoder.rate(name)
        else:
            biases += parameter.numel()
    return Cost(
        parameters=weights + biases,
        bytes=weights + 4 * biases,
        macs_per_second=int(macs),
        activation_bytes=2 * decoder.values(),
    )
