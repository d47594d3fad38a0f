"""WAV files of 24 bits that hold exactly the samples that the module sends."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tombola import files
from tombola.errors import TombolaError
from tombola.generated.sound import SAMPLE_RATE

# libsndfile keeps 24-bit samples in the upper bytes of an int32.
_UNUSED_BITS = 8


def write(path: Path, audio: NDArray[np.int32]) -> None:
    """Write 24-bit samples, int32 [samples, 2] sign-extended, at 48 kHz."""
    with files.whole(path) as temporary:
        soundfile.write(
            temporary, audio << _UNUSED_BITS, SAMPLE_RATE, "PCM_24", format="WAV"
        )


def read(path: Path) -> NDArray[np.int32]:
    """Read the samples that `write` wrote, int32 [samples, 2] sign-extended.

    Raises TombolaError for a file that is not 48 kHz, 24-bit stereo.
    """
    try:
        with soundfile.SoundFile(path) as file:
            kind = (file.samplerate, file.subtype, file.channels)
            samples: NDArray[np.int32] = file.read(dtype="int32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise TombolaError(f"{path}: cannot be read as a WAV file: {error}") from error
    if kind != (SAMPLE_RATE, "PCM_24", 2):
        raise TombolaError(
            f"{path}: is {kind[0]} Hz {kind[1]} with {kind[2]} channel(s), not "
            f"{SAMPLE_RATE} Hz PCM_24 with 2; render it with `tombola play`"
        )
    return samples >> _UNUSED_BITS
