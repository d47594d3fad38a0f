"""A folder of sounds becomes a corpus."""

from pathlib import Path

from tombola.training.corpus.corpus import Corpus


def read_corpus(folder: Path, name: str, licence: str) -> Corpus:
    """Read every sound under `folder`.

    Raises:
        TombolaError: Nothing in it can be used.
    """
    raise NotImplementedError
