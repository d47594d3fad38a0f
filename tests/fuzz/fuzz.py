"""Runs every fuzzer for some seconds, each on a core of its own.

    python tests/fuzz/fuzz.py 600 --keep

What is found prints one line and leaves its input in build/fuzz/. A run starts from
the committed corpus and the files in tests/data. With `--keep` it starts from what is
in build/fuzz/ as well, and makes of that, of the corpus and of what it adds, the
smallest corpus that reaches as much.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "build" / "fuzz"
# Under the sanitizers the most that the loader lets through takes one or two.
SECONDS_AN_INPUT = 60
MEBIBYTES = 2048


@dataclass(frozen=True)
class Fuzzer:
    """A program that takes libFuzzer's arguments, and the largest input it tries."""

    name: str
    command: tuple[str, ...]
    max_bytes: int

    @property
    def corpus(self) -> Path:
        """What is committed."""
        return HERE / "corpus" / f"{self.name}.tar.xz"

    @property
    def seeds(self) -> list[Path]:
        """What else it starts from: the tests' files that are small enough."""
        files = sorted((HERE.parent / "data").glob(f"*.{self.name}"))
        return [path for path in files if path.stat().st_size <= self.max_bytes]

    @property
    def inputs(self) -> Path:
        """The folder of this run's inputs."""
        return OUT / self.name

    def search(self, seconds: int) -> subprocess.Popen[str]:
        """Start the search for that long."""
        arguments = [f"-max_total_time={seconds}", "-seed=1", "-print_final_stats=1"]
        if self.seeds:
            arguments.append(f"-seed_inputs={','.join(map(str, self.seeds))}")
        return self.start([*arguments, str(self.inputs)])

    def start(self, arguments: list[str]) -> subprocess.Popen[str]:
        """Start it, and everything it says goes to a file beside its inputs."""
        command = [
            *("nice", *self.command),
            *(f"-max_len={self.max_bytes}", f"-timeout={SECONDS_AN_INPUT}"),
            *(f"-rss_limit_mb={MEBIBYTES}", f"-artifact_prefix={OUT}/{self.name}-"),
            *arguments,
        ]
        with self.log.open("w") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, text=True)

    @property
    def log(self) -> Path:
        """What the fuzzer said."""
        return OUT / f"{self.name}.log"


FUZZERS = (
    Fuzzer("ticket", (str(OUT / "ticket_fuzzer"),), 12288),
    Fuzzer("link", (str(OUT / "link_fuzzer"),), 4096),
    Fuzzer("tflite", (sys.executable, str(HERE / "tflite_fuzzer.py")), 12288),
)


def main() -> None:
    """Run all fuzzers; exit status 1 when one of them found something."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seconds", type=int)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    for fuzzer in FUZZERS:
        unpack(fuzzer, afresh=not arguments.keep)
    running = [(f, f.search(arguments.seconds)) for f in FUZZERS]
    found = [report(fuzzer, process.wait()) for fuzzer, process in running]
    if any(found):
        sys.exit(1)
    if arguments.keep:
        for fuzzer in FUZZERS:
            keep(fuzzer)


def unpack(fuzzer: Fuzzer, *, afresh: bool) -> None:
    """Put the committed corpus into the folder of inputs."""
    if afresh:
        shutil.rmtree(fuzzer.inputs, ignore_errors=True)
    fuzzer.inputs.mkdir(parents=True, exist_ok=True)
    if fuzzer.corpus.exists():
        with tarfile.open(fuzzer.corpus) as corpus:
            for entry in corpus:
                content = corpus.extractfile(entry)
                assert content is not None, entry
                (fuzzer.inputs / entry.name).write_bytes(content.read())


def report(fuzzer: Fuzzer, status: int) -> bool:
    """Print what became of a run, and return whether it found something."""
    log = fuzzer.log.read_text(errors="replace")
    if status == 0:
        runs = re.findall(r"number_of_executed_units: (\d+)", log)[-1]
        covered = re.findall(r"cov: (\d+) ft: (\d+)", log)[-1]
        print(
            f"fuzz {fuzzer.name}: {int(runs):,} inputs, {int(covered[0]):,} edges, "
            f"{int(covered[1]):,} features; nothing found"
        )
        return False
    inputs = re.findall(r"Test unit written to (\S+)", log)
    kept = os.path.relpath(inputs[-1]) if inputs else os.path.relpath(fuzzer.log)
    reason = python_reason(log) or re.findall(r"(?:SUMMARY|ERROR): ?(.*)", log)
    print(
        f"fuzz {fuzzer.name}: {reason[-1] if reason else f'exit status {status}'}; "
        f"look into {kept}",
        file=sys.stderr,
    )
    return True


def python_reason(log: str) -> list[str]:
    """Return the exception that came out of a Python target, and where from."""
    errors = re.findall(r"Uncaught Python exception: ===\n(.*)", log)
    places = re.findall(r'File "(.*)", line (\d+)', log)
    return [f"{e} ({os.path.relpath(places[-1][0])}:{places[-1][1]})" for e in errors]


def keep(fuzzer: Fuzzer) -> None:
    """Write the fewest inputs that reach what all of them do to the corpus."""
    least = OUT / f"{fuzzer.name}-least"
    shutil.rmtree(least, ignore_errors=True)
    least.mkdir()
    # An input for each edge, not for each number of times that it is passed.
    merge = ["-set_cover_merge=1", "-use_counters=0"]
    status = fuzzer.start([*merge, str(least), str(fuzzer.inputs)]).wait()
    if status != 0:
        sys.exit(f"fuzz {fuzzer.name}: merging failed, see {fuzzer.log}")
    fuzzer.corpus.parent.mkdir(exist_ok=True)
    with tarfile.open(fuzzer.corpus, "w:xz") as corpus:
        for path in sorted(least.iterdir()):
            # Without its time and owner, so that the same inputs are the same file.
            entry = tarfile.TarInfo(path.name)
            entry.size = path.stat().st_size
            with path.open("rb") as content:
                corpus.addfile(entry, content)


if __name__ == "__main__":
    main()
