"""SynFlow: how much of what flows through the network flows through a unit."""

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn

from tombola.training.reduction.graph import Group, operation, unit_sums
from tombola.training.train.loss import Passage

_PASSED_ON = {"relu", "sigmoid", "tanh", "identity", "dropout"}


def importance(
    network: nn.Module, groups: Sequence[Group], passages: Iterable[Passage]
) -> dict[str, Tensor]:
    """Synaptic flow, summed over all that goes with a unit.

    H. Tanaka, D. Kunin, D. L. K. Yamins, S. Ganguli: "Pruning neural networks without
    any data by iteratively conserving synaptic flow", NeurIPS 2020: weight times the
    gradient of the output's sum, in the network with absolute weights, no
    nonlinearities, and ones going in. A GRU, which the paper has not, is made linear:
    what its three gates take in is added up, from the input and from the state before.

    Of the passages only the shapes of what the network hears are looked at. It is meant
    to be asked again and again while little by little goes.
    """
    positive = copy.deepcopy(network).double()
    with torch.no_grad():
        for parameter in positive.parameters():
            parameter.abs_()
    shapes = _input_shapes(network, passages)
    total = flow(positive, *(torch.ones(s, dtype=torch.double) for s in shapes))
    parameters = dict(positive.named_parameters())
    slopes = torch.autograd.grad(total, list(parameters.values()), allow_unused=True)
    flows = {
        name: w.detach() * (0.0 if slope is None else slope)
        for (name, w), slope in zip(parameters.items(), slopes, strict=True)
    }
    return {group.name: unit_sums(group, flows) for group in groups}


def flow(network: nn.Module, *inputs: Tensor) -> Tensor:
    """The sum of the output of `network` with its nonlinearities passing all on."""
    outputs = _Flow(network).run(*inputs)
    result: Tensor = outputs[0] if isinstance(outputs, tuple) else outputs
    return result.sum()


def _input_shapes(
    network: nn.Module, passages: Iterable[Passage]
) -> tuple[torch.Size, ...]:
    """Shapes of what the network is called with, for one sound of two frames.

    Two show all there is: what goes in, and what the state passes on.
    """
    seen: list[tuple[torch.Size, ...]] = []

    def note(_: nn.Module, inputs: tuple[Any, ...]) -> None:
        seen.append(tuple(_shortest(value).shape for value in inputs))

    with network.register_forward_pre_hook(note):
        next(iter(passages))
    return seen[-1]


def _shortest(value: Tensor) -> Tensor:
    return value[:1, :2] if value.ndim == 3 else value[:1]


class _Flow(fx.Interpreter):
    """Runs a module as the linear one that passes everything on."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__(fx.symbolic_trace(module))

    def run_node(self, n: fx.Node) -> Any:
        """Run one operation."""
        kind = operation(self.module, n)
        if kind in _PASSED_ON:
            return self.fetch_args_kwargs_from_env(n)[0][0]
        if kind == "gru":
            (heard, *_), _ = self.fetch_args_kwargs_from_env(n)
            return _linear_gru(self.module.get_submodule(str(n.target)), heard)
        return super().run_node(n)


def _linear_gru(gru: nn.Module, heard: Tensor) -> tuple[Tensor, Tensor]:
    """Add up the gates, [B, T, I] to [B, T, H], from a state of zero."""
    taken_in = [
        torch.stack(value.chunk(3)).sum(0)
        for value in (
            gru.get_parameter("weight_ih_l0"),
            gru.get_parameter("weight_hh_l0"),
        )
    ]
    state = torch.zeros(len(heard), taken_in[1].shape[1], dtype=heard.dtype)
    states = []
    for frame in heard.unbind(1):
        state = frame @ taken_in[0].T + state @ taken_in[1].T
        states.append(state)
    return torch.stack(states, 1), state[None]
