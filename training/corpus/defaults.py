"""What each voice is made of when no sounds are given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tombola.errors import TombolaError
from tombola.training.corpus import notes


@dataclass(frozen=True)
class Sounds:
    """What a voice learns from.

    Attributes:
        name, licence: Of the default ones.
        render: Renders those as files, in a folder that is not there yet.
        ticket: What the voice that is made of them is called.
        pitched: Whether recordings without a pitch are of no use to the voice.
    """

    name: str
    licence: str
    render: Callable[[Path], None]
    ticket: str
    pitched: bool


# By voice.
SOUNDS = {
    "tone": Sounds(notes.NAME, notes.LICENCE, notes.render_notes, "harp", pitched=True),
}


def sounds_for(voice: str) -> Sounds:
    """What `voice` learns from; TombolaError where there is no such voice."""
    if voice not in SOUNDS:
        raise TombolaError(
            f"no voice is called '{voice}'; choose one of: {', '.join(SOUNDS)}"
        )
    return SOUNDS[voice]
