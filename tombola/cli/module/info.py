"""`tombola module info`."""

import click

from tombola.cli.module.options import port_option


@click.command()
@port_option
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(port: str | None, as_json: bool) -> None:
    """Tell who the module is, and how it has fared.

    \b
      tombola module info
    """
    import json
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

    from tombola.module.link import open_link
    from tombola.module.words import info_rows

    with open_link(port) as link:
        info = link.info()
    if as_json:
        click.echo(json.dumps(asdict(info), indent=2))
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for what, how in info_rows(info):
        table.add_row(what, how)
    Console().print(table)
