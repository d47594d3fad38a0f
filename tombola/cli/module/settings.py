"""`tombola module settings`: what the player chose."""

from pathlib import Path

import click

from tombola.cli.module.options import port_option


@click.group()
def command() -> None:
    """Look at the module's settings, change them, keep them in a file.

    \b
      tombola module settings show
      tombola module settings set tuning_cents=-4 cv_out=pitch
      tombola module settings backup my-module.toml
    """


@command.command()
@port_option
def show(port: str | None) -> None:
    """Show the settings, and what each may be."""
    from rich.console import Console
    from rich.table import Table

    from tombola.module import settings_file
    from tombola.module.link import open_link
    from tombola.module.remote import RemoteModule

    with open_link(port) as link:
        settings = RemoteModule(link).settings()
    table = Table("setting", "is", "may be", "", box=None, padding=(0, 2, 0, 0))
    for field in settings.FIELDS:
        value = settings_file.as_words(settings_file.shown(field, settings))
        table.add_row(field.name, value, settings_file.limits(field), field.does)
    Console().print(table)


@command.command("set")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE...")
@port_option
def set_(changes: tuple[str, ...], port: str | None) -> None:
    """Change settings, all or none.

    \b
      tombola module settings set pitch_steps=smooth
      tombola module settings set slot=3 order=3,1,2,4,5,6,7,8
    """
    from tombola.module import settings_file
    from tombola.module.link import open_link
    from tombola.module.remote import RemoteModule

    with open_link(port) as link:
        module = RemoteModule(link)
        settings = module.settings()
        for change in changes:
            settings = settings_file.changed(settings, change)
        module.set(settings)
    click.echo("saved")


@command.command()
@port_option
def reset(port: str | None) -> None:
    """Put all settings back to what they were at first; the calibration stays."""
    from tombola.module.link import open_link
    from tombola.module.remote import RemoteModule

    with open_link(port) as link:
        RemoteModule(link).reset_settings()
    click.echo("the settings are those of a new module; the calibration stays")


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@port_option
def backup(file: Path, port: str | None) -> None:
    """Write the settings and the calibration to FILE, as TOML.

    \b
      tombola module settings backup my-module.toml
    """
    from tombola.files import require_place, whole
    from tombola.module import settings_file
    from tombola.module.link import open_link
    from tombola.module.remote import RemoteModule

    require_place(file)
    with open_link(port) as link:
        module = RemoteModule(link)
        text = settings_file.write_text(module.settings(), module.calibration())
    with whole(file) as temporary:
        temporary.write_text(text, encoding="utf-8")
    click.echo(str(file))


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--calibration",
    is_flag=True,
    help="Restore the calibration, too: only into the module that it was made on.",
)
@port_option
def restore(file: Path, calibration: bool, port: str | None) -> None:
    """Put the settings of FILE into the module.

    \b
      tombola module settings restore my-module.toml
      tombola module settings restore my-module.toml --calibration

    What FILE does not say stays as it is. Nothing is changed unless all of it is right.
    """
    from tombola.module import settings_file
    from tombola.module.link import open_link
    from tombola.module.remote import RemoteModule

    with open_link(port) as link:
        module = RemoteModule(link)
        old = module.settings(), module.calibration()
        wanted = "calibration" if calibration else "settings"
        new = settings_file.read(file, *old, wanted)
        module.set(new[0])
        if calibration:
            module.calibrate(new[1])
    click.echo("restored" + (", with the calibration" if calibration else ""))
