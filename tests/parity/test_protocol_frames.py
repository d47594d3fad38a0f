"""The module's frames in C++ and the tools' in Python, held together."""

from hypothesis import given
from hypothesis import strategies as st

from tombola import _core
from tombola.generated.protocol import BODY_BYTES, Command
from tombola.module import frames

BYTE = st.integers(0, 255)
# Few zeros, many, and runs longer than the 254 bytes that COBS takes at once.
BODY = st.one_of(
    st.binary(max_size=BODY_BYTES),
    st.lists(st.sampled_from([0, 1, 255]), max_size=BODY_BYTES).map(bytes),
    st.integers(0, BODY_BYTES).map(lambda n: bytes([7]) * n),
)
NOISE = st.binary(max_size=3000)


@given(BYTE, st.sampled_from(Command), BODY, NOISE)
def test_the_module_reads_what_the_tools_send_after_any_noise(
    sequence: int, command: Command, body: bytes, noise: bytes
) -> None:
    stream = noise + b"\0" + frames.request(sequence, command, body)
    assert _core.read_requests(stream)[-1] == (1, sequence, command, body)


@given(BYTE, st.sampled_from(Command), BYTE, BODY)
def test_the_tools_read_what_the_module_sends(
    sequence: int, command: Command, result: int, body: bytes
) -> None:
    wire = _core.write_answer(sequence, command, result, body)
    assert wire.count(0) == 1
    assert len(wire) <= frames.WIRE_BYTES
    read = frames.answer(wire[:-1])
    assert read == frames.Answer(1, sequence, command, result, body)


@given(BODY, st.integers(0, 10_000), st.integers(0, 7))
def test_neither_takes_a_frame_with_a_flipped_bit(
    body: bytes, place: int, bit: int
) -> None:
    for wire in (
        frames.request(3, Command.SETTINGS_WRITE, body),
        _core.write_answer(3, Command.SETTINGS_WRITE, 0, body),
    ):
        harmed = bytearray(wire)
        harmed[place % (len(wire) - 1)] ^= 1 << bit
        assert _core.read_requests(bytes(harmed)) == []
        assert all(frames.answer(part) is None for part in harmed.split(b"\0"))
