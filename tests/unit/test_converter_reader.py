"""A .tflite that is damaged or of another kind is one sentence, never a traceback."""

import contextlib
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import ModelMaker, single

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
