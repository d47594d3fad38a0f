"""What a voice's decoder costs."""

from dataclasses import dataclass

from tombola.generated.sound import FRAME_RATE
from tombola.training.voices.synth import OUTPUTS
from tombola.training.voices.tone import CONTROLS, ToneDecoder

_GATES = 3


@dataclass(frozen=True)
class Cost:
    """Of a decoder as it is exported: int8 weights, int16 activations.

    Attributes:
        parameters: Weights and biases.
        bytes: One for a weight, four for a bias.
        macs_per_second: Multiplications with a weight, at 250 frames a second.
        activation_bytes: Two for each value that a frame reads or makes: controls,
            layers, both products of each gate, the state before and after, amplitudes.
            The converter lets them share memory; a ticket's arena is smaller.
    """

    parameters: int
    bytes: int
    macs_per_second: int
    activation_bytes: int


def cost_of(decoder: ToneDecoder) -> Cost:
    """Count what a decoder of whatever widths costs."""
    sizes = [(p.numel(), p.ndim) for p in decoder.parameters()]
    weights = sum(size for size, dims in sizes if dims == 2)
    biases = sum(size for size, dims in sizes if dims == 1)
    w = decoder.widths
    values = CONTROLS + w.input + (2 * _GATES + 2) * w.hidden + w.output + OUTPUTS
    return Cost(
        parameters=weights + biases,
        bytes=weights + 4 * biases,
        macs_per_second=int(weights * FRAME_RATE),
        activation_bytes=2 * values,
    )
