"""The firmware into the chip's flash, by its USB loader and the program dfu-util."""

import re
import shutil
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tombola.errors import TombolaError

FLASH, FLASH_BYTES = 0x08000000, 128 << 10
# Where the stack may begin: behind the last byte of DTCM, AXI SRAM or D2 SRAM.
RAM = ((0x20000000, 0x20020000), (0x24000000, 0x24080000), (0x30000000, 0x30048000))
LOADER = "0483:df11"  # of ST's ROM
DONE = "File downloaded successfully"
BY_HAND = (
    "hold the button BOOT on the Daisy Seed, tap RESET, let go of BOOT; its USB loader "
    "then waits"
)


def read_image(path: Path) -> bytes:
    """Return a firmware image, as `make firmware` writes it: tombola.bin.

    Raises TombolaError for what would not start on the chip.
    """
    size = path.stat().st_size
    if size > FLASH_BYTES:
        raise TombolaError(
            f"{path} has {size:,} bytes, and the chip's flash {FLASH_BYTES:,}; "
            "is it tombola.bin?"
        )
    content = path.read_bytes()
    # The vector table begins with the stack's top and the first instruction, whose
    # lowest bit says Thumb (DDI 0403 B1.5.3).
    stack, start = struct.unpack_from("<II", content.ljust(8, b"\0"))
    starts = FLASH <= start < FLASH + size and start & 1
    if not starts or not any(low < stack <= high for low, high in RAM):
        raise TombolaError(
            f"{path} is no firmware for the module's chip; `make firmware` writes "
            "build/firmware/tombola.bin"
        )
    return content


def find_program() -> str:
    """Return where dfu-util is.

    Raises TombolaError when it is not installed.
    """
    program = shutil.which("dfu-util")
    if program is None:
        raise TombolaError(
            "dfu-util is not installed; on Debian and Ubuntu: sudo apt install "
            "dfu-util, on macOS: brew install dfu-util"
        )
    return program


def loader_is_there(program: str) -> bool:
    """Tell whether a chip waits in its USB loader."""
    listed = subprocess.run(
        [program, "-l", "-d", f",{LOADER}"], capture_output=True, text=True, check=False
    )
    return "Found DFU" in listed.stdout


def await_loader(program: str, seconds: float, every: float = 0.5) -> bool:
    """Wait for a chip in its USB loader; tell whether one came in time."""
    until = time.monotonic() + seconds
    while not loader_is_there(program):
        if time.monotonic() >= until:
            return False
        time.sleep(every)
    return True


def flash(program: str, image: Path, show: Callable[[int], None]) -> None:
    """Write an image and start it. show: told how far it is, in percent.

    dfu-util may end with an error after it has done everything, because the chip is
    gone then; so what it prints is what counts.

    Raises TombolaError when it was not written.
    """
    where = f"0x{FLASH:08x}:leave"
    command = [program, "-a", "0", "-s", where, "-D", str(image), "-d", f",{LOADER}"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
    ) as process:
        output = ""
        while process.stdout is not None and (come := process.stdout.read(64)):
            output += come.decode(errors="replace")
            for percent in re.findall(r"Download\s*\[[= ]*\]\s*(\d+)%", output)[-1:]:
                show(int(percent))
    if DONE not in output:
        raise TombolaError(_why(output))


def _why(output: str) -> str:
    if "Cannot open DFU device" in output or "LIBUSB_ERROR_ACCESS" in output:
        return (
            "the chip's USB loader may not be opened by your user; on Linux add a udev "
            f"rule for {LOADER}, or run the command with sudo"
        )
    if "No DFU capable USB device" in output:
        return f"no chip waits in its USB loader; {BY_HAND}"
    said = [line.strip() for line in re.split(r"[\r\n]+", output) if line.strip()]
    last = said[-1] if said else "nothing"
    return (
        f"dfu-util did not write the firmware, its last words were '{last:.120}'; "
        f"{BY_HAND}, and try again"
    )
