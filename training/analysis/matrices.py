"""The matrices that a network multiplies by, whatever kind of layer has them."""

from torch import nn

from tombola.training.analysis.rank import Matrix


def network_matrices(network: nn.Module) -> dict[str, Matrix]:
    """A network's weights as matrices [makes, reads], by the parameters' names.

    A GRU's three gates are rows below each other. A convolution [out, in, taps] reads
    every tap of every channel: [out, in * taps]; a transposed one [in, out, taps]
    makes them: [out * taps, in]. Biases and scales are no matrices.
    """
    found = {}
    for place, layer in network.named_modules():
        for name, parameter in layer.named_parameters(recurse=False):
            weight = parameter.detach().double()
            if isinstance(layer, nn.ConvTranspose1d) and weight.ndim == 3:
                weight = weight.movedim(0, -1).flatten(0, 1)
            if weight.ndim >= 2:
                found[f"{place}.{name}".lstrip(".")] = weight.flatten(1).numpy()
    return found
