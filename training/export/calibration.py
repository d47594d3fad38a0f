"""Which of a corpus' controls a network is scaled by and checked with."""

from collections.abc import Callable

import numpy as np

from tombola.training.corpus.corpus import Clip, Floats

LEAST_CLIPS = 16
CALIBRATION_STEPS = 20000  # frames, 80 s: the extremes do not grow any more


def beginnings(
    clips: list[Clip], steps: int, controls: Callable[[Clip], Floats]
) -> Floats:
    """[steps, C] controls [T, C] of the beginnings of clips, one after the other.

    At least 16 clips from all over `clips`, so that many sounds and places are met;
    of few or short clips, frames come again until there are enough.
    """
    frames = sum(len(clip.pitch) for clip in clips)
    count = min(len(clips), max(LEAST_CLIPS, -(-steps * len(clips) // frames)))
    spread = [clips[i] for i in np.linspace(0, len(clips) - 1, count).astype(int)]
    length = -(-steps // count)
    rows = np.concatenate([controls(clip)[:length] for clip in spread])
    return np.resize(rows, (steps, rows.shape[1]))
