"""Writes the small .tflite that the converter's and the module's tests use.

Run it as `python -m tombola.training.export.fixture tests/data/tone_small.tflite`. The
network is random, yet swings its gates over their whole range as a trained one does.
"""

import sys
from pathlib import Path

import numpy as np

from tombola.files import whole
from tombola.training.export.decoder import DecoderWeights, Floats, Widths
from tombola.training.export.metadata import voice_metadata
from tombola.training.export.tflite import export_tflite
from tombola.training.voices.synth import OUTPUTS
from tombola.training.voices.tone import ToneModel


def random_decoder(widths: Widths, seed: int) -> DecoderWeights:
    """Return a decoder of normal weights with a gain of about two a layer."""
    random = np.random.default_rng(seed)

    def normal(*shape: int) -> Floats:
        values = random.standard_normal(shape) * 2.0 / np.sqrt(shape[-1])
        single: Floats = values.astype(np.float32)
        return single

    I, H, O = widths  # noqa: E741
    return DecoderWeights(
        input_w=normal(I, 4),
        input_b=normal(I),
        gru_w_ih=normal(3 * H, I),
        gru_w_hh=normal(3 * H, H),
        gru_b_ih=normal(3 * H),
        gru_b_hh=normal(3 * H),
        output_w=normal(O, H),
        output_b=normal(O),
        head_w=normal(OUTPUTS, O),
        head_b=normal(OUTPUTS),
    )


def random_controls(steps: int, seed: int) -> Floats:
    """Return [steps, 4] controls of notes: held pitch, decaying loudness, a place."""
    random = np.random.default_rng(seed)
    notes = -(-steps // 100)
    decay = np.tile(np.linspace(1.0, -1.0, 100), notes)[:steps, None]
    held = np.repeat(random.uniform(-1.0, 1.0, (notes, 3)), 100, axis=0)[:steps]
    controls = np.concatenate([held[:, :1], decay, held[:, 1:]], axis=1)
    return controls.astype(np.float32)


def main(path: Path) -> None:
    """Export a decoder of odd widths to `path`."""
    weights = random_decoder(Widths(12, 20, 24), seed=1)
    metadata = voice_metadata(
        ToneModel,
        name="small",
        seed=1,
        pitch=(36.0, 84.0),
        loudness=(-50.0, -12.0),
        corpus={"name": "random weights", "licence": "MIT", "files": 0},
    )
    content = export_tflite(weights, random_controls(2000, seed=2), metadata)
    with whole(path) as temporary:
        temporary.write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
