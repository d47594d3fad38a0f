"""How bright a sound is: its spectral centroid, on a logarithmic scale."""

import functools

import numpy as np

from tombola.training.corpus.corpus import (
    TIMBRE_BANDS,
    TIMBRE_HIGH,
    TIMBRE_LOW,
    Floats,
)


def brightness(timbre: Floats) -> Floats:
    """[..., 40] power in mel bands, in dB, to the MIDI note of its centroid [...]."""
    power = 10.0 ** (0.1 * np.asarray(timbre, np.float64))
    note = power @ _notes() / power.sum(-1)
    return np.asarray(note, np.float32)


@functools.cache
def _notes() -> Floats:
    """[40] the MIDI notes of the bands' middles, evenly spaced in mel."""
    low, high = (2595.0 * np.log10(1.0 + f / 700.0) for f in (TIMBRE_LOW, TIMBRE_HIGH))
    middles = np.linspace(low, high, TIMBRE_BANDS + 2)[1:-1]
    hertz = 700.0 * (10.0 ** (middles / 2595.0) - 1.0)
    return np.asarray(69.0 + 12.0 * np.log2(hertz / 440.0), np.float32)
