"""A decoder's .tflite, run step by step on the kernels that Tombola is bit-exact to."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from tombola.training.export.decoder import Floats


class Rollout:
    """A quantised .tflite on ai-edge-litert's BUILTIN_REF kernels, whatever its ports.

    An input and an output of the same name are a state, which is zero at first.

    Attributes:
        inputs, outputs: What the interpreter says of each, by name: shape, dtype,
            quantization.
    """

    def __init__(self, content: bytes) -> None:
        """Take the bytes of a .tflite with one signature."""
        # Its runners hold it weakly, so it is kept here.
        self._interpreter = Interpreter(
            model_content=content,
            experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        )
        self._interpreter.allocate_tensors()
        self._run = self._interpreter.get_signature_runner()
        self.inputs: dict[str, Any] = self._run.get_input_details()
        self.outputs: dict[str, Any] = self._run.get_output_details()

    def run(self, heard: Mapping[str, Floats]) -> dict[str, Floats]:
        """Run freely from rest.

        Args:
            heard: Of each input that is no state, [T, *its shape] real values.

        Returns:
            Of each output that is no state, [T, *its shape] real values.
        """
        steps = {n: _rounded(values, self.inputs[n]) for n, values in heard.items()}
        states = {
            name: np.zeros(detail["shape"], detail["dtype"])
            for name, detail in self.inputs.items()
            if name not in heard
        }
        played: dict[str, list[Floats]] = {
            n: [] for n in self.outputs if n not in states
        }
        for now in zip(*steps.values(), strict=True):
            out = self._run(**dict(zip(steps, now, strict=True)), **states)
            states = {name: out[name] for name in states}
            for name, values in played.items():
                values.append(_real(out[name], self.outputs[name]))
        return {name: np.stack(values) for name, values in played.items()}


def _rounded(values: Floats, detail: dict[str, Any]) -> NDArray[Any]:
    scale, zero = detail["quantization"]
    limits = np.iinfo(detail["dtype"])
    steps = np.rint(values / np.float32(scale)) + zero
    rounded: NDArray[Any] = steps.clip(limits.min, limits.max).astype(detail["dtype"])
    return rounded


def _real(values: NDArray[Any], detail: dict[str, Any]) -> Floats:
    scale, zero = detail["quantization"]
    return (values.astype(np.float32) - np.float32(zero)) * np.float32(scale)
