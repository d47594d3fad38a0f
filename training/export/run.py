"""A trained run becomes a .tflite that was checked against it."""

from dataclasses import dataclass

import numpy as np
import torch

from tombola.training.corpus.corpus import Clip, Corpus, Floats
from tombola.training.export.check import STEPS, Snr, free_running_snr, require
from tombola.training.export.decoder import DecoderWeights, Widths
from tombola.training.export.metadata import tone_metadata
from tombola.training.export.tflite import export_tflite
from tombola.training.train.run import Run
from tombola.training.voices.tone import ToneModel

LEAST_CLIPS = 16
CALIBRATION_STEPS = 20000  # frames, 80 s: the extremes do not grow any more


@dataclass(frozen=True)
class Export:
    """What came out of a run.

    Attributes:
        content: The bytes of the .tflite.
        parameters: Numbers in the decoder.
        widths: Units of its layers.
        snr: Against torch, free-running over `controls`.
        controls: [1000, 4] real controls, of held-out sounds.
    """

    content: bytes
    parameters: int
    widths: Widths
    snr: Snr
    controls: Floats


def export_run(run: Run, corpus: Corpus, name: str) -> Export:
    """Quantise the trained decoder of `run`, scaled by the controls of its corpus.

    Raises:
        TombolaError: `run` is not trained, or loses too much when quantised.
    """
    model = run.load_model()
    weights = DecoderWeights.from_torch(model.decoder.state_dict())
    metadata = tone_metadata(
        name=name,
        seed=run.config.seed,
        pitch=corpus.pitch_range,
        loudness=corpus.loudness_range,
        corpus={
            "name": corpus.name,
            "licence": corpus.licence,
            "files": corpus.files,
        },
    )
    calibration = real_controls(model, corpus.training, CALIBRATION_STEPS)
    content = export_tflite(weights, calibration, metadata)
    heard = real_controls(model, corpus.held_out, STEPS)
    snr = free_running_snr(model.decoder, content, heard)
    require(snr)
    return Export(content, weights.parameters, weights.widths, snr, heard)


def real_controls(model: ToneModel, clips: list[Clip], steps: int) -> Floats:
    """[steps, 4] controls from the beginnings of clips, one after the other.

    At least 16 clips from all over `clips`, so that many pitches and places are met;
    of few or short clips, frames come again until there are enough.
    """
    frames = sum(len(clip.pitch) for clip in clips)
    count = min(len(clips), max(LEAST_CLIPS, -(-steps * len(clips) // frames)))
    spread = [clips[i] for i in np.linspace(0, len(clips) - 1, count).astype(int)]
    length = -(-steps // count)
    with torch.no_grad():
        rows = np.concatenate([_controls(model, clip)[:length] for clip in spread])
    return np.resize(rows, (steps, rows.shape[1]))


def _controls(model: ToneModel, clip: Clip) -> Floats:
    pitch, loudness = (torch.tensor(part)[None] for part in (clip.pitch, clip.loudness))
    place = model.place(torch.tensor(clip.timbre))[None]
    rows: Floats = model.controls(pitch, loudness, place)[0].numpy()
    return rows
