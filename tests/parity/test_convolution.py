"""Convolutions give the bits of litert's reference kernels, wherever they look."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import small_models
from ai_edge_litert import schema_py_generated as schema
from cortex_m7 import assert_same
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_models import ModelMaker, reference_run

from tombola.converter import convert
from tombola.errors import TombolaError

KINDS = ["CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"]
# int8, int16 with a bias of 64 bits, and of 32.
TYPES = [(np.int8, np.int32), (np.int16, np.int64), (np.int16, np.int32)]
SAME, VALID = schema.Padding.SAME, schema.Padding.VALID
ACTIVATIONS = [
    schema.ActivationFunctionType.NONE,
    schema.ActivationFunctionType.RELU,
    schema.ActivationFunctionType.RELU6,
    schema.ActivationFunctionType.RELU_N1_TO_1,
]


@dataclass
class Layer:
    """One operator; sizes are (rows, columns)."""

    kind: str = "CONV_2D"
    dtype: Any = np.int8
    bias_dtype: Any = np.int32
    batch: int = 1
    image: tuple[int, int] = (1, 1)
    channels: int = 4
    groups: int = 1  # in a DEPTHWISE_CONV_2D as many as channels
    filters: int = 1  # a group
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: int = VALID
    activation: int = schema.ActivationFunctionType.NONE
    per_channel: bool = True
    has_bias: bool = True
    headroom: float = 0.0  # decades between the sums and the output's range
    zero_points: tuple[int, int] = (-7, 12)  # of int8 inputs and outputs
    pads: tuple[tuple[int, int], ...] = ()  # by a PAD in front, which gives the image
    seed: int = 0

    @property
    def outputs(self) -> int:
        """Output channels."""
        return self.filters * self.groups

    def output_size(self, axis: int) -> int:
        """Rows or columns of the output; in a TRANSPOSE_CONV the usual ones."""
        size, kernel = self.image[axis], self.kernel[axis]
        stride = self.stride[axis]
        if self.kind == "TRANSPOSE_CONV":
            within = size * stride, (size - 1) * stride + kernel
            return within[0] if self.padding == SAME else within[1]
        covered = 0 if self.padding == SAME else (kernel - 1) * self.dilation[axis]
        return -(-(size - covered) // stride)

    @property
    def input_shape(self) -> list[int]:
        """What goes into the model: the image, or what is padded to be it."""
        shape = [self.batch, *self.image, self.channels]
        pads = self.pads or ((0, 0),) * 4
        return [n - sum(pad) for n, pad in zip(shape, pads, strict=True)]

    def tflite(self) -> bytes:
        """Build a model of the operator, with random weights."""
        random = np.random.default_rng(self.seed)
        seen = self.channels // self.groups
        weights = random.integers(-127, 128, (self.outputs, *self.kernel, seen))
        weights = weights.astype(np.int8)
        depthwise = self.kind == "DEPTHWISE_CONV_2D"
        if depthwise:
            weights = weights.transpose(3, 1, 2, 0).copy()
        count = self.outputs if self.per_channel else 1
        scales = [float(np.float32(s)) for s in 10.0 ** random.uniform(-3, -2, count)]
        sums = 70 * np.sqrt(self.kernel[0] * self.kernel[1] * seen)
        size = 2.0**-7 * float(np.mean(scales)) * sums * 10.0**self.headroom
        zeros = self.zero_points if self.dtype is np.int8 else (0, 0)
        maker = ModelMaker()
        quantised = {"dtype": self.dtype, "zero_point": zeros[0]}
        model_input = x = maker.activation(self.input_shape, 2.0**-7, **quantised)
        if self.pads:
            image = [self.batch, *self.image, self.channels]
            x = maker.activation(image, 2.0**-7, **quantised)
            pads = maker.constant(np.array(self.pads, np.int32), [])
            maker.operator("PAD", [model_input, pads], x)
        shape = [self.batch, self.output_size(0), self.output_size(1), self.outputs]
        y = maker.activation(
            *(shape, float(np.float32(size)), "y"),
            **{"dtype": self.dtype, "zero_point": zeros[1]},
        )
        inputs = [x, maker.constant(weights, scales, axis=3 if depthwise else 0)]
        if self.kind == "TRANSPOSE_CONV":
            inputs = [maker.constant(np.array(shape, np.int32), []), inputs[1], x]
        if self.has_bias:
            spread = 2000 if self.dtype is np.int8 else 200_000
            bias = random.integers(-spread, spread, self.outputs)
            bias_scales = [s * 2.0**-7 for s in scales]
            inputs.append(maker.constant(bias.astype(self.bias_dtype), bias_scales))
        maker.operator(self.kind, inputs, y, **self._options())
        return maker.finish({"x": model_input}, {"y": y})

    def _options(self) -> dict[str, Any]:
        options = {
            "strideH": self.stride[0],
            "strideW": self.stride[1],
            "padding": self.padding,
            "fusedActivationFunction": self.activation,
        }
        if self.kind != "TRANSPOSE_CONV":
            options["dilationHFactor"], options["dilationWFactor"] = self.dilation
        if self.kind == "DEPTHWISE_CONV_2D":
            options["depthMultiplier"] = self.filters
        elif self.dtype is np.int16:
            options["quantizedBiasType"] = small_models.TYPES[np.dtype(self.bias_dtype)]
        return options

    def input(self, step: int = 0) -> Any:
        """Random elements of the whole range."""
        limits = np.iinfo(self.dtype)
        random = np.random.default_rng((self.seed, step))
        count = int(np.prod(self.input_shape))
        return random.integers(limits.min, limits.max + 1, count).astype(self.dtype)


def same(layer: Layer) -> None:
    """Compare a step of the ticket with litert's."""
    tflite, x = layer.tflite(), layer.input()
    expected = reference_run(tflite, x=x)["y"]
    np.testing.assert_array_equal(convert(tflite).step({"x": x})["y"], expected)


