"""The engine on an emulated Cortex-M7 gives the host's bits, in few instructions."""

from pathlib import Path

import numpy as np
from cortex_m7 import assert_same
from small_models import ModelMaker

from tombola.converter import convert

MODEL = Path(__file__).parents[1] / "data" / "tone_small.tflite"
EVERY_KIND = 7


def test_the_small_model_on_the_cortex_m7(engine):
    instructions = assert_same(engine, convert(MODEL.read_bytes()), steps=20)
    # Measured: 26,137 for 5,568 multiplications and 306 outputs of dense layers.
    assert instructions < 28_000


def test_every_kind_of_instruction_on_the_cortex_m7(engine):
    scale, count, random = 2.0**-12, 37, np.random.default_rng(2)
    maker = ModelMaker()
    x, h = maker.activation(count, scale, "x"), maker.activation(count, scale, "h")

    def then(kind: str, inputs: list[int], out: float, **options: object) -> int:
        y = maker.activation(count, out)
        maker.operator(kind, inputs, y, **options)
        return y

    weights = random.integers(-127, 128, (count, count)).astype(np.int8)
    bias = random.integers(-(2**20), 2**20, count)
    matrix = [maker.constant(weights, [2.0**-9]), maker.constant(bias, [scale / 512])]
    dense = then("FULLY_CONNECTED", [x, *matrix], 1.1 * scale)
    shifted = then("ADD", [x, h], scale, potScaleInt16=True)
    less = then("SUB", [dense, shifted], 1.7 * scale, potScaleInt16=False)
    sigmoid = then("LOGISTIC", [less], 2.0**-15)
    tanh = then("TANH", [dense], 2.0**-15)
    product = then("MUL", [sigmoid, tanh], 1.3 * 2.0**-15)
    last = then("QUANTIZE", [product], scale / 3)
    converted = convert(
        maker.finish({"x": x, "state_h": h}, {"y": last, "state_h": tanh})
    )
    kinds = {step.KIND for step in converted.plan.program.instructions}
    assert len(kinds) == EVERY_KIND
    assert_same(engine, converted, steps=6)
