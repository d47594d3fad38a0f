"""What the panel delivers to the instrument, and what the instrument gives back.

These are the arrays of docs/design.md, "The module's block", one row a block of 48
samples. The host core and the virtual module both take a `PanelTrack` and return a
`Performance`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tombola.generated.panel import CVS, KNOBS
from tombola.generated.sound import BLOCK, FULL_SCALE, SAMPLE_RATE

# Bits of `PanelTrack.gates`.
GATE_BIT, DRAW_BIT, SLOT_BIT = 1, 2, 4


@dataclass(frozen=True, eq=False)
class PanelTrack:
    """Everything that a performance reads from the panel.

    cv: uint16 [blocks, 6], ADC words in the order of `panel.CVS`.
    knobs: uint16 [blocks, 8], ADC words in the order of `panel.KNOBS`; the multiplexer
        shows the instrument one of them a block.
    gates: uint8 [blocks], bit 0 GATE, bit 1 DRAW, bit 2 SLOT; 1 is high or pressed.
    audio: int32 [blocks * 48, 2], 24-bit samples of the jack IN, sign-extended.

    Raises ValueError for any other type, shape or value.
    """

    cv: NDArray[np.uint16]
    knobs: NDArray[np.uint16]
    gates: NDArray[np.uint8]
    audio: NDArray[np.int32]

    def __post_init__(self) -> None:
        blocks = len(self.gates)
        if blocks == 0:
            raise ValueError("a panel track of no blocks cannot be played")
        _check("cv", self.cv, np.uint16, (blocks, len(CVS)))
        _check("knobs", self.knobs, np.uint16, (blocks, len(KNOBS)))
        _check("gates", self.gates, np.uint8, (blocks,))
        _check_audio(self.audio, blocks)
        if int(self.gates.max()) > GATE_BIT | DRAW_BIT | SLOT_BIT:
            raise ValueError(f"gates has a word of {self.gates.max()}, above 7")

    @property
    def blocks(self) -> int:
        """Number of blocks of 48 samples (1 ms)."""
        return len(self.gates)

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.blocks * BLOCK / SAMPLE_RATE


@dataclass(frozen=True, eq=False)
class Performance:
    """Everything that the instrument wrote during a panel track.

    audio: int32 [blocks * 48, 2], 24-bit samples of L and R, sign-extended.
    cv: uint16 [blocks], 12-bit words of the DAC behind the jack CV.
    gate: uint8 [blocks], 1 while the jack GATE is high.
    lights: uint8 [blocks], bit i is light i.
    frames: runs of the network.
    late_frames: frames that were not ready in time, so that the last one held on.
    instructions: int64 [blocks], instructions that the module executed in each block;
        None on the host, where nothing counts them.

    Raises ValueError for any other type, shape or value.
    """

    audio: NDArray[np.int32]
    cv: NDArray[np.uint16]
    gate: NDArray[np.uint8]
    lights: NDArray[np.uint8]
    frames: int
    late_frames: int
    instructions: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        blocks = len(self.gate)
        if blocks == 0:
            raise ValueError("a performance of no blocks")
        _check("cv", self.cv, np.uint16, (blocks,))
        _check("gate", self.gate, np.uint8, (blocks,))
        _check("lights", self.lights, np.uint8, (blocks,))
        _check_audio(self.audio, blocks)
        if self.instructions is not None:
            _check("instructions", self.instructions, np.int64, (blocks,))

    @property
    def blocks(self) -> int:
        """Number of blocks of 48 samples (1 ms)."""
        return len(self.gate)

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.blocks * BLOCK / SAMPLE_RATE

    @property
    def instructions_per_second(self) -> float | None:
        """Instructions (not cycles) for one second of sound; None on the host."""
        if self.instructions is None:
            return None
        return float(self.instructions.sum()) / self.seconds


def _check(
    name: str, array: NDArray[np.generic], dtype: DTypeLike, shape: tuple[int, ...]
) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(
            f"{name} is {array.dtype}{list(array.shape)}, "
            f"not {np.dtype(dtype)}{list(shape)}"
        )


def _check_audio(audio: NDArray[np.int32], blocks: int) -> None:
    _check("audio", audio, np.int32, (blocks * BLOCK, 2))
    if int(audio.max()) > FULL_SCALE or int(audio.min()) < -FULL_SCALE - 1:
        raise ValueError("audio has a sample beyond 24 bits")