def pairs(low: int, high: int) -> st.SearchStrategy[tuple[int, int]]:
    """Rows and columns."""
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def layers(draw: st.DrawFn, kind: str) -> Layer:
    """Layers of every geometry; a third of them has rows of one."""
    types = TYPES[:2] if kind == "DEPTHWISE_CONV_2D" else TYPES
    dtype, bias_dtype = draw(st.sampled_from(types))
    flat = draw(st.integers(0, 2)) == 0
    image, kernel = draw(pairs(1, 9)), draw(pairs(1, 5))
    if flat:
        image, kernel = (1, draw(st.integers(1, 40))), (1, kernel[1])
    groups = draw(st.integers(1, 3)) if kind == "CONV_2D" else 1
    channels = groups * draw(st.integers(1, 9))
    layer = Layer(
        kind=kind,
        dtype=dtype,
        bias_dtype=bias_dtype,
        batch=draw(st.sampled_from([1, 1, 2])),
        image=image,
        channels=channels,
        groups=channels if kind == "DEPTHWISE_CONV_2D" else groups,
        filters=draw(st.integers(1, 5)),
        kernel=kernel,
        stride=draw(pairs(1, 3)),
        dilation=(1, 1) if kind == "TRANSPOSE_CONV" else draw(pairs(1, 3)),
        padding=draw(st.sampled_from([SAME, VALID])),
        activation=draw(st.sampled_from(ACTIVATIONS)),
        per_channel=draw(st.booleans()),
        has_bias=kind == "CONV_2D" or draw(st.booleans()),
        headroom=draw(st.floats(-1.5, 1.0)),
        zero_points=draw(st.tuples(*[st.integers(-128, 127)] * 2)),
        seed=draw(st.integers(0, 2**31)),
    )
    assume(min(layer.output_size(0), layer.output_size(1)) > 0)
    return layer


@settings(max_examples=150, deadline=None)
@given(layer=layers("CONV_2D"))
def test_conv_2d(layer):
    same(layer)


@settings(max_examples=100, deadline=None)
@given(layer=layers("DEPTHWISE_CONV_2D"))
def test_depthwise_conv_2d(layer):
    same(layer)


@settings(max_examples=100, deadline=None)
@given(layer=layers("TRANSPOSE_CONV"))
def test_transpose_conv(layer):
    same(layer)


