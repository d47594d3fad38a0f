class Clock:
    """Virtual time of one Unicorn engine, in instructions."""

    now: int
    deadline: int
    expired: bool

    def __init__(
        self, engine: int, hook_add: int, emu_stop: int, mem_read: int
    ) -> None: ...
