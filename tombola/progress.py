"""Progress bars with the time left, the same for every command."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Bar:
    """One running task; `advance` it, and `note` what a person wants to see."""

    def __init__(
        self, screen: Callable[[], Progress], label: str, total: int, patience: float
    ) -> None:
        self._screen = screen
        self._shown_from = time.monotonic() + patience
        self._label, self._total = label, total
        self._done, self._note = 0, ""
        self._task: tuple[Progress, TaskID] | None = None
        self._show()

    def advance(self, steps: int = 1) -> None:
        """Report `steps` more units of work as done."""
        self._done += steps
        self._show()

    def note(self, text: str) -> None:
        """Show a short figure (a loss, a file name) behind the bar."""
        self._note = text
        self._show()

    def _show(self) -> None:
        if self._task is None and time.monotonic() >= self._shown_from:
            progress = self._screen()
            task = progress.add_task(self._label, total=self._total, note="")
            self._task = progress, task
        if self._task is not None:
            progress, task = self._task
            progress.update(task, completed=self._done, note=self._note)


@contextmanager
def bar(label: str, total: int, patience: float = 0) -> Iterator[Bar]:
    """Show a bar for `total` units of work on stderr, with the time left.

    On a terminal the bar moves; in a log it is printed once, when it ends. Bars that
    run at the same time, one inside the other or in threads, share the screen. What is
    done within `patience` seconds shows none.
    """
    with ExitStack() as stack:
        yield Bar(lambda: stack.enter_context(_screen.shared()), label, total, patience)


class _Screen:
    """The display of the bars that are running, up from the first to the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._progress = Progress()

    @contextmanager
    def shared(self) -> Iterator[Progress]:
        with self._lock:
            if self._users == 0:
                self._progress = _display()
                self._progress.start()
            self._users += 1
        try:
            yield self._progress
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._progress.stop()


def _display() -> Progress:
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    return Progress(*columns, console=Console(stderr=True))


_screen = _Screen()
