"""What will happen when: the machine's events, in instructions since reset."""

import heapq
from collections.abc import Callable
from itertools import count

from tombola.virtual._clock import Clock


class Timeline:
    """A queue of events on the core's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()

    @property
    def now(self) -> int:
        """Time since reset, in core cycles."""
        return self._clock.now

    @property
    def next(self) -> int | None:
        """When the next event is due."""
        return self._events[0][0] if self._events else None

    def after(self, cycles: int, action: Callable[[], None]) -> None:
        """Do `action` in `cycles`; the core is stopped for it in time."""
        due = self._clock.now + cycles
        heapq.heappush(self._events, (due, next(self._order), action))
        self._clock.deadline = min(self._clock.deadline, due)

    def stop(self) -> None:
        """Have the core stop before its next basic block."""
        self._clock.deadline = self._clock.now

    def fire(self) -> None:
        """Do what is due, in order."""
        while self._events and self._events[0][0] <= self._clock.now:
            heapq.heappop(self._events)[2]()
