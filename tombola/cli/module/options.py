"""What the commands that talk to a module have in common."""

import click

port_option = click.option(
    "--port",
    metavar="DEVICE",
    help="The module's serial port. [default: the one that is plugged in]",
)
