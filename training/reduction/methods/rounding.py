"""A decoder that feels, while it is trained, how its export rounds activations."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.func import functional_call

from tombola.training.reduction.graph import operation
from tombola.training.reduction.methods.coded import Code, CodedDecoder
from tombola.training.voices.voice import Decoder

_MADE_BY = {"linear", "conv1d", "convtranspose1d", "relu", "sigmoid", "tanh"}
_MADE_BY |= {"add", "sub", "mul"}
_FOLLOW = 0.01  # of the way to each batch's extremes


class RoundedDecoder(CodedDecoder):
    """A coded decoder whose inputs and activations are rounded as well.

    Each linear layer, each ReLU and so on has a range of its own, but a layer whose
    ReLU the export takes into it. What a recurrent layer keeps inside is not rounded.
    """

    def __init__(
        self, decoder: Decoder, codes: Mapping[str, Code], activations: int
    ) -> None:
        super().__init__(decoder, codes)
        self.ranges = nn.ModuleList()
        traced = fx.symbolic_trace(decoder)
        for node in [n for n in traced.graph.nodes if _rounds(traced, n)]:
            rounding = Activation(activations)
            name = f"rounding_{len(self.ranges)}"
            self.ranges.append(rounding)
            traced.add_submodule(name, rounding)
            with traced.graph.inserting_after(node):
                rounded = traced.graph.call_module(name, (node,))
            node.replace_all_uses_with(
                rounded, lambda user, own=rounded: user is not own
            )
        traced.recompile()
        # In a tuple, for the weights are the codes'.
        self._traced = (traced,)

    def forward(self, *inputs: Tensor) -> Any:
        """Run as the decoder that is coded does."""
        return functional_call(self._traced[0], self._weights(), inputs)


def _rounds(module: nn.Module, node: fx.Node) -> bool:
    """Whether the export rounds what a node gives."""
    if node.op == "placeholder":
        return not node.args  # an input that may be left out is a state, rounded before
    if node.op not in ("call_module", "call_function", "call_method"):
        return False
    kind = operation(module, node)
    if kind == "getitem":
        (source,) = node.all_input_nodes
        return source.op == "call_module" and operation(module, source) == "gru"
    kinds = [operation(module, n) for n in node.users if n.op != "output"]
    fused = kinds == ["relu"] and kind != "relu"
    return kind in _MADE_BY and not fused


class Activation(nn.Module):
    """Rounds to integers of so many bits times a scale, which follows what is seen.

    Of 8 bits from the least to the greatest value, zero among the steps; of 16 bits
    evenly on both sides of zero: what TFLite does.
    """

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.bits = bits
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.zeros(()))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))

    low: Tensor
    high: Tensor
    seen: Tensor

    def forward(self, values: Tensor) -> Tensor:
        """Round; the gradient passes straight through what lies in the range."""
        if torch.is_grad_enabled():
            self._follow(values.detach())
        if not self.seen:
            return values
        steps = 2**self.bits - 1
        if self.bits == 8:
            scale = ((self.high - self.low) / steps).clamp(min=1e-12)
            below = torch.round(-self.low / scale)
        else:
            below = torch.tensor(steps // 2)
            scale = torch.maximum(-self.low, self.high).clamp(min=1e-12) / below
        inside = values.clamp(-below * scale, (steps - below) * scale)
        rounded: Tensor = torch.round(inside / scale) * scale
        return inside + (rounded - inside).detach()

    def _follow(self, values: Tensor) -> None:
        share = _FOLLOW if self.seen else 1.0
        self.low.lerp_(values.min().clamp(max=0.0), share)
        self.high.lerp_(values.max().clamp(min=0.0), share)
        self.seen += 1
