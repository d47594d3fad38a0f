"""A decoder's .tflite, run step by step on the kernels that Tombola is bit-exact to."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from tombola.training.export.decoder import Floats
from tombola.training.voices.synth import OUTPUTS

Values = NDArray[np.float32] | NDArray[np.int16]


class Rollout:
    """A quantised .tflite on ai-edge-litert's BUILTIN_REF kernels, whatever its ports.

    An input and an output of the same name are a state, which is zero at first.
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

    def run(self, heard: Mapping[str, Floats]) -> dict[str, Floats]:
        """Run freely from rest.

        Args:
            heard: Of each input that is no state, [T, *its shape] real values.

        Returns:
            Of each output that is no state, [T, *its shape] real values.
        """
        inputs, outputs = self._run.get_input_details(), self._run.get_output_details()
        steps = {name: _rounded(values, inputs[name]) for name, values in heard.items()}
        states = {
            name: np.zeros(detail["shape"], detail["dtype"])
            for name, detail in inputs.items()
            if name not in heard
        }
        played: dict[str, list[Floats]] = {n: [] for n in outputs if n not in states}
        for now in zip(*steps.values(), strict=True):
            out = self._run(**dict(zip(steps, now, strict=True)), **states)
            states = {name: out[name] for name in states}
            for name, values in played.items():
                values.append(_real(out[name], outputs[name]))
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


class Interpreted:
    """A .tflite on ai-edge-litert's BUILTIN_REF kernels."""

    def __init__(self, content: bytes) -> None:
        """Take the bytes of a .tflite with the signature of `export_tflite`."""
        # Its runners hold it weakly, so it is kept here.
        self._interpreter = Interpreter(
            model_content=content,
            experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        )
        self._interpreter.allocate_tensors()
        self._run = self._interpreter.get_signature_runner()
        inputs, outputs = self._run.get_input_details(), self._run.get_output_details()
        self.state_width = int(inputs["state_gru"]["shape"][1])
        self.controls_scale = float(inputs["controls"]["quantization"][0])
        self.amplitudes_scale = float(outputs["amplitudes"]["quantization"][0])

    def step(self, controls: Values, state: Values) -> tuple[Values, Values]:
        """Run one frame in the file's own units: [4], [H] -> [130], [H]."""
        out = self._run(controls=controls[None], state_gru=state[None])
        return out["amplitudes"][0], out["state_gru"][0]

    def rollout(self, controls: Floats) -> Floats:
        """Run a quantised file freely: [T, 4] in -1..1 -> [T, 130] in 0..1."""
        steps = np.clip(np.rint(controls / self.controls_scale), -32768, 32767)
        state: Values = np.zeros(self.state_width, np.int16)
        amplitudes = np.empty((len(controls), OUTPUTS), np.float32)
        for t, row in enumerate(steps.astype(np.int16)):
            out, state = self.step(row, state)
            amplitudes[t] = out * np.float32(self.amplitudes_scale)
        return amplitudes
