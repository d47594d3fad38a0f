"""What a voice may be called."""

import re
from pathlib import Path

from tombola.errors import TombolaError

LONGEST = 31  # bytes, in the ticket's header


def voice_name(name: str | None, sounds: Path | None, default: str) -> str:
    """Return the name to use: the one given, or the folder's, or `default`.

    A folder's name is made to fit; one that a person typed is refused if it does not.

    Raises:
        TombolaError: `name` cannot name files and a voice.
    """
    if name is None:
        folder = default if sounds is None else sounds.resolve().name
        fitted = re.sub(r"[^A-Za-z0-9_-]+", "-", folder).strip("-_")[:LONGEST]
        return fitted or default
    if not re.fullmatch(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{LONGEST - 1}}}", name):
        raise TombolaError(
            f"the name '{name}' cannot be used; take up to {LONGEST} letters, digits, "
            "'-' and '_', a letter or digit first"
        )
    return name
