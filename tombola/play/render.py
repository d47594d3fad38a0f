"""Plays a panel track: on the host's copy of the core, or on the virtual module."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from tombola import files
from tombola.errors import TombolaError
from tombola.generated.sound import BLOCK
from tombola.performance import PanelTrack, Performance
from tombola.play.ticket_file import instrument
from tombola.progress import bar

COMPILER = "arm-none-eabi-g++"
IMAGE_FILES = ("tombola.elf", "tombola.bin", "sizes.json")
HOST_STRETCH = 1000  # blocks between two steps of the progress bar

_ROOT = Path(__file__).resolve().parents[2]


def play_on_host(ticket: bytes, track: PanelTrack) -> Performance:
    """Play `track` on the host: the core that the firmware runs, compiled for it.

    Raises TombolaError if the core cannot play the ticket.
    """
    player = instrument(ticket)
    parts = []
    with bar("host", track.blocks) as progress:
        for first in range(0, track.blocks, HOST_STRETCH):
            last = min(first + HOST_STRETCH, track.blocks)
            blocks, samples = slice(first, last), slice(first * BLOCK, last * BLOCK)
            parts.append(
                player.render(
                    track.cv[blocks],
                    track.knobs[blocks],
                    track.gates[blocks],
                    track.audio[samples],
                )
            )
            progress.advance(last - first)
    return Performance(
        audio=np.concatenate([part["audio"] for part in parts]),
        cv=np.concatenate([part["cv"] for part in parts]),
        gate=np.concatenate([part["gate"] for part in parts]),
        lights=np.concatenate([part["lights"] for part in parts]),
        frames=sum(part["frames"] for part in parts),
        late_frames=sum(part["late_frames"] for part in parts),
    )


def play_on_module(firmware: Path, track: PanelTrack) -> Performance:
    """Play `track` on the virtual module, which runs the ELF `firmware`.

    Raises TombolaError if there is no such file or it does not play.
    """
    from tombola.virtual.render import render  # noqa: PLC0415 - needs an extra

    if not firmware.is_file():
        raise TombolaError(
            f"{firmware}: there is no such firmware; leave --firmware out to build one"
        )
    return render(firmware, track)


def require_firmware_tools() -> None:
    """Raise TombolaError where there are no sources or no compiler for the firmware."""
    if not (_ROOT / "firmware" / "Makefile").is_file():
        raise TombolaError(
            "the firmware's sources are not here; play on the module from a checkout "
            "of the repository, or give a built image with --firmware"
        )
    for tool in ("make", COMPILER):
        if shutil.which(tool) is None:
            raise TombolaError(
                f"{tool} is not installed, and the firmware is built with it; "
                "`make setup` installs it"
            )


def build_firmware(ticket: bytes) -> Path:
    """Build the firmware with `ticket` in it and return its ELF.

    All tickets share the objects in build/firmware/objects, one build at a time; the
    image and its sizes.json then go to build/firmware/<hash of the ticket>.

    Raises TombolaError outside of a checkout, without the compiler, or with what the
    compiler said.
    """
    require_firmware_tools()
    build = _ROOT / "build" / "firmware"
    objects = build / "objects"
    objects.mkdir(parents=True, exist_ok=True)
    folder = build / hashlib.sha256(ticket).hexdigest()[:12]
    with (objects / "lock").open("w") as lock, bar("firmware", 1) as progress:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _run_make(ticket, objects)
        for name in IMAGE_FILES:
            with files.whole(folder / name) as temporary:
                shutil.copyfile(objects / name, temporary)
        progress.advance()
    return folder / "tombola.elf"


def _run_make(ticket: bytes, objects: Path) -> None:
    source = objects / "ticket"
    with files.whole(source) as temporary:
        temporary.write_bytes(ticket)
    command = [
        "make",
        "--no-print-directory",
        f"--jobs={os.cpu_count() or 1}",
        "-C",
        str(_ROOT / "firmware"),
        f"TICKET={source}",
        f"OUT={objects}",
        f"PYTHON={sys.executable}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise TombolaError(f"the firmware cannot be built:\n{done.stderr.strip()}")
