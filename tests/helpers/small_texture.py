"""A small network of the voice `texture`, of random weights that sound.

    PYTHONPATH=tests/helpers python tests/helpers/small_texture.py

writes it anew into tests/data, with its ticket.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tombola.converter import convert
from tombola.training.export.metadata import voice_metadata
from tombola.training.export.texture import export_tflite
from tombola.training.voices.texture import (
    CONTROLS,
    TextureDecoder,
    TextureModel,
    TextureWidths,
)

DATA = Path(__file__).parents[1] / "data"
WIDTHS = TextureWidths(8, 12, 6, 7, 5)


def random_decoder(widths: TextureWidths = WIDTHS, seed: int = 0) -> TextureDecoder:
    """Return a decoder of normal weights with a gain of about one a layer."""
    random = torch.Generator().manual_seed(seed)
    decoder = TextureDecoder(widths)
    with torch.no_grad():
        for parameter in decoder.parameters():
            noise = torch.randn(parameter.shape, generator=random)
            fan_in = parameter.shape[-1] if parameter.ndim > 1 else 10
            parameter.copy_(1.4 * noise * fan_in**-0.5)
    return decoder


def random_controls(steps: int, seed: int) -> NDArray[np.float32]:
    """Return [steps, 6] controls that wander."""
    random = np.random.default_rng(seed)
    wander = np.cumsum(random.normal(0.0, 0.1, (steps, CONTROLS)), axis=0)
    return np.sin(wander).astype(np.float32)


def tflite() -> bytes:
    """Quantise the random decoder."""
    metadata = voice_metadata(
        TextureModel,
        name="small texture",
        seed=0,
        pitch=(60.0, 108.0),
        loudness=(-50.0, -12.0),
        corpus={"name": "random weights", "licence": "MIT", "files": 0},
    )
    return export_tflite(random_decoder(), random_controls(1000, seed=1), metadata)


if __name__ == "__main__":
    content = tflite()
    (DATA / "texture_small.tflite").write_bytes(content)
    (DATA / "texture_small.ticket").write_bytes(convert(content).ticket)
