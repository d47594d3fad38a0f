"""A trained run becomes a .tflite that was checked against it."""

from collections.abc import Callable
from dataclasses import dataclass

from tombola.training.corpus.corpus import Corpus, Floats
from tombola.training.export import tone
from tombola.training.export.check import Snr, require
from tombola.training.export.exported import Exported, Metadata
from tombola.training.export.metadata import voice_metadata
from tombola.training.train.run import Run
from tombola.training.voices.voice import Model, Widths

# A voice's name -> how its decoder is quantised.
EXPORTERS: dict[str, Callable[[Model, Corpus, Metadata], Exported]] = {
    "tone": tone.export,
}


@dataclass(frozen=True)
class Export:
    """What came out of a run.

    Attributes:
        content: The bytes of the .tflite.
        parameters: Numbers in the decoder.
        widths: Units of its layers.
        snr: Against torch, over `controls`.
        controls: [1000, C] real controls, of held-out sounds.
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
    metadata = voice_metadata(
        type(model),
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
    exported = EXPORTERS[model.voice](model, corpus, metadata)
    require(exported.snr)
    parameters = sum(p.numel() for p in model.decoder.parameters())
    return Export(
        parameters=parameters, widths=model.decoder.widths, **exported._asdict()
    )