@settings(max_examples=40, deadline=None)
@given(
    types=st.sampled_from(TYPES),
    least=st.floats(-5.5, 0.0),
    zero_point=st.integers(-128, 127),
    seed=st.integers(0, 2**31),
)
def test_sums_near_ties_are_rounded_as_the_reference_rounds_them(
    *, types, least, zero_point, seed
):
    """Each channel's bias is a sum next to a tie, by factors up to 4."""
    dtype, bias_dtype = types
    random = np.random.default_rng(seed)
    limits, count = np.iinfo(dtype), 300
    least = least if dtype is np.int8 else max(least, -4.0)
    factors = 10.0 ** random.uniform(least, least + 0.6, count)
    factors = factors.astype(np.float32).astype(np.float64)
    halves = random.integers(limits.min, limits.max + 1, count) + 0.5
    bias = np.floor(halves / factors) + random.integers(-1, 3, count)
    maker = ModelMaker()
    x = maker.activation([1, 1, 5, 1], 1.0, dtype=dtype)
    y = maker.activation(
        *([1, 1, 5, count], 1.0),
        **{"dtype": dtype, "zero_point": zero_point if dtype is np.int8 else 0},
    )
    weights = maker.constant(np.zeros((count, 1, 1, 1), np.int8), factors.tolist())
    biases = maker.constant(bias.astype(bias_dtype), factors.tolist())
    maker.operator(
        *("CONV_2D", [x, weights, biases], y),
        **{"strideH": 1, "strideW": 1, "padding": VALID},
        **{"quantizedBiasType": small_models.TYPES[np.dtype(bias_dtype)]},
    )
    tflite, zeros = maker.finish({"x": x}, {"y": y}), np.zeros(5, dtype)
    expected = reference_run(tflite, x=zeros)["y"]
    np.testing.assert_array_equal(convert(tflite).step({"x": zeros})["y"], expected)


@pytest.mark.parametrize(
    "layer",
    [
        Layer(image=(1, 13), channels=8, filters=5, kernel=(1, 3), padding=SAME),
        Layer(image=(5, 6), channels=3, filters=3, kernel=(3, 3), stride=(2, 1)),
        Layer(
            **{"image": (4, 5), "channels": 6, "groups": 2, "kernel": (2, 2)},
            **{"padding": SAME, "activation": ACTIVATIONS[3], "batch": 2},
        ),
        Layer(
            *("DEPTHWISE_CONV_2D", np.int8, np.int32, 1, (6, 5), 6, 6, 1, (3, 3)),
            padding=SAME,
        ),
        Layer(*("DEPTHWISE_CONV_2D", np.int16, np.int64, 1, (4, 4), 2, 2, 3, (3, 2))),
        Layer(
            *("TRANSPOSE_CONV", np.int8, np.int32, 1, (3, 4), 4, 1, 3, (3, 4), (2, 3)),
            padding=SAME,
        ),
        *(
            Layer(
                *("CONV_2D", np.int16, bias_dtype, 1, (1, 11), 5, 1, 4, (1, 4)),
                **{"dilation": (1, 2), "activation": ACTIVATIONS[1], "headroom": -0.5},
            )
            for bias_dtype in (np.int64, np.int32)
        ),
    ],
    ids=lambda layer: f"{layer.kind}-{np.dtype(layer.dtype)}-{layer.kernel}",
)
def test_the_cortex_m7_gives_the_same(engine, layer):
    assert_same(engine, convert(layer.tflite()), steps=2)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Layer(dtype=np.int16, bias_dtype=np.int64, channels=1200), "may add up to"),
        (Layer(headroom=-9.0), "calibrate with inputs that reach"),
        (Layer(channels=9000), "windows of 9,000 taps"),
    ],
)
def test_what_would_not_be_exact_is_refused(layer, words):
    with pytest.raises(TombolaError) as refusal:
        convert(layer.tflite())
    assert "operator 0 (CONV_2D)" in str(refusal.value)
    assert words in str(refusal.value)


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize("padding", [SAME, VALID])
def test_a_pad_before_a_convolution_costs_nothing(kind, padding):
    layer = Layer(
        kind=kind,
        image=(8, 9),
        groups=1 if kind == "CONV_2D" else 4,
        kernel=(3, 2),
        stride=(1, 2),
        padding=padding,
        pads=((0, 0), (2, 1), (0, 3), (0, 0)),
    )
    same(layer)
    instructions = convert(layer.tflite()).plan.program.instructions
    assert [step.place for step in instructions] == [1]


@pytest.mark.parametrize(
    "pads", [((1, 0), (1, 1), (0, 0), (0, 0)), ((0, 0), (1, 1), (0, 0), (0, 1))]
)
def test_a_pad_of_batches_or_channels_stays(pads):
    layer = Layer(batch=2, image=(4, 3), kernel=(2, 2), pads=pads)
    same(layer)
    assert len(convert(layer.tflite()).plan.program.instructions) == 3
