"""What a .tflite says about its voice: JSON that travels on into the ticket."""

from typing import Any

from tombola.generated.sound import FRAME_RATE, SAMPLE_RATE, TONE_BANDS, TONE_PARTIALS

FORMAT = 1


def tone_metadata(
    *,
    name: str,
    seed: int,
    pitch: tuple[float, float],
    loudness: tuple[float, float],
    corpus: dict[str, Any],
) -> dict[str, Any]:
    """Describe a tone voice.

    Args:
        name: What the player calls it.
        seed: Of the training.
        pitch: MIDI notes that it was trained on, lowest and highest.
        loudness: A-weighted dB that it was trained on, lowest and highest.
        corpus: name, licence and number of files of what it was trained on.
    """
    return {
        "format": FORMAT,
        "name": name,
        "voice": "tone",
        "sample_rate": SAMPLE_RATE,
        "frame_rate": FRAME_RATE,
        "partials": TONE_PARTIALS,
        "bands": TONE_BANDS,
        "pitch": [round(limit, 2) for limit in pitch],
        "loudness": [round(limit, 2) for limit in loudness],
        "labels": {"x": "X", "y": "Y", "color": "COLOR"},
        "seed": seed,
        "corpus": corpus,
    }
