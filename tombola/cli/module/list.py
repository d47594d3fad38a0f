"""`tombola module list`."""

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(as_json: bool) -> None:
    """Show the modules that are plugged in.

    \b
      tombola module list

    A virtual module is not among them: `tombola virtual` prints its port. Exit status 1
    when there is none.
    """
    import json
    import sys

    from rich.console import Console
    from rich.table import Table

    from tombola.module.survey import survey

    found = survey()
    if as_json:
        click.echo(json.dumps([module.__dict__ for module in found], indent=2))
    elif not found:
        click.echo(
            "no module is plugged in; connect the Seed's micro-USB with a cable that "
            "carries data"
        )
    else:
        table = Table(
            "port", "serial number", "firmware", box=None, padding=(0, 2, 0, 0)
        )
        for module in found:
            table.add_row(module.port, module.serial_number, module.says)
        Console().print(table)
    sys.exit(0 if found else 1)
