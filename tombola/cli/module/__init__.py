"""`tombola module`: what talks to a module, one file per command."""

import click

from tombola.cli.lazy import LazyGroup

COMMANDS = {
    "list": "Show the modules that are plugged in.",
    "info": "Tell who the module is, and how it has fared.",
    "monitor": "Show knobs, jacks, lights and load as they are.",
    "tickets": "Put tickets into slots, and get them out.",
    "settings": "Look at settings, change them, keep them in a file.",
    "calibrate": "Measure the jacks, and make the module right.",
    "flash": "Put another firmware into the module.",
}


@click.group(cls=LazyGroup, package="tombola.cli.module", table=COMMANDS)
def command() -> None:
    """Talk to a module over its micro-USB.

    \b
    Start here:
      tombola module tickets put harp.ticket    another voice
      tombola module calibrate                  in tune

    Each command takes --port, and finds the module by itself where only one is plugged
    in.
    """
