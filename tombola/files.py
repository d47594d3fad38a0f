"""Writing files so that nothing is ever left half-written."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tombola.errors import TombolaError


def require_place(path: Path) -> None:
    """Make the folder of `path`, a file to be written; ask before long work.

    Raises:
        TombolaError: It cannot be written there, or would take the place of a folder
            or a device.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replaceable = path.is_file() or not path.exists()
    except OSError as error:
        raise _no_place(path, error.strerror) from error
    if not replaceable:
        raise _no_place(path, "a folder or device of that name is there")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise _no_place(path, "its folder is write-protected")


def _no_place(path: Path, why: str | None) -> TombolaError:
    return TombolaError(f"'{path}' cannot be written ({why}); choose another place")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it becomes `path` only on success.

    The temporary name keeps the suffix, because writers of audio and pictures choose
    their format by it. On any exception the temporary file is removed and what stood
    at `path` before stands there still.

    Raises:
        TombolaError: It cannot be written there; see `require_place`.
    """
    require_place(path)
    try:
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix
        )
    except OSError as error:
        raise _no_place(path, error.strerror) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write `content` as indented JSON in one step, keys in the order given."""
    with whole(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
