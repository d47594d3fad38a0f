"""A .tflite that is damaged or of another kind is one sentence, never a traceback."""

import contextlib
import json
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import ModelMaker, single, together

from tombola.converter import convert
from tombola.converter.reader import read
from tombola.errors import TombolaError

MODEL = (Path(__file__).parents[1] / "data" / "tone_small.tflite").read_bytes()
TELLING = [0, 1, 2, 4, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0]


def read_or_refuse(content: bytes) -> None:
    """Convert; what cannot be converted raises TombolaError and nothing else."""
    with contextlib.suppress(TombolaError):
        convert(content)


def test_the_small_model_is_read_with_its_names_and_metadata():
    graph = read(MODEL)
    assert list(graph.inputs) == ["controls", "state_gru"]
    assert list(graph.outputs) == ["amplitudes", "state_gru"]
    assert graph.metadata is not None
    assert graph.metadata["name"] == "small"
    assert [node.kind for node in graph.nodes].count("FULLY_CONNECTED") == 9


@pytest.mark.parametrize("content", [b"", b"RIFF1234WAVE", b"\0" * 64, MODEL[:8]])
def test_what_is_no_tflite_says_so(content):
    with pytest.raises(TombolaError, match=r"no \.tflite|damaged"):
        convert(content)


def test_every_cut_is_refused_or_whole():
    for size in range(8, len(MODEL), 97):
        read_or_refuse(MODEL[:size])


@settings(max_examples=150, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(MODEL) // 4 - 1), st.sampled_from(TELLING)),
        min_size=1,
        max_size=3,
    )
)
def test_telling_numbers_anywhere(changes):
    content = bytearray(MODEL)
    for word, number in changes:
        struct.pack_into("<I", content, 4 * word, number)
    read_or_refuse(bytes(content))


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 2**16), byte=st.integers(0, 255), tables=st.booleans())
def test_a_changed_byte(at, byte, tables):
    """Tables lie at the end of the file, where most bytes mean something."""
    content = bytearray(MODEL)
    content[-1 - at % 6000 if tables else at % len(MODEL)] = byte
    read_or_refuse(bytes(content))


def voice(**changes: object) -> bytes:
    """Build a model whose metadata differs from a sound one by `changes`."""
    maker = ModelMaker()
    x, y = maker.activation(4, 2.0**-12), maker.activation(4, 2.0**-15)
    maker.operator("TANH", [x], y)
    metadata = {
        "name": "harp",
        "voice": "tone",
        "partials": 64,
        "bands": 65,
        "pitch": [36.0, 84.0],
        "loudness": [-60.0, 0.0],
        **changes,
    }
    return maker.finish({"x": x}, {"y": y}, json.dumps(metadata).encode())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"voice": "drum"}, "voice 'drum'"),
        ({"name": ""}, "name ''"),
        ({"partials": 0}, "partials 0"),
        ({"pitch": [84.0, 36.0]}, "pitch [84.0, 36.0]"),
        ({"loudness": [float("nan"), 0.0]}, "loudness"),
        ({"loudness": "loud"}, "loudness 'loud'"),
    ],
)
def test_metadata_out_of_range_names_the_field(changes, words):
    with pytest.raises(TombolaError) as refusal:
        convert(voice(**changes))
    assert words in str(refusal.value)


def test_metadata_travels_to_the_ticket():
    metadata = json.loads(convert(voice(labels={"x": "hell"})).network.metadata)
    assert metadata["labels"] == {"x": "hell"}
    assert convert(single("TANH", [4, 4], [0.001, 2.0**-15])).network.metadata == "{}"


def test_a_corpus_of_one_note_has_a_range():
    """The loader asks for low below high; only then is there a network to run."""
    network = convert(voice(pitch=[57.0, 57.0], loudness=[-9.0, -9.0])).network
    assert json.loads(network.metadata)["pitch"] == [57.0, 57.0]


def test_a_network_says_what_is_wrong_with_its_inputs():
    network = convert(single("TANH", [4, 4], [0.001, 2.0**-15])).network
    good = np.zeros(4, np.int16)
    for inputs, words in [
        ({}, "'x0' is missing"),
        ({"x0": np.zeros(5, np.int16)}, "5 elements, the ticket needs 4"),
        ({"x0": good.astype(np.float32)}, "int16"),
        ({"x0": good, "z": good}, "no input 'z'"),
    ]:
        with pytest.raises(ValueError, match=words):
            network.step(inputs)


TWO = together(
    {
        "rise": single("TANH", [4, 4], [0.001, 2.0**-15]),
        "fall": single("LOGISTIC", [6, 6], [0.002, 2.0**-15]),
    }
)


def test_a_signature_is_chosen_by_its_key():
    kinds = {key: read(TWO, key).nodes[0].kind for key in ("rise", "fall")}
    assert kinds == {"rise": "TANH", "fall": "LOGISTIC"}
    assert convert(TWO, "fall").network.inputs == {"x0": pytest.approx(0.002)}


