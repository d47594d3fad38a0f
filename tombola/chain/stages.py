"""Stages that run once for the same inputs, and say what they did.

A stage writes a folder. The folder is named by the hash of what goes into it: its
settings, the stages before it, and the code that it runs. While it is being made it is
called `....partial`, so a folder without that ending is always whole.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tombola.files import write_json

# How many results of one stage are kept: the last one and one to go back to.
KEEP = 2


def digest_of(value: Any) -> str:
    """Return 12 hex digits of the SHA-256 of a JSON-serialisable value."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def digest_of_files(paths: Iterable[Path], below: Path) -> str:
    """Return a digest of the names (relative to `below`) and contents of files."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(below)).encode() + b"\0")
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:12]


def digest_of_code(*folders: Path) -> str:
    """Return a digest of all Python, C++ and TOML sources below some folders."""
    suffixes = {".py", ".cc", ".h", ".S", ".ld", ".toml"}
    digests = [
        digest_of_files(
            (
                p
                for p in folder.rglob("*")
                if p.suffix in suffixes or p.name == "Makefile"
            ),
            folder,
        )
        for folder in folders
    ]
    return digest_of(digests)


class Stages:
    """The stages of one voice, in a folder of their own.

    Attributes:
        seconds: What each stage took when it ran, which may have been in an earlier
            call, by its name.
        made: Names of the stages that ran in this call.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._say = say
        self.seconds: dict[str, float] = {}
        self.made: list[str] = []

    def run(
        self,
        name: str,
        inputs: dict[str, Any],
        make: Callable[[Path], None],
        *,
        resumes: bool = False,
    ) -> Path:
        """Return the folder that `make` filled for these inputs, making it if needed.

        Args:
            name: The stage's name, of letters.
            inputs: JSON-serialisable; whatever changes the result.
            make: Fills the folder it is given.
            resumes: An interrupted folder is handed to `make` again as it is, instead
                of being started afresh.
        """
        folder = self._folder / f"{name}-{digest_of(inputs)}"
        done = folder / "stage.json"
        if done.exists():
            self._say(f"{name}: nothing changed")
            # Newest last, so that pruning keeps what is in use.
            done.touch()
        else:
            self._make(name, folder, inputs, make, resumes)
        self.seconds[name] = _seconds(done)
        return folder

    def _make(
        self,
        name: str,
        folder: Path,
        inputs: dict[str, Any],
        make: Callable[[Path], None],
        resumes: bool,
    ) -> None:
        partial = folder.with_name(folder.name + ".partial")
        if not resumes:
            shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True, exist_ok=True)
        spent = partial / "spent.json"
        before = _seconds(spent) if spent.exists() else 0.0
        started = time.monotonic()
        try:
            make(partial)
        except BaseException:
            if resumes:
                write_json(spent, {"seconds": before + time.monotonic() - started})
            else:
                shutil.rmtree(partial)
            raise
        seconds = round(before + time.monotonic() - started, 2)
        spent.unlink(missing_ok=True)
        content = {"stage": name, "inputs": inputs, "seconds": seconds}
        write_json(partial / "stage.json", content)
        partial.rename(folder)
        self.made.append(name)
        self._prune(name)

    def _prune(self, name: str) -> None:
        whole = self._folder.glob(f"{name}-*/stage.json")
        by_age = sorted(whole, key=lambda path: path.stat().st_mtime)
        for path in by_age[:-KEEP]:
            shutil.rmtree(path.parent)


def _seconds(path: Path) -> float:
    return float(json.loads(path.read_text(encoding="utf-8"))["seconds"])
