"""What each voice is made of when no sounds are given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tombola.errors import TombolaError
from tombola.training.corpus import hits, notes, textures
from tombola.training.corpus.soundfont import LICENCE


@dataclass(frozen=True)
class Sounds:
    """What a voice learns from.

    Attributes:
        name, licence: Of the default ones.
        render: Renders those as files, in a folder that is not there yet.
        ticket: What the voice that is made of them is called.
        pitched: Whether recordings without a pitch are of no use to the voice.
        hits: Whether each recording is one hit, which may be short.
    """

    name: str
    licence: str
    render: Callable[[Path], None]
    ticket: str
    pitched: bool = False
    hits: bool = False

    @property
    def have_pitch(self) -> bool:
        """Whether what is heard of each recording has a pitch."""
        return self.pitched or self.hits


# By voice.
SOUNDS = {
    "tone": Sounds(notes.NAME, LICENCE, notes.render_notes, "harp", pitched=True),
    "impact": Sounds(hits.NAME, LICENCE, hits.render_hits, "kit", hits=True),
    "texture": Sounds(textures.NAME, LICENCE, textures.render_textures, "surf"),
}


def sounds_for(voice: str) -> Sounds:
    """What `voice` learns from; TombolaError where there is no such voice."""
    if voice not in SOUNDS:
        raise TombolaError(
            f"no voice is called '{voice}'; choose one of: {', '.join(SOUNDS)}"
        )
    return SOUNDS[voice]
