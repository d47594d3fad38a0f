"""Atheris' target: any bytes are converted, and what becomes a ticket is run.

Nothing but TombolaError may come out. The arguments are libFuzzer's.
"""

import hashlib
import sys
from pathlib import Path
from shlex import quote

import atheris
import numpy as np

with atheris.instrument_imports(include=["tombola.converter", "tflite"]):
    from tombola.converter import convert
    from tombola.converter.verify import random_inputs

from tflite_mutator import mutate

from tombola.errors import TombolaError


def convert_and_run(content: bytes) -> None:
    """Convert both ways and run two steps: whatever shares memory, the same bits."""
    try:
        converted = convert(content)
    except TombolaError:
        return
    try:
        apart = convert(content, reuse=False)
    except TombolaError:  # without reuse, the arena may be too small
        return
    inputs = random_inputs(converted, 2, seed=0)
    if not inputs:
        return
    theirs = apart.run(inputs)
    for name, values in converted.run(inputs).items():
        np.testing.assert_array_equal(values, theirs[name])


def keep_what_breaks(content: bytes) -> None:
    """Write down what libFuzzer does not always get to write."""
    try:
        convert_and_run(content)
    except Exception:
        prefix = next(a.partition("=")[2] for a in sys.argv if "artifact_prefix" in a)
        path = Path(f"{prefix}crash-{hashlib.sha1(content).hexdigest()}")
        path.write_bytes(content)
        print(f"Test unit written to {path}", file=sys.stderr, flush=True)
        raise


def main() -> None:
    """Run libFuzzer over the target."""
    # When it merges, libFuzzer gives this to a shell, to start itself.
    myself = f"{quote(sys.executable)} {quote(__file__)}"
    atheris.Setup(
        [myself, *sys.argv[1:]],
        keep_what_breaks,
        custom_mutator=lambda data, size, seed: mutate(
            bytes(data), size, seed, atheris.Mutate
        ),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
