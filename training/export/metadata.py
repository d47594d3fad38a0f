"""What a .tflite says about its voice: JSON that travels on into the ticket."""

from typing import Any

from tombola.generated.sound import FRAME_RATE, SAMPLE_RATE
from tombola.training.voices.voice import Model

FORMAT = 1


def voice_metadata(
    voice: type[Model],
    *,
    name: str,
    seed: int,
    pitch: tuple[float, float],
    loudness: tuple[float, float],
    corpus: dict[str, Any],
) -> dict[str, Any]:
    """Describe a voice.

    Args:
        voice: Of which kind.
        name: What the player calls it.
        seed: Of the training.
        pitch: MIDI notes that it was trained on, lowest and highest.
        loudness: A-weighted dB that it was trained on, lowest and highest.
        corpus: name, licence and number of files of what it was trained on.
    """
    return {
        "format": FORMAT,
        "name": name,
        "voice": voice.voice,
        "sample_rate": SAMPLE_RATE,
        "frame_rate": FRAME_RATE,
        "partials": voice.partials,
        "bands": voice.bands,
        "pitch": [round(limit, 2) for limit in pitch],
        "loudness": [round(limit, 2) for limit in loudness],
        "labels": {"x": "X", "y": "Y", "color": "COLOR"},
        "seed": seed,
        "corpus": corpus,
    }
