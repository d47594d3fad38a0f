"""How far the quantised decoder strays from torch's when both run freely."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from tombola.errors import TombolaError
from tombola.training.export.decoder import Floats
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


def free_running_snr(
    decoder: Decoder,
    quantised: Decoder,
    inputs: tuple[Tensor, ...],
    groups: Mapping[str, slice],
) -> Snr:
    """Run torch's decoder and its quantised stand-in from rest over the same inputs.

    Each keeps its own state, so that an error that grows is seen.
    """
    with torch.no_grad():
        exact, rounded = (_played(each(*inputs)) for each in (decoder, quantised))
    return snr(exact, rounded, groups)


def _played(result: Tensor | tuple[Tensor, ...]) -> Floats:
    """What a decoder gives, alone or first in a tuple, as [T, F]."""
    first = result[0] if isinstance(result, tuple) else result
    rows: Floats = first.flatten(0, -2).numpy()
    return rows


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
