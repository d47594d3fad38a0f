"""`tombola virtual`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tombola.virtual.console import TypedLines
    from tombola.virtual.live import Live

DISPLAY_EVERY = 100  # ms of the module


@click.command()
@click.option(
    "--ticket",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Build the firmware with this ticket in it.",
)
@click.option(
    "--elf",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The firmware image to run.  [default: build/firmware/tombola.elf]",
)
@click.option(
    "--flash",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file that keeps the flash chip (tickets, settings, calibration) from run "
    "to run.  [default: a new chip]",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Number of the board: its parts deviate as parts do, and it has noise. "
    "Without it, all parts are exact.",
)
@click.option(
    "--speed",
    type=click.Choice(["real", "max"]),
    default="real",
    show_default=True,
    help="real: no faster than the hardware. max: as fast as this computer can.",
)
@click.option(
    "--link",
    type=click.Path(path_type=Path),
    help="A path that leads to the serial port, so that its name is always the same.",
)
def command(
    ticket: Path | None,
    elf: Path | None,
    flash: Path | None,
    seed: int | None,
    speed: str,
    link: Path | None,
) -> None:
    """Run the module's firmware without a module, until Ctrl-C.

    \b
      tombola virtual                                  prints its serial port ...
      tombola module monitor --port /dev/pts/5         ... for the tools
      tombola virtual --ticket harp.ticket --link /tmp/module

    The firmware's image runs, byte for byte, on an emulated chip. Lines that are typed
    play the panel: knob NAME 0..1, cv JACK VOLTS, gate JACK VOLTS, cable JACK (from the
    jack CV), press, release, and unplug and plug for its USB.
    """
    import signal
    import threading

    from tombola.errors import TombolaError
    from tombola.files import require_place
    from tombola.virtual.flash_chip import FlashChip
    from tombola.virtual.front_end import FrontEnd
    from tombola.virtual.image import load
    from tombola.virtual.live import Live
    from tombola.virtual.module import VirtualModule
    from tombola.virtual.terminal import Terminal

    if ticket is not None and elf is not None:
        raise TombolaError("--elf has a ticket in it already; leave out --ticket")
    front_end = FrontEnd.exact() if seed is None else FrontEnd.drawn(seed)
    # A shell has its background jobs ignore Ctrl-C; to be told to end, or to lose the
    # terminal, is the same.
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    if flash is not None:
        require_place(flash)
    chip = FlashChip() if flash is None else FlashChip.load(flash)
    module = VirtualModule(load(_image(ticket, elf)), front_end, flash_chip=chip)
    with Terminal(link) as terminal:
        live = Live(module, terminal, real_time=speed == "real")
        module.plug_in()
        click.echo(link or terminal.name)
        try:
            _run(live, lambda: ended.is_set() or module.in_loader)
        finally:
            if flash is not None:
                chip.save(flash)


def _image(ticket: Path | None, elf: Path | None) -> Path:
    from tombola.errors import TombolaError
    from tombola.play.render import build_firmware
    from tombola.play.ticket_file import read_ticket

    if ticket is not None:
        return build_firmware(read_ticket(ticket))
    found = elf or Path("build/firmware/tombola.elf")
    if not found.is_file():
        raise TombolaError(
            f"{found}: there is no such firmware; build it with `make firmware`, or "
            "give --ticket and it is built"
        )
    return found


def _run(live: "Live", stop: Callable[[], bool]) -> None:
    """Run on, with a line about it where there is somebody to read it."""
    from rich.console import Console
    from rich.live import Live as Display

    from tombola.virtual.console import TypedLines

    typed = TypedLines()
    console = Console(stderr=True)
    if not console.is_terminal:
        while not stop():
            _turn(live, typed)
    else:
        with Display(console=console, transient=True, auto_refresh=False) as display:
            while not stop():
                _turn(live, typed)
                display.update(_line(live), refresh=True)
    if live.module.in_loader:
        click.echo(
            "The module has gone into its chip's USB loader, which is not there; to go "
            "on, run this again.",
            err=True,
        )


def _turn(live: "Live", typed: "TypedLines") -> None:
    """Run a tenth of a second, and do what was typed."""
    from tombola.errors import TombolaError
    from tombola.virtual.console import obey

    for _ in range(DISPLAY_EVERY):
        live.turn()
    for line in typed.read():
        try:
            obey(live.module, line)
        except TombolaError as error:
            click.echo(f"tombola: {error}", err=True)


def _line(live: "Live") -> str:
    lights = "".join("●" if live.module.lights() >> i & 1 else "○" for i in range(8))
    return (
        f"{lights}   load {live.meter.load:4.0%}   speed {live.meter.speed:.2f}   "
        f"{live.terminal.name}"
    )
