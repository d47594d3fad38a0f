"""What export writes, and what it refuses."""

import json
from typing import Any

import numpy as np
import pytest
import tflite

from tombola.errors import TombolaError
from tombola.training.export.decoder import DecoderWeights, Widths
from tombola.training.export.fixture import random_controls, random_decoder
from tombola.training.export.interpreted import Rollout
from tombola.training.export.metadata import voice_metadata
from tombola.training.export.quantise import METADATA_NAME
from tombola.training.export.tflite import export_tflite
from tombola.training.voices.tone import ToneModel

WIDTHS = Widths(7, 11, 13)
METADATA = voice_metadata(
    ToneModel,
    name="Flûte",
    seed=3,
    pitch=(40.0, 90.0),
    loudness=(-50.0, -10.0),
    corpus={"name": "c", "licence": "CC0-1.0", "files": 2},
)


@pytest.fixture(scope="module")
def content() -> bytes:
    weights = random_decoder(WIDTHS, seed=0)
    return export_tflite(weights, random_controls(500, seed=0), METADATA)


def tensors(content: bytes) -> list[Any]:
    graph = tflite.Model.GetRootAsModel(content, 0).Subgraphs(0)
    return [graph.Tensors(i) for i in range(graph.TensorsLength())]


def test_types_are_int8_weights_int16_activations_int64_biases(content: bytes) -> None:
    kinds = {t.Type() for t in tensors(content)}
    types = tflite.TensorType
    assert kinds == {types.INT8, types.INT16, types.INT64}


def test_weights_are_quantised_per_channel(content: bytes) -> None:
    for tensor in tensors(content):
        if tensor.Type() == tflite.TensorType.INT8:
            scales = tensor.Quantization().ScaleLength()
            assert scales == tensor.Shape(0), tensor.Name()


def test_gates_are_separate_and_the_sigmoid_is_inside(content: bytes) -> None:
    model = tflite.Model.GetRootAsModel(content, 0)
    codes = [model.OperatorCodes(i) for i in range(model.OperatorCodesLength())]
    operators = {code.BuiltinCode() for code in codes}
    kinds = tflite.BuiltinOperator
    assert operators == {
        kinds.FULLY_CONNECTED,
        kinds.ADD,
        kinds.SUB,
        kinds.MUL,
        kinds.LOGISTIC,
        kinds.TANH,
    }


def test_signature_and_scales(content: bytes) -> None:
    model = Rollout(content)
    played = model.run({"controls": np.zeros((1, 1, 4), np.float32)})
    assert played["amplitudes"].shape == (1, 1, 130)
    for state in (model.inputs["state_gru"], model.outputs["state_gru"]):
        assert tuple(state["shape"]) == (1, 11)
    assert model.inputs["controls"]["quantization"][0] == pytest.approx(1 / 32767)
    assert model.outputs["amplitudes"]["quantization"][0] == 2.0**-15


def test_metadata_travels(content: bytes) -> None:
    model = tflite.Model.GetRootAsModel(content, 0)
    entries = [model.Metadata(i) for i in range(model.MetadataLength())]
    (entry,) = (e for e in entries if e.Name().decode() == METADATA_NAME)
    text = model.Buffers(entry.Buffer()).DataAsNumpy().tobytes()
    assert json.loads(text) == METADATA


@pytest.mark.parametrize("seed", range(4))
def test_the_state_has_one_scale_whatever_the_weights(seed: int) -> None:
    """export_tflite asserts it; gates that saturate are where it failed once."""
    weights = random_decoder(Widths(5 + seed, 20 + 7 * seed, 9), seed)
    export_tflite(weights, random_controls(400, seed), METADATA)


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        (np.zeros((0, 4), np.float32), "shape"),
        (np.zeros((9, 3), np.float32), "shape"),
        (np.full((9, 4), np.nan, np.float32), "not finite"),
    ],
)
def test_bad_controls_are_refused(controls: Any, message: str) -> None:
    with pytest.raises(TombolaError, match=message):
        export_tflite(random_decoder(WIDTHS, 0), controls, METADATA)


def test_a_layer_that_is_never_on_is_refused() -> None:
    """TensorFlow gives it a scale of zero, and no interpreter takes that."""
    weights = random_decoder(WIDTHS, 0)
    off = {"output_w": 0 * weights.output_w, "output_b": weights.output_b * 0 - 1}
    dead = DecoderWeights(**{**vars(weights), **off})
    with pytest.raises(TombolaError, match="is zero whatever is played"):
        export_tflite(dead, random_controls(50, 0), METADATA)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("output_w", np.zeros((13, 12), np.float32), "output_w has shape"),
        ("head_b", np.full(130, np.inf, np.float32), "head_b holds a value"),
    ],
)
def test_bad_weights_are_refused(field: str, value: Any, message: str) -> None:
    fields = vars(random_decoder(WIDTHS, 0))
    with pytest.raises(TombolaError, match=message):
        DecoderWeights(**{**fields, field: value})
