"""The tools' end of the link: what they say of whatever is at the other end."""

import zlib
from collections import deque
from dataclasses import replace

import pytest
from cobs import cobs

from tombola.errors import TombolaError
from tombola.generated.protocol import VERSION, Command, InfoAnswer, Result, Target
from tombola.module import frames
from tombola.module.link import ATTEMPTS, Link, LostError, RefusedError

INFO = InfoAnswer(*("0.1.0", "", "harp"), *(0,) * 11, 0.25, 0.5, *(0,) * 13)


class ScriptedLine:
    """Answers each request with what the script has next, in a time of its own."""

    def __init__(self, *script: bytes) -> None:
        self.sent: list[bytes] = []
        self.time = 0.0
        self._script = deque(script)
        self._coming = b""

    def write(self, data: bytes) -> int:
        self.sent.append(data)
        if self._script:
            self._coming += self._script.popleft()
        return len(data)

    def read(self, size: int) -> bytes:
        self.time += 0.05
        content, self._coming = self._coming[:size], self._coming[size:]
        return content

    def seconds(self) -> float:
        return self.time


class AnsweringLine(ScriptedLine):
    """Answers with the sequence that was asked for."""

    def __init__(self, result: int = 0, body: bytes = b"", version: int = VERSION):
        super().__init__()
        self._answer = (result, body, version)
        self.before = b""  # comes before each answer
        self.passed_over = 0  # requests that get no answer

    def write(self, data: bytes) -> int:
        self.sent.append(data)
        if self.passed_over:
            self.passed_over -= 1
            return len(data)
        _, sequence, command, _ = request(data)
        self._coming += self.before + answer(sequence, command, *self._answer)
        return len(data)


def request(sent: bytes) -> tuple[int, int, int, bytes]:
    frame = cobs.decode(sent.strip(b"\0"))
    return frame[0], frame[1], frame[2], frame[3:-4]


def answer(
    sequence: int, command: int, result: int, body: bytes = b"", version: int = VERSION
) -> bytes:
    frame = bytes((version, sequence, command | 0x80, result)) + body
    return frames.stuff(frame + zlib.crc32(frame).to_bytes(4, "little"))


def linked(line: ScriptedLine) -> Link:
    return Link(line, "port", line.seconds)


def test_an_answer_comes_back_with_what_it_says() -> None:
    line = AnsweringLine(body=INFO.pack())
    assert linked(line).info() == INFO
    assert len(line.sent) == 1
    assert line.sent[0][0] == 0, "the first byte does not end what came before"


def test_what_is_not_the_answer_is_passed_over() -> None:
    line = AnsweringLine(body=INFO.pack())
    link = linked(line)
    asked = request(frames.request(0, Command.INFO))
    line.before = (
        b"rubbish\0"
        + answer(7, Command.STATUS, 0, bytes(92))
        + frames.request(1, Command.INFO)  # an echo
        + answer(1, Command.INFO, 0, INFO.pack())[:40]
        + b"\0"
    )
    assert asked[2] == Command.INFO
    assert link.info() == INFO


def test_what_an_older_firmware_does_not_tell_is_0() -> None:
    without_start = replace(INFO, start=5).pack()[:-4]
    assert linked(AnsweringLine(body=without_start)).info() == INFO


def test_a_request_that_got_lost_is_asked_again() -> None:
    line = AnsweringLine(body=INFO.pack())
    line.passed_over = ATTEMPTS - 1
    assert linked(line).info() == INFO
    assert len(line.sent) == ATTEMPTS


def test_silence_is_told_after_three_seconds() -> None:
    line = ScriptedLine()
    with pytest.raises(LostError, match="port does not answer; is it a module"):
        linked(line).info()
    assert len(line.sent) == ATTEMPTS
    assert line.time == pytest.approx(3.0, abs=0.2)


@pytest.mark.parametrize("noise", [b"OK\r\n", b"\0\0\0", bytes(range(256)) * 40])
def test_another_device_is_told(noise: bytes) -> None:
    line = ScriptedLine(noise, noise, noise)
    with pytest.raises(LostError, match="not what a module does; is it another device"):
        linked(line).info()


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (VERSION - 1, "older firmware .* bring it up to date: tombola module flash"),
        (VERSION + 1, "newer firmware .* run: pip install --upgrade tombola"),
    ],
)
def test_another_version_is_told_with_what_to_do(version: int, message: str) -> None:
    line = AnsweringLine(Result.VERSION, version=version)
    with pytest.raises(TombolaError, match=message):
        linked(line).info()


def test_any_version_can_be_sent_into_its_loader() -> None:
    line = AnsweringLine(version=VERSION + 1)
    linked(line).reboot(Target.LOADER)
    assert request(line.sent[0])[2:] == (Command.REBOOT, b"\1")


def test_a_refusal_says_what_and_why() -> None:
    line = AnsweringLine(Result.TICKET, b"its checksum is wrong")
    with pytest.raises(RefusedError, match="refuses the ticket: its checksum") as told:
        linked(line).ask(Command.TICKET_COMMIT, b"\0")
    assert told.value.result is Result.TICKET


def test_a_result_that_is_not_known_is_told() -> None:
    with pytest.raises(TombolaError, match="result 99, which this tombola does not"):
        linked(AnsweringLine(99)).info()


class PulledLine(ScriptedLine):
    def read(self, size: int) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_hang_up_is_told() -> None:
    with pytest.raises(LostError, match="port hung up; plug its USB in again"):
        linked(PulledLine()).info()
