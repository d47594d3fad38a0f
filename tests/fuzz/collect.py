"""A pytest plugin: what the tests convert becomes inputs of the fuzzers.

PYTHONPATH=tests/fuzz .venv/bin/pytest -p collect tests/parity
"""

import hashlib
from typing import Any

from fuzz import FUZZERS

from tombola.converter import converted


def keep(name: str, content: bytes) -> None:
    """Put bytes among the inputs of a fuzzer that takes as many."""
    fuzzer = next(f for f in FUZZERS if f.name == name)
    if len(content) <= fuzzer.max_bytes:
        fuzzer.inputs.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha1(content).hexdigest()
        (fuzzer.inputs / digest).write_bytes(content)


def kept(name: str, function: Any) -> Any:
    """Wrap a function whose first argument is worth keeping."""

    def wrapper(content: bytes, *arguments: Any, **options: Any) -> Any:
        keep(name, content)
        return function(content, *arguments, **options)

    return wrapper


converted.read = kept("tflite", converted.read)
converted.Network = kept("ticket", converted.Network)
