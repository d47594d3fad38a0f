"""The module's C++ core: the same code that the firmware runs."""

from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

class Network:
    """A ticket's network, without its voice.

    Raises ValueError with the reason when the ticket is not sound.
    """

    def __init__(self, ticket: bytes) -> None: ...
    def step(self, inputs: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Run one frame on [count] by name; returns the outputs and the states.

        A state that is given is set first. Raises ValueError for an input that is
        missing, unknown, or not of the ticket's type (int8, int16 or float32) and
        length.
        """

    def set_width(self, share: float) -> None:
        """Run with the first units of every width group, a share of 0..1 of them.

        Whole fours of units, at least four; units that come back start from zero.
        """

    def reset(self) -> None:
        """Set the states to zero."""

    def tensor(self, index: int) -> NDArray[Any]:
        """Return the activation with this index of the ticket."""

    @property
    def inputs(self) -> dict[str, float]:
        """Name to scale; the real value is scale * (element - zero point)."""

    @property
    def outputs(self) -> dict[str, float]:
        """Name to scale, as `inputs`."""

    @property
    def states(self) -> dict[str, float]:
        """Name to scale, as `inputs`."""

    @property
    def metadata(self) -> str:
        """The JSON that the exporter wrote."""

    @property
    def arena_bytes(self) -> int:
        """Bytes of memory that a step needs."""

class ToneVoice:
    """The `tone` voice without a network."""

    def render(
        self,
        amplitudes: NDArray[np.int16],
        notes: NDArray[np.float32],
        loudness: NDArray[np.float32],
        color: float = 0.5,
    ) -> NDArray[np.float32]:
        """Play the output of a network, a frame after another.

        amplitudes: int16 [frames, 130], 32768 is 1. notes: float32 [frames * 4], MIDI
        note 0..135 of each block. loudness: float32 [frames], dB. color: 0..1.
        Returns float32 [frames * 192], full scale 1. The state stays between calls.
        """

class ImpactVoice:
    """The `impact` voice without a network."""

    def hit(self, output: NDArray[np.float32]) -> None:
        """Strike with the next frame, as a network's output says: [133], each 0..1."""

    def render(self, notes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Play a block a note; the state stays between calls.

        notes: float32 [blocks], MIDI note 0..135, whole frames of four blocks from the
        call on. Returns float32 [blocks * 48], full scale 1.
        """

class TextureVoice:
    """The `texture` voice without a network."""

    def render(
        self,
        taps: NDArray[np.int16],
        loudness: NDArray[np.float32],
        color: float = 0.5,
    ) -> NDArray[np.float32]:
        """Play the output of a network, a frame after another.

        taps: int16 [frames, 324], 32768 is 1. loudness: float32 [frames], dB. color:
        0..1. Returns float32 [frames * 192], full scale 1. The state stays between
        calls.
        """

class _Rendered(TypedDict):
    audio: NDArray[np.int32]
    cv: NDArray[np.uint16]
    gate: NDArray[np.uint8]
    lights: NDArray[np.uint8]
    frames: int
    late_frames: int

class Instrument:
    """The module's instrument with a ticket in it.

    Raises ValueError when the ticket cannot be played.
    """

    def __init__(self, ticket: bytes) -> None: ...
    def apply(self, settings: bytes, calibration: bytes) -> None:
        """Play by these, as tombola.generated.settings packs them, from now on.

        Raises ValueError for a field that is out of its range.
        """

    def change_ticket(self, ticket: bytes) -> None:
        """Fade over to another ticket in the blocks that come.

        Raises ValueError when it cannot be played, or the last one is still coming in;
        then all goes on as before.
        """

    @property
    def changing(self) -> bool:
        """Whether another ticket is coming in."""

    def render(
        self,
        cv: NDArray[np.uint16],
        knobs: NDArray[np.uint16],
        gates: NDArray[np.uint8],
        audio: NDArray[np.int32],
    ) -> _Rendered:
        """Play blocks of 48 samples; the state stays between calls.

        Takes the arrays of tombola.performance.PanelTrack and returns those of a
        Performance, by name; frames and late_frames are this call's.
        """

def read_requests(stream: bytes) -> list[tuple[int, int, int, bytes]]:
    """Read what the module takes for requests out of any bytes.

    Returns tuples (version, sequence, command, body).
    """

def write_answer(sequence: int, command: int, result: int, body: bytes) -> bytes:
    """Make an answer as the module sends it, its delimiter included.

    Raises ValueError for a body that is too long.
    """

def validated_settings(content: bytes) -> tuple[bytes, str | None]:
    """Unpack settings, bring them within their limits, pack them.

    Returns the bytes and the first field that was not, or None.
    """

def validated_calibration(content: bytes) -> tuple[bytes, str | None]:
    """Do the same for a calibration."""

def played_notes(calibration: bytes, words: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return what held ADC words at V/OCT play, in semitones above 0 V.

    calibration: as tombola.generated.settings packs it. words: uint16. Returns float32
    of as many notes.
    """
