"""The command line: one file per command, imported only when it is called.

A file `tombola/cli/NAME.py` holds one click command called `command`. Importing
lazily keeps `tombola --help` instant, and lets a player's install do without torch and
TensorFlow.
"""

import errno
import sys

import click

from tombola import __version__
from tombola.cli.lazy import LazyGroup
from tombola.errors import TombolaError

# In the order in which a sound travels; the order of the help.
COMMANDS = {
    "make": "A folder of sounds becomes a ticket that the module plays.",
    "corpus": "Read a folder of sounds: pitch, loudness, timbre.",
    "train": "Train a voice on a corpus.",
    "reduce": "Trim a trained network to a winning ticket.",
    "study": "Compare ways of making a network small, on one computer or many.",
    "report": "Show what studies found, as figures, pictures and a page.",
    "analyze": "Show what a run, a .tflite or a ticket is made of.",
    "export": "Quantise a network and write it as .tflite.",
    "convert": "Turn a .tflite into a .ticket for the module.",
    "verify": "Compare a .tflite with its ticket, operator by operator.",
    "play": "Play a ticket from a patch, on the host or the virtual module.",
    "virtual": "Run the module's firmware on this computer, with a serial port.",
    "module": "Talk to a module over USB: tickets, settings, calibration, firmware.",
}

EXTRAS = {
    "filelock": "train",
    "librosa": "train",
    "safetensors": "train",
    "soxr": "train",
    "torch": "train",
    "tensorflow": "export",
    "ray": "study",
    "ai_edge_litert": "convert",
    "tflite": "convert",
    "elftools": "virtual",
    "unicorn": "virtual",
}


@click.group(cls=LazyGroup, package="tombola.cli", table=COMMANDS)
@click.version_option(__version__)
def cli() -> None:
    """Find winning tickets in generative audio networks and play them.

    \b
    Start here:
      tombola make ~/sounds/harp --name harp        make a voice of your own
      tombola play build/voices/harp/harp.ticket    hear it
    """


def main() -> None:
    """Run the command line; what people can mend becomes one line and status 2."""
    try:
        cli()
    except TombolaError as error:
        click.echo(f"tombola: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        if error.filename is None and error.errno != errno.ENOSPC:
            raise
        where = "" if error.filename is None else f"{error.filename}: "
        click.echo(f"tombola: {where}{error.strerror}", err=True)
        sys.exit(2)
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").split(".")[0])
        if extra is None:
            raise
        click.echo(
            f"tombola: this command needs {error.name}, which is not installed; "
            f"run: pip install 'tombola[{extra}]'",
            err=True,
        )
        sys.exit(2)
