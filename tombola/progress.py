"""Progress bars with the time left, the same for every command."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Bar:
    """One running task; `advance` it, and `note` what a person wants to see."""

    def __init__(self, progress: Progress, label: str, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task(label, total=total, note="")

    def advance(self, steps: int = 1) -> None:
        """Report `steps` more units of work as done."""
        self._progress.advance(self._task, steps)

    def note(self, text: str) -> None:
        """Show a short figure (a loss, a file name) behind the bar."""
        self._progress.update(self._task, note=text)


@contextmanager
def bar(label: str, total: int) -> Iterator[Bar]:
    """Show a bar for `total` units of work on stderr, with the time left.

    On a terminal the bar moves; in a log it is printed once, when it ends. Bars that
    run at the same time, one inside the other or in threads, share the screen.
    """
    with _screen.shared() as progress:
        yield Bar(progress, label, total)


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
