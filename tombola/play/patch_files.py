"""Finds a patch file and reads it, TOML or MIDI by its name's ending."""

from importlib import resources
from pathlib import Path

from tombola.errors import TombolaError
from tombola.play import patch_midi, patch_toml
from tombola.play.patch import Patch

BYTES_MAX = 1 << 20
MIDI_SUFFIXES = (".mid", ".midi")


def load(path: Path) -> Patch:
    """Return the patch in the file `path`.

    A path that does not exist is looked up among the patches that come with Tombola,
    so that `patches/scale.toml` works in any folder.

    Raises TombolaError for a file that is missing, too large or cannot be played.
    """
    found = _find(path)
    size = found.stat().st_size
    if size > BYTES_MAX:
        raise TombolaError(
            f"{path}: has {size:,} bytes, a patch can have {BYTES_MAX:,}; "
            "is it a patch at all?"
        )
    data = found.read_bytes()
    try:
        if found.suffix.lower() in MIDI_SUFFIXES:
            return patch_midi.parse(data, found.stem)
        return patch_toml.parse(_text(data), found.stem)
    except TombolaError as error:
        raise TombolaError(f"{path}: {error}") from error


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TombolaError("is no text; a patch is TOML or a .mid file") from error


def _find(path: Path) -> Path:
    package = Path(str(resources.files("tombola")))
    for candidate in (path, package / path):
        if candidate.is_file():
            return candidate
    ours = sorted((package / "patches").glob("*.toml"))
    raise TombolaError(
        f"{path}: there is no such patch; write one (docs/play/patches.md) or use "
        + ", ".join(f"patches/{patch.name}" for patch in ours)
    )
