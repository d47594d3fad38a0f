"""Silence for TensorFlow, whose C++ writes to stderr whatever Python's logging says."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tombola.errors import TombolaError


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what is written to file descriptor 2, and show it only on failure."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        except TombolaError:
            raise
        except BaseException:
            log.seek(0)
            os.write(kept, log.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
