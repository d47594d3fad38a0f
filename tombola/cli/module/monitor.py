"""`tombola module monitor`."""

from typing import TYPE_CHECKING

import click

from tombola.cli.module.options import port_option

if TYPE_CHECKING:
    from tombola.module.link import Link

INTERVAL = 0.05  # s between two looks


@click.command()
@port_option
@click.option("--once", is_flag=True, help="Look once, print it and end.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print each look as a line of JSON."
)
def command(port: str | None, once: bool, as_json: bool) -> None:
    """Show knobs, jacks, lights and load as they are, until Ctrl-C.

    \b
      tombola module monitor
      tombola module monitor --once --json
    """
    import contextlib

    from tombola.module.link import open_link

    with open_link(port) as link, contextlib.suppress(KeyboardInterrupt):
        if as_json:
            _print_json(link, once)
        elif once:
            _print(link)
        else:
            _watch(link)


def _print_json(link: "Link", once: bool) -> None:
    import json
    import time
    from dataclasses import asdict

    click.echo(json.dumps(asdict(link.status())))
    while not once:
        time.sleep(INTERVAL)
        click.echo(json.dumps(asdict(link.status())))


def _print(link: "Link") -> None:
    from rich.console import Console

    from tombola.module.view import view

    Console().print(view(link.status()))


def _watch(link: "Link") -> None:
    import time

    from rich.live import Live

    from tombola.module.view import view

    with Live(view(link.status()), auto_refresh=False) as live:
        while True:
            time.sleep(INTERVAL)
            live.update(view(link.status()), refresh=True)
