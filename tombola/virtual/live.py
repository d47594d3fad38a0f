"""A virtual module that runs by itself, its USB at a pseudo-terminal."""

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tombola.virtual.module import MILLISECOND, VirtualModule
from tombola.virtual.terminal import Terminal

# Milliseconds that a module that was held up may run fast to make good for it.
HASTE = 100
WINDOW = 500  # ms over which speed and load are measured


class Meter:
    """How fast the module runs, and how much of its time it works.

    speed: of real time; 1 is as the hardware. load: share of the core's instructions.
    """

    def __init__(self, module: VirtualModule) -> None:
        self._module = module
        self._past: deque[tuple[float, int, int]] = deque(maxlen=WINDOW)
        self.speed = self.load = 0.0

    def note(self) -> None:
        """Look at the clocks; once a millisecond."""
        worked = sum(self._module.board.chip.core.executed.values())
        self._past.append((time.monotonic(), self._module.milliseconds, worked))
        begin, since, before = self._past[0]
        end, now, after = self._past[-1]
        if now > since and after >= before:  # it has not started anew in between
            self.speed = (now - since) / 1000 / max(end - begin, 1e-9)
            self.load = (after - before) / (now - since) / MILLISECOND


class Live:
    """Runs a module until told to stop. real_time: no faster than the hardware."""

    def __init__(
        self, module: VirtualModule, terminal: Terminal, *, real_time: bool = True
    ) -> None:
        self.module = module
        self.terminal = terminal
        self.meter = Meter(module)
        self._real_time = real_time
        self._due = time.monotonic()

    def turn(self) -> None:
        """Run a millisecond, move bytes, and wait for real time."""
        self.module.run(1)
        self.terminal.move(self.module.host)
        self.meter.note()
        if self._real_time:
            now = time.monotonic()
            self._due = max(self._due + 1e-3, now - HASTE / 1000)
            if self._due > now:
                time.sleep(self._due - now)

    def run(self, stop: Callable[[], bool]) -> None:
        """Turn until `stop` says so."""
        while not stop():
            self.turn()


class BackgroundModule:
    """A module that runs in a thread for as long as the context lasts.

    port: the name of its serial port. What stops it is raised when the context ends.
    """

    def __init__(self, module: VirtualModule, link: Path | None = None) -> None:
        self._terminal = Terminal(link)
        self._live = Live(module, self._terminal, real_time=False)
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = self._terminal.name

    def __enter__(self) -> Self:
        self._live.module.plug_in()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._error is not None and error is None:
            raise self._error

    def stop(self) -> None:
        """Stop it and hang up, as a cable that is pulled."""
        if not self._stop.is_set():
            self._stop.set()
            self._thread.join()
            self._terminal.close()

    def _run(self) -> None:
        try:
            self._live.run(self._stop.is_set)
        except BaseException as error:  # raised where it is seen
            self._error = error
