"""A serial port of this computer that leads to a virtual module: a pseudo-terminal."""

import os
import pty
import tty
from pathlib import Path
from types import TracebackType
from typing import Self

from tombola.errors import TombolaError
from tombola.virtual.usb_host import BUFFER, UsbHost


class Terminal:
    """Open it as any serial port, by `name`; many programs may, one after another.

    link: a path that leads to it for as long as it is there.
    """

    def __init__(self, link: Path | None = None) -> None:
        # Its other end stays open, or reading fails while no program has it open.
        self._here, self._there = pty.openpty()
        tty.setraw(self._there)
        os.set_blocking(self._here, False)
        self.name = os.ttyname(self._there)
        self._link = link
        if link is not None:
            self._make_link(link)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up: programs that have it open notice."""
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        os.close(self._here)
        os.close(self._there)

    def move(self, host: UsbHost) -> None:
        """Move bytes between whoever has it open and the module's USB host."""
        if host.ready and len(host.to_device) < BUFFER:
            host.to_device += self._read()
        if host.from_device:
            del host.from_device[: self._write(bytes(host.from_device))]

    def _read(self) -> bytes:
        try:
            return os.read(self._here, BUFFER)
        except BlockingIOError:
            return b""

    def _write(self, content: bytes) -> int:
        try:
            return os.write(self._here, content)
        except BlockingIOError:
            return 0

    def _make_link(self, link: Path) -> None:
        if link.is_symlink():  # what an earlier run left
            link.unlink()
        try:
            link.symlink_to(self.name)
        except OSError as error:
            raise TombolaError(
                f"{link} cannot be made to lead to the module ({error.strerror}); "
                "give another --link"
            ) from error
