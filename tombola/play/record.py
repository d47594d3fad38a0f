"""Keeping a performance: a WAV to hear, a picture to see, figures to read."""

from pathlib import Path
from typing import Any

from tombola.files import write_json
from tombola.performance import PanelTrack, Performance
from tombola.play import wav
from tombola.play.measure import measure
from tombola.play.patch import Patch
from tombola.play.picture import draw
from tombola.progress import bar


def record(
    output: Path,
    patch: Patch,
    track: PanelTrack,
    performance: Performance,
    about: dict[str, Any],
) -> dict[str, Any]:
    """Write `output` (a .wav), and beside it a .png and a .json; return the figures.

    `about` says what was played, and with which `voice`: it goes before the measured
    figures.
    """
    with bar("measure and draw", 2) as progress:
        figures = about | measure(track, performance, about["voice"])
        progress.advance()
        draw(output.with_suffix(".png"), patch, track, performance, figures)
        progress.advance()
    write_json(output.with_suffix(".json"), figures)
    wav.write(output, performance.audio)
    return figures
