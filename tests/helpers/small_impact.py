"""A small network of the voice `impact`, of random weights that sound.

    PYTHONPATH=tests/helpers python tests/helpers/small_impact.py

writes it anew into tests/data, with its ticket.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from small_models import ModelMaker

from tombola.converter import convert
from tombola.generated import sound

DATA = Path(__file__).parents[1] / "data"
CONTROLS, HIDDEN = 7, 24
OUTPUTS = 5 + 3 * sound.IMPACT_MODES + 2 * sound.IMPACT_BANDS
LOUDNESS, DECAY, CENTROID = 1, 2, 3  # of the controls

METADATA = {
    "voice": "impact",
    "name": "small impact",
    "partials": sound.IMPACT_MODES,
    "bands": sound.IMPACT_BANDS,
    "pitch": [24.0, 84.0],
    "loudness": [-50.0, -12.0],
}

Floats = NDArray[np.float64]


def tflite(metadata: dict[str, Any] | None = None) -> bytes:
    """Louder with loudness, longer with decay, brighter with centroid; else random."""
    random = np.random.default_rng(7)
    hidden = random.normal(0.0, 0.6, (HIDDEN, CONTROLS))
    hidden_bias = random.normal(0.0, 0.3, HIDDEN)
    for unit, control in enumerate((LOUDNESS, DECAY, CENTROID)):
        hidden[unit], hidden_bias[unit] = np.eye(CONTROLS)[control], 1.0
    modes, bands = sound.IMPACT_MODES, sound.IMPACT_BANDS
    sizes = {"head": 5, "gain": modes, "offset": modes, "decay": modes}
    sizes |= {"band": bands, "band_decay": bands}
    ends = np.cumsum(list(sizes.values()))
    rows = {
        name: slice(int(end) - size, int(end))
        for (name, size), end in zip(sizes.items(), ends, strict=True)
    }
    out = random.normal(0.0, 0.25, (OUTPUTS, HIDDEN))
    bias = random.normal(0.0, 0.6, OUTPUTS)
    out[:, :3] = 0.0
    out[0, 3:], out[0, 0] = 0.0, 1.6
    bias[rows["head"]] = [-1.8, -0.5, -1.0, 0.0, -3.0]
    out[rows["decay"], 1] = out[rows["band_decay"], 1] = 0.8
    bias[rows["decay"]] -= 0.5
    bias[rows["band_decay"]] -= 1.5
    out[rows["gain"], 2] = np.linspace(-1.0, 1.0, modes)
    return _quantised(hidden, hidden_bias, out, bias, metadata or METADATA)


def _quantised(
    hidden: Floats,
    hidden_bias: Floats,
    out: Floats,
    bias: Floats,
    metadata: dict[str, Any],
) -> bytes:
    maker = ModelMaker()
    controls = maker.activation(CONTROLS, 1 / 127, dtype=np.int8)
    units = maker.activation(HIDDEN, 5 / 255, zero_point=-128, dtype=np.int8)
    logits = maker.activation(OUTPUTS, 16 / 255, dtype=np.int8)
    hit = maker.activation(OUTPUTS, 1 / 256, zero_point=-128, dtype=np.int8)

    def dense(x: int, weights: Floats, biases: Floats, y: int, relu: bool) -> None:
        scale = maker.tensors[x].quantization.scale[0]
        steps = np.abs(weights).max(axis=1) / 127
        constant = maker.constant(
            np.round(weights / steps[:, None]).astype(np.int8), list(steps)
        )
        shift = maker.constant(
            np.round(biases / steps / scale).astype(np.int32), list(steps * scale)
        )
        maker.operator(
            "FULLY_CONNECTED",
            [x, constant, shift],
            y,
            fusedActivationFunction=int(relu),
        )

    dense(controls, hidden, hidden_bias, units, relu=True)
    dense(units, out, bias, logits, relu=False)
    maker.operator("LOGISTIC", [logits], hit)
    return maker.finish(
        {"controls": controls}, {"hit": hit}, json.dumps(metadata).encode()
    )


if __name__ == "__main__":
    content = tflite()
    (DATA / "impact_small.tflite").write_bytes(content)
    (DATA / "impact_small.ticket").write_bytes(convert(content).ticket)
