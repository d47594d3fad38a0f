"""A run: one training of a voice on a corpus, in a folder of its own.

run.json                  the configuration, which corpus it is of, and the run's
                          name, which is the hash of these
initial.safetensors       the network before the first step,
train-rewind.safetensors  early in training,
final.safetensors         and after the last step
train.safetensors         the checkpoint: network, optimiser, losses
figures.json              what was measured
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, Self

from tombola.errors import TombolaError
from tombola.files import write_json
from tombola.training.corpus.corpus import Corpus
from tombola.training.train.checkpoint import load_model, save_model
from tombola.training.train.config import TrainConfig
from tombola.training.train.loop import (
    TrainResult,
    corpus_digest,
    evaluate,
    fresh_model,
    train,
)
from tombola.training.voices import VOICES
from tombola.training.voices.voice import Model

__all__ = ["Run", "TrainConfig", "TrainResult", "evaluate", "run_name", "train"]

_FILES = {
    "initial": "initial.safetensors",
    "rewind": "train-rewind.safetensors",
    "final": "final.safetensors",
}


def run_name(corpus: Corpus, config: TrainConfig) -> str:
    """Name a run by the hash of its configuration and corpus: 12 hexadecimal digits."""
    parts = json.dumps([asdict(config), corpus_digest(corpus)])
    return hashlib.blake2b(parts.encode(), digest_size=6).hexdigest()


class Run:
    """A folder that holds one training and what was measured of it.

    Attributes:
        folder: Where it is.
        name: The hash of its configuration and corpus.
        config: The configuration.
        corpus: Name, licence and digest of the corpus, and the folder it was in.
    """

    def __init__(
        self, folder: Path, name: str, config: TrainConfig, corpus: dict[str, str]
    ) -> None:
        self.folder = folder
        self.name = name
        self.config = config
        self.corpus = corpus

    @classmethod
    def create(
        cls,
        folder: Path,
        corpus: Corpus,
        config: TrainConfig,
        corpus_folder: Path | None = None,
    ) -> Self:
        """Begin a run in `folder`, or go on with the same one that is there.

        `corpus_folder` is noted for `load_corpus`.

        Raises:
            TombolaError: `folder` holds another run, or the corpus was read for another
                voice.
        """
        if corpus.voice != config.voice:
            raise TombolaError(
                f"corpus '{corpus.name}' was read for the voice '{corpus.voice}', not "
                f"for '{config.voice}'; read it again with: tombola corpus --voice "
                f"{config.voice}"
            )
        name = run_name(corpus, config)
        if (folder / "run.json").exists():
            run = cls.open(folder)
            if run.name != name:
                raise TombolaError(
                    f"'{folder}' holds run {run.name} of corpus "
                    f"'{run.corpus['name']}', not {name}; choose another folder with -o"
                )
            return run
        source = {
            "name": corpus.name,
            "licence": corpus.licence,
            "digest": corpus_digest(corpus),
        }
        if corpus_folder is not None:
            source["folder"] = str(corpus_folder.resolve())
        save_model(folder / _FILES["initial"], fresh_model(corpus, config))
        content = {"name": name, "config": asdict(config), "corpus": source}
        write_json(folder / "run.json", content)
        return cls(folder, name, config, source)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the run in `folder`.

        Raises:
            TombolaError: There is none, or its description is damaged.
        """
        try:
            content = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            fields = dict(content["config"])
            widths = VOICES[fields["voice"]].own_widths(**fields.pop("widths"))
            config = TrainConfig(**fields, widths=widths)
            corpus = {key: str(value) for key, value in content["corpus"].items()}
            return cls(folder, str(content["name"]), config, corpus)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise TombolaError(
                f"'{folder}' is not a run that can be read ({error}); "
                "make one with: tombola train CORPUS -o FOLDER"
            ) from error

    def train(self, corpus: Corpus) -> TrainResult:
        """Train, or go on where training was stopped, to `final.safetensors`."""
        model = self.load_model("initial")
        result = train(corpus, model, self.config, self.folder)
        save_model(self.folder / _FILES["final"], model)
        self.add_figures(
            loss=result.loss,
            parameters=sum(p.numel() for p in model.decoder.parameters()),
            train_seconds=round(result.seconds, 1),
        )
        return result

    def load_corpus(self, folder: Path | None = None) -> Corpus:
        """Load the corpus of this run, from `folder` if it is no longer where it was.

        Raises:
            TombolaError: It is not there, or is another one.
        """
        noted = self.corpus.get("folder")
        if folder is None and noted is None:
            raise TombolaError(
                f"run '{self.folder}' does not say where its corpus "
                f"'{self.corpus['name']}' is; give the folder with --corpus"
            )
        place = folder or Path(str(noted))
        corpus = Corpus.load(place)
        if corpus_digest(corpus) != self.corpus["digest"]:
            raise TombolaError(
                f"run '{self.folder}' was trained on corpus '{self.corpus['name']}' "
                f"with digest {self.corpus['digest']}, '{place}' has digest "
                f"{corpus_digest(corpus)}; give the right one with --corpus"
            )
        return corpus

    def load_model(
        self, which: Literal["initial", "rewind", "final"] = "final"
    ) -> Model:
        """Load the network as it was before, early in, or after training.

        Raises:
            TombolaError: Training has not come so far, or the file is damaged.
        """
        path = self.folder / _FILES[which]
        if not path.exists():
            raise TombolaError(
                f"run '{self.folder}' has no {which} network yet; "
                f"go on with: tombola train CORPUS -o {self.folder}"
            )
        return load_model(path)

    @property
    def figures(self) -> dict[str, Any]:
        """What was measured so far, from `figures.json`."""
        path = self.folder / "figures.json"
        if not path.exists():
            return {}
        figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return figures

    def add_figures(self, **figures: Any) -> None:
        """Add or replace figures in `figures.json`."""
        write_json(self.folder / "figures.json", {**self.figures, **figures})
