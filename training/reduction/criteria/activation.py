"""Activation: a unit that is silent, or off, is not missed."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from tombola.training.reduction.graph import Group
from tombola.training.train.loss import Passage

# Of a layer's largest activation: an activation below counts as zero, because a GRU's
# state is never zero to the last bit as a ReLU's is.
_OFF = 0.01


def mean(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Mean absolute activation.

    P. Molchanov, S. Tyree, T. Karras, T. Aila, J. Kautz: "Pruning Convolutional Neural
    Networks for Resource Efficient Inference", ICLR 2017, which compares with it.
    """
    found, _ = activations(network, groups, passages)
    return {name: values.abs().mean(0) for name, values in found.items()}


def apoz(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Share of the frames at which a unit is not zero: one less the APoZ.

    H. Hu, R. Peng, Y.-W. Tai, C.-K. Tang: "Network Trimming: A Data-Driven Neuron
    Pruning Approach towards Efficient Deep Architectures", arXiv:1607.03250, 2016.
    """
    found, _ = activations(network, groups, passages)
    sizes = {name: values.abs() for name, values in found.items()}
    return {
        name: (size > _OFF * size.max()).float().mean(0) for name, size in sizes.items()
    }


@torch.no_grad()
def activations(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> tuple[dict[str, Tensor], Tensor]:
    """What units tell those who read them while the passages are played.

    Returns:
        group name -> [frames, units], and the network's output [frames, features] at
        the same frames.
    """
    heard: dict[str, list[Tensor]] = {group.name: [] for group in groups}
    outputs: list[Tensor] = []

    def listen(group: Group) -> torch.utils.hooks.RemovableHandle:
        reader, columns = _reader(group)

        def note(_: nn.Module, inputs: tuple[Any, ...]) -> None:
            heard[group.name].append(inputs[0].flatten(0, -2)[:, columns])

        return network.get_submodule(reader).register_forward_pre_hook(note)

    def note_output(_: nn.Module, __: Any, output: Any) -> None:
        first = output[0] if isinstance(output, tuple) else output
        outputs.append(first.flatten(0, -2))

    handles = [listen(group) for group in groups]
    handles.append(network.register_forward_hook(note_output))
    try:
        for _ in passages:
            pass
    finally:
        for handle in handles:
            handle.remove()
    return {name: torch.cat(parts) for name, parts in heard.items()}, torch.cat(outputs)


def _reader(group: Group) -> tuple[str, Tensor]:
    """A layer whose input has the group's units, and at which columns.

    The recurrent matrix is passed over: it reads the state inside of its layer.
    """
    for part in group.slices:
        layer, _, attribute = part.parameter.rpartition(".")
        if part.dim == 1 and not attribute.startswith("weight_hh"):
            return layer, part.index[:, 0]
    raise AssertionError(f"nobody reads group '{group.name}'")
