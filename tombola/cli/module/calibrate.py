"""`tombola module calibrate`: from a source of exact volts to a module in tune."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tombola.cli.module.options import port_option

if TYPE_CHECKING:
    from tombola.module.calibration.checks import BadPatchError
    from tombola.module.calibration.patches import Patch
    from tombola.module.calibration.run import Hands, Outcome
    from tombola.module.calibration.stages import Stage
    from tombola.module.link import Link
    from tombola.virtual.robot import Robot

STAGES = ("inputs", "pitch", "output")


@click.command()
@click.argument("stages", type=click.Choice(STAGES), nargs=-1)
@click.option(
    "--octaves",
    type=(int, int),
    default=(-3, 7),
    show_default=True,
    metavar="LOW HIGH",
    help="The volts that your source gives, for the stage `pitch`.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("calibration.json"),
    show_default=True,
    help="The report; the same as .txt, and a picture as .png, go beside it.",
)
@click.option(
    "--module",
    "where",
    type=click.Choice(["usb", "virtual"]),
    default="usb",
    show_default=True,
    help="usb: a module, whose cables you patch. virtual: the firmware on an emulated "
    "chip behind a random board, patched by a robot: to see how it goes.",
)
@click.option(
    "--board",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Number of the random board, with --module virtual.",
)
@click.option(
    "--elf",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("build/firmware/tombola.elf"),
    show_default=True,
    help="The firmware image, with --module virtual.",
)
@port_option
def command(
    stages: tuple[str, ...],
    octaves: tuple[int, int],
    output: Path,
    where: str,
    board: int,
    elf: Path,
    port: str | None,
) -> None:
    """Calibrate the module: all STAGES (inputs, pitch, output), or those you name.

    \b
      tombola module calibrate
      tombola module calibrate pitch --octaves 0 5
      tombola module calibrate --module virtual --board 3

    Each stage says what to patch, measures it, measures it again, and only then saves
    what it found. Ctrl-C at any time leaves the calibration from before in force.
    docs/build/calibration.md has the whole story.
    """
    from tombola.files import require_place
    from tombola.module.calibration.report import SUFFIXES
    from tombola.module.calibration.stages import all_stages
    from tombola.module.link import open_link

    chosen = [
        stage for stage in all_stages(octaves) if stage.name in (stages or STAGES)
    ]
    for suffix in SUFFIXES:
        require_place(output.with_suffix(suffix))
    if where == "virtual":
        _calibrate(*_virtual(elf, board), chosen, output)
        return
    with open_link(port) as link:
        _calibrate(link, _Person(), chosen, output)


def _virtual(elf: Path, board: int) -> "tuple[Link, Robot]":
    """Switch a virtual module on, with a robot at its jacks."""
    from tombola.module.link import Link
    from tombola.virtual.front_end import FrontEnd
    from tombola.virtual.image import load
    from tombola.virtual.module import HostPort, VirtualModule
    from tombola.virtual.robot import Robot

    module = VirtualModule(load(elf), FrontEnd.drawn(board))
    module.plug_in()
    port = HostPort(module)
    return Link(port, "the virtual module", port.seconds), Robot(module, click.echo)


def _calibrate(
    link: "Link", hands: "Hands", stages: "list[Stage]", output: Path
) -> None:
    """Run the stages; those that passed are reported, whatever ends the rest."""
    import sys

    from tombola.module.calibration import report
    from tombola.module.calibration.run import run
    from tombola.module.remote import RemoteModule

    about = report.about(link.info())
    outcomes: list[Outcome] = []
    try:
        for stage in stages:
            click.echo(f"\n{stage.title[0].upper()}{stage.title[1:]}.\n{stage.intro}")
            outcomes.append(run(stage, RemoteModule(link), hands, click.echo))
            click.echo("\n".join(report.text(outcomes[-1])))
    except (KeyboardInterrupt, click.Abort):
        kept = "; the stages that passed are kept" if outcomes else ""
        click.echo(f"\nStopped. The calibration from before is in force{kept}.")
        sys.exit(1)
    finally:
        if outcomes:
            report.write(output, about, outcomes)
    names = [str(output.with_suffix(suffix)) for suffix in report.SUFFIXES]
    click.echo(", ".join(names))


class _Person:
    """Somebody at the terminal, who patches what is asked for."""

    def patch(self, patch: "Patch") -> None:
        click.prompt(
            f"Now {patch.words()}, and press Enter",
            default="",
            show_default=False,
            prompt_suffix=" ",
        )

    def again(self, error: "BadPatchError") -> bool:
        said = str(error)
        click.echo(f"That is not right: {said}{'' if said.endswith('?') else '.'}")
        return True
