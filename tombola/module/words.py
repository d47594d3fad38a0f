"""What a module answers, in words."""

from tombola.generated.protocol import InfoAnswer

BUILT_IN = 8  # the slot of the ticket in the firmware, behind those in flash

BOARDS = (
    "Daisy Seed (AK4556)",
    "Daisy Seed 2 DFM (PCM3060)",
    "Daisy Seed 1.1 (WM8731)",
)
STATES = (
    "starting",
    "playing",
    "silent: the ticket cannot be played; put it in again",
    "stopped",
)
STARTS = (
    "not told by this firmware",
    "power on",
    "a dip of the supply",
    "the Seed's button RESET",
    "a tool asked it to",
    "the watchdog: it hung, or had the last fault",
)


def slot(number: int) -> str:
    """Name a slot as its light is named, 1 to 8."""
    return "built in" if number == BUILT_IN else f"slot {number + 1}"


def choice(words: tuple[str, ...], number: int) -> str:
    """Name a number; one that a newer firmware says stays a number."""
    return words[number] if number < len(words) else str(number)


def fault(info: InfoAnswer) -> str:
    """Say what the last fault was, if there was one."""
    if not info.fault_exception:
        return "none"
    return (
        f"exception {info.fault_exception} at 0x{info.fault_pc:08X}, called from "
        f"0x{info.fault_lr:08X}; CFSR 0x{info.fault_cfsr:08X}, HFSR "
        f"0x{info.fault_hfsr:08X}, MMFAR 0x{info.fault_mmfar:08X}, BFAR "
        f"0x{info.fault_bfar:08X}"
    )


def late(info: InfoAnswer) -> str:
    """Say what was late since the module was switched on."""
    return (
        f"{info.late_blocks:,} of {info.blocks:,} blocks, {info.late_frames:,} of "
        f"{info.frames:,} frames, {info.late_scans:,} scans of the panel"
    )


def info_rows(info: InfoAnswer) -> list[tuple[str, str]]:
    """Return what `info` shows, (what, how it is)."""
    state = choice(STATES, info.state)
    if info.error:
        state += f", error {info.error} (its lights: firmware/README.md)"
    return [
        ("firmware", f"{info.firmware} {info.build}".strip()),
        ("board", choice(BOARDS, info.board)),
        ("state", state),
        ("ticket", f"{info.ticket or 'without a name'} ({slot(info.slot)})"),
        ("load", f"{info.load_mean:.0%}, {info.load_worst:.0%} at worst"),
        ("a block", _cycles(info.block_cycles_mean, info.block_cycles_worst)),
        ("a frame", _cycles(info.frame_cycles_mean, info.frame_cycles_worst)),
        ("late", late(info)),
        ("damaged messages", f"{info.bad_frames:,}"),
        ("started", f"{info.blocks / 1000:,.0f} s ago; {_starts(info.boots)}"),
        ("started by", choice(STARTS, info.start)),
        ("last fault", fault(info)),
    ]


def _starts(boots: int) -> str:
    return f"{boots:,} {'time' if boots == 1 else 'times'} since power on"


def _cycles(mean: int, worst: int) -> str:
    return f"{mean:,} cycles, {worst:,} at worst"
