"""Models of one operator, and a comparison of their tickets with litert."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from small_models import ModelMaker, reference_run

from tombola.converter import Converted, convert

TYPES = [np.int8, np.int16]
ACTIVATIONS = ["NONE", "RELU", "RELU_N1_TO_1", "RELU6"]


@dataclass(frozen=True)
class Quantised:
    """An activation of a shape; one without a scale is float32."""

    shape: tuple[int, ...]
    scale: float | None
    zero_point: int = 0
    dtype: Any = np.int16

    def add(self, maker: ModelMaker, name: str) -> int:
        """Add the tensor to a model and return its index."""
        if self.scale is None:
            return maker.plain(list(self.shape), np.float32, name)
        return maker.activation(
            *(list(self.shape), self.scale, name),
            zero_point=self.zero_point,
            dtype=self.dtype,
        )


def model(
    kind: str, inputs: list[Quantised | np.ndarray], output: Quantised, **options: Any
) -> bytes:
    """Build a model of one operator; inputs x0, x1, ... and the output y.

    An input that is an array is a constant, with the quantisation of the first other.
    """
    maker = ModelMaker()
    like = next(x for x in inputs if isinstance(x, Quantised))
    indices = {}
    places = []
    for i, x in enumerate(inputs):
        if isinstance(x, Quantised):
            indices[f"x{i}"] = x.add(maker, f"x{i}")
            places.append(indices[f"x{i}"])
        else:
            assert like.scale is not None
            places.append(
                maker.constant(x, [like.scale], zero_points=[like.zero_point])
            )
    y = output.add(maker, "y")
    maker.operator(kind, places, y, **options)
    return maker.finish(indices, {"y": y})


def same(tflite: bytes, **inputs: np.ndarray) -> Converted:
    """Compare one step of a model's ticket with litert's and return the ticket."""
    theirs = reference_run(tflite, **inputs)
    converted = convert(tflite)
    ours = converted.step(inputs)
    for name, expected in theirs.items():
        assert ours[name].dtype == expected.dtype
        np.testing.assert_array_equal(ours[name], expected)
    return converted


def values(seed: int, count: int, dtype: Any) -> np.ndarray:
    """Random elements, with the extremes among them."""
    limits = np.iinfo(dtype)
    x = np.random.default_rng(seed).integers(
        limits.min, limits.max, count, dtype, endpoint=True
    )
    extremes = [limits.min, limits.max, 0, limits.min + 1][:count]
    x[: len(extremes)] = extremes
    return x


def whole_range(dtype: Any) -> np.ndarray:
    """Every value of a type, in order."""
    limits = np.iinfo(dtype)
    return np.arange(limits.min, limits.max + 1).astype(dtype)


def scales(low: float, high: float) -> st.SearchStrategy[float]:
    """Scales as float32, spread evenly over decades."""
    return st.floats(low, high).map(lambda e: float(np.float32(10.0**e)))


def zero_point(random: np.random.Generator, dtype: Any) -> int:
    """Any zero point that a type may have."""
    return int(random.integers(-128, 128)) if dtype == np.int8 else 0
