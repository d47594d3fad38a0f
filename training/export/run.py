"""A trained run becomes a .tflite that was checked against it."""

from dataclasses import dataclass
from typing import Protocol

from tombola.training.corpus.corpus import Corpus, Floats
from tombola.training.export import impact, texture, tone
from tombola.training.export.check import Snr, require
from tombola.training.export.exported import Exported, Metadata
from tombola.training.export.metadata import voice_metadata
from tombola.training.train.run import Run
from tombola.training.voices.voice import Decoder, Model, Widths


class Exporter(Protocol):
    """How a voice's decoder is quantised, a module of this package."""

    def export(self, model: Model, corpus: Corpus, metadata: Metadata) -> Exported:
        """Make the .tflite, and hear how far it is from torch's."""

    def quantised(self, decoder: Decoder, content: bytes) -> Decoder:
        """Make a decoder that runs the .tflite of `decoder`."""


EXPORTERS: dict[str, Exporter] = {"tone": tone, "impact": impact, "texture": texture}


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
    exported = export_model(model, corpus, name, run.config.seed)
    require(exported.snr)
    parameters = sum(p.numel() for p in model.decoder.parameters())
    return Export(
        parameters=parameters, widths=model.decoder.widths, **exported._asdict()
    )


def export_model(model: Model, corpus: Corpus, name: str, seed: int) -> Exported:
    """Quantise a decoder, however much it loses."""
    metadata = voice_metadata(
        type(model),
        name=name,
        seed=seed,
        pitch=corpus.pitch_range,
        loudness=corpus.loudness_range,
        corpus={
            "name": corpus.name,
            "licence": corpus.licence,
            "files": corpus.files,
        },
    )
    return EXPORTERS[model.voice].export(model, corpus, metadata)
