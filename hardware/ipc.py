"""The KiCad that a person has open, over the API that it offers to other programs.

Runs in .venv/kicad, which has kicad-python.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kipy import KiCad, errors
from kipy.board import Board

from hardware.kicad import KicadError

PATIENCE_MS = 20_000


def _socket() -> Path:
    """Return the socket's path, as KiCad and kicad-python agree on it."""
    named = os.environ.get("KICAD_API_SOCKET", "")
    folder = Path(tempfile.gettempdir())
    return Path(named.removeprefix("ipc://") or folder / "kicad/api.sock")


def _settings() -> Path:
    """Return the file in which KiCad 9 keeps whether its API is on."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    home = Path(os.environ.get("KICAD_CONFIG_HOME") or config / "kicad")
    return home / "9.0/kicad_common.json"


def _is_enabled() -> bool:
    try:
        settings = json.loads(_settings().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(settings.get("api", {}).get("enable_server", False))


def _why_no_socket(socket: Path) -> str:
    if "KICAD_API_SOCKET" in os.environ:
        return (
            f"KICAD_API_SOCKET names '{socket}', which is not there; unset it, or take "
            "the path that KiCad shows under Preferences > Plugins"
        )
    if not _is_enabled():
        return (
            "KiCad's API is off; tick Preferences > Plugins > Enable KiCad API in "
            "KiCad 9, restart it, and open the board"
        )
    return (
        f"KiCad is not running (there is no '{socket}'); open the board in KiCad 9 "
        "and run this again"
    )


@contextmanager
def open_board(names: tuple[str, ...]) -> Iterator[Board]:
    """Yield the board that is open in KiCad, which has one of these file names.

    Raises:
        KicadError: There is no KiCad to ask, it has another board open, or it does not
            do what it is asked.
    """
    socket = _socket()
    if not socket.exists():
        raise KicadError(_why_no_socket(socket))
    try:
        board = KiCad(f"ipc://{socket}", timeout_ms=PATIENCE_MS).get_board()
        if board.name not in names:
            raise KicadError(
                f"'{board.name}' is open in KiCad; open {' or '.join(names)} instead, "
                "and close other KiCads"
            )
        yield board
    except errors.ConnectionError as error:
        raise KicadError(
            f"nothing answers at '{socket}' ({error}); restart KiCad 9, open the "
            "board, and run this again"
        ) from error
    except errors.ApiError as error:
        raise KicadError(
            f"KiCad does not do it ({error}); open the board in the board editor, "
            "close its dialogs, and run this again"
        ) from error
