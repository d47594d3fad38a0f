"""The default hits: drum kits and percussion of a free sound font."""

from pathlib import Path

from tombola.training.corpus.soundfont import DRUMS, Source, Timing, render

NAME = "hits"
_VELOCITIES = (45, 80, 120)
_TIMING = Timing(held=0.2, length=1.6, space=4.0)

# Scratches, whistles, guiros, cuicas and the bell tree are no hits.
_STANDARD = tuple(
    k for k in range(27, 88) if k not in (29, 30, *range(71, 75), 78, 79, 84)
)
_TOMS = (41, 43, 45, 47, 48, 50)
_DRUMS = (35, 36, 38, 40, *_TOMS)
# Of the other kits, what they do not share with the first.
_KITS = (
    ("standard", 0, _STANDARD),
    ("room", 8, (35, 36)),
    ("power", 16, (*_DRUMS, 42, 44, 46)),
    ("electronic", 24, _DRUMS),
    ("808", 25, (*_DRUMS, 39, 42, 44, 46, 51, 56, 57, 62, 63, 64, 75)),
    ("jazz", 32, (35, 36, 38, 40)),
    ("brush", 40, (38, 39, 40)),
    ("orchestra", 48, (27, 28, 35, 36, 38, 40, *range(41, 54), 57)),
)
_STEPS = (40, 46, 52, 58, 64, 70, 76, 82, 88)
_PROGRAMMES = (
    ("glockenspiel", 9, 0),
    ("marimba", 12, 0),
    ("xylophone", 13, 0),
    ("timpani", 47, 0),
    ("kalimba", 108, 0),
    ("agogo", 113, 0),
    ("steel-drum", 114, 0),
    ("woodblock", 115, 0),
    ("castanets", 115, 8),
    ("taiko", 116, 0),
    ("concert-drum", 116, 8),
    ("tom", 117, 0),
    ("synth-drum", 118, 0),
    ("808-tom", 118, 8),
)


def render_hits(folder: Path) -> None:
    """Render the default hits as `folder`/NAME-KEY-vVELOCITY.flac at 48 kHz.

    Raises:
        TombolaError: FluidSynth or its sound font is missing.
    """
    kits = (
        Source(name, kit, keys, _VELOCITIES, channel=DRUMS) for name, kit, keys in _KITS
    )
    tuned = (
        Source(name, programme, _STEPS, _VELOCITIES[::2], bank)
        for name, programme, bank in _PROGRAMMES
    )
    render(folder, [*kits, *tuned], _TIMING)
