"""`tombola module flash`: another firmware."""

from pathlib import Path

import click

from tombola.cli.module.options import port_option

PATIENCE = 60.0  # seconds for a person to find BOOT and RESET
RESTART = 5.0  # seconds from REBOOT to the loader


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@port_option
def command(image: Path, port: str | None) -> None:
    """Put IMAGE, a firmware such as build/firmware/tombola.bin, into the module.

    \b
      tombola module flash build/firmware/tombola.bin

    The module is asked to start its chip's USB loader. When it cannot, you are told
    which buttons to press. Tickets, settings and calibration stay. Needs dfu-util.
    """
    from tombola.errors import TombolaError
    from tombola.module import flash
    from tombola.progress import bar

    flash.read_image(image)
    program = flash.find_program()
    if not flash.loader_is_there(program):
        _ask_for_loader(program, port)
    with bar("flash", 100) as progress:
        told = 0

        def show(percent: int) -> None:
            nonlocal told
            progress.advance(max(percent - told, 0))
            told = max(told, percent)

        try:
            flash.flash(program, image, show)
        except TombolaError:
            progress.note("failed")
            raise
    click.echo("The firmware is in the module, which starts with it now.")


def _ask_for_loader(program: str, port: str | None) -> None:
    """Get the chip into its loader: by the module itself, or by a person's hands."""
    from tombola.errors import TombolaError
    from tombola.generated.protocol import Target
    from tombola.module import flash
    from tombola.module.link import open_link

    try:
        with open_link(port) as link:
            link.reboot(Target.LOADER)
        if flash.await_loader(program, RESTART):
            return
        why = "the module was asked to start its USB loader, but did not"
    except TombolaError as error:
        why = str(error)
    click.echo(f"{why}.\nThen by hand: {flash.BY_HAND}. Waiting for it ...", err=True)
    if not flash.await_loader(program, PATIENCE):
        raise TombolaError(
            f"no chip came up in its USB loader within {PATIENCE:.0f} s; try another "
            f"cable, one that carries data; {flash.BY_HAND}; then run this again"
        )
