"""The default textures: sustained noises of a free sound font."""

from pathlib import Path

from tombola.training.corpus.soundfont import DRUMS, Source, Timing, render

NAME = "textures"
_VELOCITIES = (50, 80, 120)
_TIMING = Timing(held=3.5, length=4.0, space=8.0)

# Of what the font has, the sounds that are noise; its pads and bells are tones. The
# font transposes its recordings by the key.
_WIDE = tuple(range(36, 97, 5))
_SOURCES = (
    Source("seashore", 122, _WIDE, _VELOCITIES),
    Source("applause", 126, _WIDE, _VELOCITIES),
    Source("helicopter", 125, _WIDE, _VELOCITIES),
    Source("noise", 125, tuple(range(24, 97, 6)), _VELOCITIES, bank=9),
    Source("gunshot", 127, tuple(range(36, 97, 10)), _VELOCITIES),
    Source("reverse-cymbal", 119, tuple(range(30, 85, 6)), _VELOCITIES),
    Source("breath", 121, (24, 27, 30, 33, 36), _VELOCITIES),
    Source("cymbal", 0, (49, 51, 52, 55, 57, 59), _VELOCITIES, channel=DRUMS),
    Source("brush", 40, (38, 39, 40, 49, 51, 57, 59), _VELOCITIES, channel=DRUMS),
)


def render_textures(folder: Path) -> None:
    """Render the default textures as `folder`/NAME-KEY-vVELOCITY.flac at 48 kHz.

    Raises:
        TombolaError: FluidSynth or its sound font is missing.
    """
    render(folder, _SOURCES, _TIMING)