def test_which_signature_is_meant_has_to_be_clear():
    with pytest.raises(TombolaError, match=r"'rise', 'fall'; choose .* --signature"):
        read(TWO)
    with pytest.raises(TombolaError, match=r"no signature 'flat'; .* 'rise', 'fall'"):
        read(TWO, "flat")


def changed(content: bytes, change: Callable[[Any], None]) -> bytes:
    """Return a .tflite with a change made to the object of its schema."""
    model = schema.ModelT.InitFromPackedBuf(bytearray(content), 0)
    change(model)
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize("key", [None, "serving_default"])
def test_a_model_without_signatures_goes_by_its_tensors(key):
    def forget(model):
        model.signatureDefs = None

    bare = changed(single("TANH", [4, 4], [0.001, 2.0**-15]), forget)
    if key is None:
        assert list(read(bare).inputs) == ["t0"]
        return
    with pytest.raises(TombolaError, match="its signatures are none"):
        read(bare, key)


def test_a_name_that_a_ticket_has_no_room_for_is_a_number():
    def forget(model):
        model.signatureDefs = None
        model.subgraphs[0].tensors[1].name = "model/encoder/conv2d_3x3/concat"

    bare = changed(single("ADD", [4] * 3, [0.1] * 3), forget)
    assert list(read(bare).inputs) == ["t0", "input 1"]
    assert list(convert(bare).network.inputs) == ["t0", "input 1"]


def test_control_flow_is_refused_with_what_it_runs():
    def loop(model):
        code = model.operatorCodes[0]
        code.builtinCode = schema.BuiltinOperator.WHILE
        code.deprecatedBuiltinCode = schema.BuiltinOperator.WHILE
        operator = model.subgraphs[0].operators[0]
        operator.builtinOptionsType = schema.BuiltinOptions.WhileOptions
        operator.builtinOptions = schema.WhileOptionsT()
        operator.builtinOptions.condSubgraphIndex = 0
        operator.builtinOptions.bodySubgraphIndex = 1

    words = r"operator 0 \(WHILE\) runs the subgraph 'rise' and the subgraph 'fall'"
    with pytest.raises(TombolaError, match=words):
        read(changed(TWO, loop), "rise")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("type", schema.TensorType.RESOURCE, "tensor 't2' is of type RESOURCE"),
        ("shape", [-1, 4], r"tensor 't2' has shape \[-1, 4\]; fixed dimensions"),
    ],
)
def test_a_tensor_that_is_never_converted_is_named_with_its_operator(
    field, value, words
):
    def spoil(model):
        setattr(model.subgraphs[0].tensors[2], field, value)

    with pytest.raises(TombolaError, match=rf"operator 0 \(ADD\): {words}"):
        read(changed(single("ADD", [4] * 3, [0.1] * 3), spoil))


def test_options_that_are_left_out_have_the_schema_s_defaults():
    def forget(model):
        operator = model.subgraphs[0].operators[0]
        operator.builtinOptions = None
        operator.builtinOptionsType = 0

    (node,) = read(changed(single("ADD", [4, 4, 4], [0.1] * 3), forget)).nodes
    assert node.options == {"fused_activation_function": 0, "pot_scale_int16": True}


def test_an_option_that_is_not_a_number_is_refused():
    model = single("LEAKY_RELU", [4, 4], [0.1] * 2, alpha=float("nan"))
    with pytest.raises(TombolaError, match="option alpha that is not a number"):
        read(model)


def test_what_overlaps_is_read_in_bounded_time():
    """A table that is in a vector many times costs four bytes each, its name none."""
    times = 1 << 14
    builder = flatbuffers.Builder(1 << 20)
    shape = builder.CreateNumpyVector(np.array([1], np.int32))
    name = builder.CreateString("n" * times)
    tensor = _table(builder, 10, {0: shape, 3: name})
    graph = _table(builder, 5, {0: _vector(builder, [tensor] * times)})
    graphs = _vector(builder, [graph])
    buffers = _vector(builder, [_table(builder, 1, {})])
    builder.Finish(_table(builder, 8, {2: graphs, 4: buffers}), b"TFL3")
    started = time.monotonic()
    with pytest.raises(TombolaError, match="bytes of names"):
        read(bytes(builder.Output()))
    assert time.monotonic() - started < 1


def _vector(builder: flatbuffers.Builder, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in offsets:
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _table(builder: flatbuffers.Builder, fields: int, values: dict[int, int]) -> int:
    builder.StartObject(fields)
    for field, offset in values.items():
        builder.PrependUOffsetTRelativeSlot(field, offset, 0)
    return builder.EndObject()


def test_more_operators_than_a_step_has_time_for_are_refused():
    maker = ModelMaker()
    x = maker.activation(1, 2.0**-15)
    y = x
    for _ in range(4097):
        y, before = maker.activation(1, 2.0**-15), y
        maker.operator("TANH", [before], y)
    with pytest.raises(TombolaError, match="4,097 operators, at most 4,096"):
        convert(maker.finish({"x": x}, {"y": y}))
