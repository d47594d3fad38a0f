"""The conversation with a module: a request, its answer, and what can go wrong."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from tombola.errors import TombolaError
from tombola.generated.protocol import (
    PATIENCE_MS,
    SENTENCES,
    VERSION,
    Command,
    InfoAnswer,
    RebootRequest,
    Result,
    StatusAnswer,
    Target,
)
from tombola.module import frames, ports

ATTEMPTS = 3


class Line(Protocol):
    """What a link needs of a serial port.

    read returns what has come, at most `size` bytes, after waiting for one a moment at
    most; both raise OSError after a hang-up.
    """

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes."""

    def write(self, data: bytes, /) -> int | None:
        """Send bytes."""


class RefusedError(TombolaError):
    """The module answered that it will not do it; `result` says why."""

    def __init__(self, result: Result, message: str) -> None:
        super().__init__(message)
        self.result = result


class LostError(TombolaError):
    """The module does not answer any more, or nothing like a module ever did."""


class Link:
    """A conversation over a serial port that is open. `name` is for messages.

    seconds: the clock by which answers are late.
    """

    def __init__(
        self, line: Line, name: str, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self._line = line
        self._seconds = seconds
        # Not that of the program before us, whose answers may still be on their way.
        self._sequence = secrets.randbelow(256)
        self._received = bytearray()
        self._heard = False  # anything, since the request

    def ask(self, command: Command, body: bytes = b"", extra: float = 0.0) -> bytes:
        """Send a request and return its answer's body.

        extra: seconds that the module is known to need on top.

        Raises:
            RefusedError: It answered with another result than ok.
            LostError: No answer came, after asking three times.
            TombolaError: Its version of the protocol is not ours.
        """
        self._sequence = (self._sequence + 1) % 256
        wire = frames.request(self._sequence, command, body)
        self._heard = False
        for _ in range(ATTEMPTS):
            with self._hang_up_is_told():
                # The zero ends whatever the module was sent before.
                self._line.write(frames.DELIMITER + wire)
                answer = self._await(command, PATIENCE_MS / 1000 + extra)
            if answer is not None:
                return self._accept(command, answer)
        if self._heard:
            raise LostError(
                f"{self.name} sends something, but not what a module does; is it "
                "another device? `tombola module list` shows modules"
            )
        raise LostError(
            f"{self.name} does not answer; is it a module, and is its rack switched "
            "on? Unplug its USB and plug it in again, then try again"
        )

    def info(self) -> InfoAnswer:
        """Ask who the module is, and how it has fared."""
        return InfoAnswer.unpack(self.ask(Command.INFO))

    def status(self) -> StatusAnswer:
        """Ask for one look at the panel."""
        return StatusAnswer.unpack(self.ask(Command.STATUS))

    def reboot(self, target: Target) -> None:
        """Start the module anew, or its chip's loader; the port then goes away."""
        self.ask(Command.REBOOT, RebootRequest(target).pack())

    def _await(self, command: Command, patience: float) -> frames.Answer | None:
        """Return the answer to the last request, or None when it is too late.

        Others are passed over.
        """
        until = self._seconds() + patience
        while self._seconds() < until:
            come = self._line.read(4096)
            self._heard = self._heard or bool(come)
            self._received += come
            *ended, rest = self._received.split(frames.DELIMITER)
            self._received = rest[-frames.WIRE_BYTES :]
            for stuffed in ended:
                answer = frames.answer(bytes(stuffed))
                if answer is None:
                    continue
                if (answer.sequence, answer.command) == (self._sequence, command):
                    return answer
        return None

    def _accept(self, command: Command, answer: frames.Answer) -> bytes:
        # REBOOT is the same in all versions: it leads to another firmware.
        if answer.version != VERSION and command is not Command.REBOOT:
            raise TombolaError(_other_version(self.name, answer.version))
        if answer.result == Result.OK:
            return answer.body
        try:
            result = Result(answer.result)
        except ValueError:
            raise TombolaError(
                f"{self.name} answers with result {answer.result}, which this tombola "
                "does not know; run: pip install --upgrade tombola"
            ) from None
        detail = answer.body.decode(errors="replace")
        said = SENTENCES[result] + (f": {detail}" if detail else "")
        raise RefusedError(result, f"{self.name}: {said}")

    @contextmanager
    def _hang_up_is_told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LostError(
                f"{self.name} hung up; plug its USB in again, then try again"
            ) from error


def _other_version(name: str, version: int) -> str:
    if version < VERSION:
        return (
            f"{name} has an older firmware (protocol {version}, this tombola speaks "
            f"{VERSION}); bring it up to date: tombola module flash"
        )
    return (
        f"{name} has a newer firmware (protocol {version}, this tombola speaks "
        f"{VERSION}); run: pip install --upgrade tombola"
    )


@contextmanager
def open_link(port: str | None) -> Iterator[Link]:
    """Open the link to a module at a serial port, or to the one that is plugged in.

    Raises TombolaError when there is none, or it cannot be opened.
    """
    device = port or ports.find()
    with ports.connect(device) as line:
        yield Link(line, device)
