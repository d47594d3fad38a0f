"""How far the quantised decoder strays from torch's when both run freely."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch

from tombola.errors import TombolaError
from tombola.generated.sound import TONE_PARTIALS
from tombola.training.export.decoder import Floats
from tombola.training.export.interpreted import Interpreted
from tombola.training.voices.voice import Decoder

STEPS = 1000
LEAST = 40.0  # dB: the rounding then is as far below the voice as tape hiss


class Snr(NamedTuple):
    """Signal to rounding noise in dB, of all outputs and of each group of them."""

    outputs: float
    groups: dict[str, float]

    def __str__(self) -> str:
        groups = ", ".join(f"{name} {snr:.1f}" for name, snr in self.groups.items())
        return f"{self.outputs:.1f} dB ({groups})"


def snr(exact: Floats, rounded: Floats, groups: Mapping[str, slice]) -> Snr:
    """Compare outputs [T, F]; `groups` names parts of F."""
    each = {name: _decibels(exact[:, g], rounded[:, g]) for name, g in groups.items()}
    return Snr(_decibels(exact, rounded), each)


def free_running_snr(decoder: Decoder, content: bytes, controls: Floats) -> Snr:
    """Run torch's decoder and its .tflite from rest over `controls` [T, 4].

    Each keeps its own state, so that an error that grows is seen.
    """
    with torch.no_grad():
        exact = decoder(torch.from_numpy(controls)[None])[0][0].numpy()
    groups = {
        "overall amplitude": slice(0, 1),
        "partials": slice(1, 1 + TONE_PARTIALS),
        "noise bands": slice(1 + TONE_PARTIALS, None),
    }
    return snr(exact, Interpreted(content).rollout(controls), groups)


def require(found: Snr) -> None:
    """Raise TombolaError where the quantised decoder strays too far."""
    if not found.outputs >= LEAST:
        raise TombolaError(
            f"export: quantised, the decoder is {found.outputs:.1f} dB above its "
            f"rounding noise over {STEPS} steps, at least {LEAST:.0f} dB are needed; "
            "train it longer or keep more units"
        )


def _decibels(exact: Floats, rounded: Floats) -> float:
    signal = np.sum(np.square(exact, dtype=np.float64))
    noise = np.sum(np.square(exact - rounded, dtype=np.float64))
    return float(10.0 * np.log10(signal / noise)) if noise else float("inf")
