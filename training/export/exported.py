"""What comes out of a voice's export, whatever the voice."""

from typing import Any, NamedTuple

from tombola.training.corpus.corpus import Floats
from tombola.training.export.check import Snr

Metadata = dict[str, Any]


class Exported(NamedTuple):
    """A decoder's .tflite.

    Attributes:
        content: Its bytes.
        snr: Against torch, over `controls`.
        controls: [1000, C] real controls, of held-out sounds.
    """

    content: bytes
    snr: Snr
    controls: Floats
