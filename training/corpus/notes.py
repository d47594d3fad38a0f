"""The default sounds: notes of a free sound font."""

from pathlib import Path


def render_notes(folder: Path) -> None:
    """Render the default notes into `folder` as FLAC files.

    Raises:
        TombolaError: FluidSynth or its sound font is missing.
    """
    raise NotImplementedError
