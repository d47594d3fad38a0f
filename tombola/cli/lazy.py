"""A group of commands that are modules, imported when they are called."""

import importlib
from typing import Any

import click


class LazyGroup(click.Group):
    """Commands of a package by name; each module there has a `command`.

    table: names and their help, in the order of the help; showing it imports nothing.
    """

    def __init__(self, *args: Any, package: str, table: dict[str, str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._package, self._table = package, table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or return None for one that is not in the table."""
        if cmd_name not in self._table:
            return None
        module = importlib.import_module(f"{self._package}.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the commands with their help."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._table.items()))
