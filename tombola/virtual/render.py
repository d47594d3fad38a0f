"""Playing a panel track on the virtual module."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tombola.errors import TombolaError
from tombola.generated.sound import BLOCK
from tombola.performance import PanelTrack, Performance
from tombola.progress import Bar, bar
from tombola.virtual.board import Board, Revision
from tombola.virtual.image import load
from tombola.virtual.peripherals.system import PENDSV
from tombola.virtual.status import PLAYING, Status, read_status

AUDIO_INTERRUPT = 16 + 12  # DMA1 stream 1
CORE_HZ = 480_000_000
BOOT_LIMIT = CORE_HZ  # cycles until the first audio interrupt: a second
SLOW = 2000  # blocks from which on a bar is shown: two seconds


@dataclass(frozen=True, eq=False)
class ModulePerformance(Performance):
    """A performance of the virtual module, with what only it can count.

    audio_instructions, frame_instructions, main_instructions: int64 [blocks], the three
        parts of `instructions`: the audio interrupt, the network, and the rest.
    boot_instructions: before the first block.
    late_blocks: audio interrupts that were not done when the next was due.
    late_scans: ADC scans that were not done when the next was due.
    """

    audio_instructions: NDArray[np.int64] | None = None
    frame_instructions: NDArray[np.int64] | None = None
    main_instructions: NDArray[np.int64] | None = None
    boot_instructions: int = 0
    late_blocks: int = 0
    late_scans: int = 0


def render(
    elf: Path, track: PanelTrack, revision: Revision = Revision.AK4556
) -> ModulePerformance:
    """Play `track` on the module's firmware, from power-on.

    Row i of the track is what the i-th audio interrupt after the start reads, and row i
    of the performance is what it writes. One instruction takes one cycle at 480 MHz.

    Raises TombolaError when the firmware cannot be read, does not start to play, or
    does what the chip forbids or the virtual module does not model.
    """
    player = _Player(Board(load(elf), revision), track)
    if track.blocks < SLOW:
        return player.play(None)
    with bar("virtual module", track.blocks) as progress:
        return player.play(progress)


class _Player:
    """Feeds a board block by block, and takes down what it puts out."""

    def __init__(self, board: Board, track: PanelTrack) -> None:
        self._board = board
        self._track = track
        self._block = 0  # whose interrupt comes next
        self._progress: Bar | None = None
        blocks = track.blocks
        self._audio = np.zeros((blocks, BLOCK, 2), np.int32)
        self._cv = np.zeros(blocks, np.uint16)
        self._gate = np.zeros(blocks, np.uint8)
        self._lights = np.zeros(blocks, np.uint8)
        # Audio interrupt, frame, rest: totals when a block began.
        self._totals = np.zeros((blocks + 1, 3), np.int64)
        board.chip.sai.exchange = self._exchange
        board.set_words(track.cv[0], track.knobs[0])

    def play(self, progress: Bar | None) -> ModulePerformance:
        self._progress = progress
        core = self._board.chip.core
        core.run(BOOT_LIMIT)
        if self._block == 0:
            raise TombolaError(
                f"the firmware starts no audio within {BOOT_LIMIT // CORE_HZ} s: "
                f"{read_status(self._board)}; at {core.image.where(core.pc)}"
            )
        self._require_playing()
        core.run(core.clock.now + (self._track.blocks + 1) * CORE_HZ // 1000)
        status = self._require_playing()
        parts = np.diff(self._totals, axis=0)
        return ModulePerformance(
            audio=self._audio.reshape(-1, 2),
            cv=self._cv,
            gate=self._gate,
            lights=self._lights,
            frames=status.frames,
            late_frames=status.late_frames,
            instructions=parts.sum(axis=1),
            audio_instructions=parts[:, 0],
            frame_instructions=parts[:, 1],
            main_instructions=parts[:, 2],
            boot_instructions=int(self._totals[0].sum()),
            late_blocks=status.late_blocks,
            late_scans=status.late_scans,
        )

    def _require_playing(self) -> Status:
        status = read_status(self._board)
        if status.state != PLAYING:
            raise TombolaError(f"the firmware does not play: {status}")
        return status

    def _exchange(self, sent: NDArray[np.int32]) -> NDArray[np.int32]:
        """A block's time is over; the next one's interrupt is about to be raised.

        `sent` goes out now: the block that the last interrupt wrote.
        """
        done, self._block = self._block - 1, self._block + 1
        self._totals[done + 1] = self._instructions()
        if done >= 0:
            self._take_down(done, sent)
        if done + 1 == self._track.blocks:
            self._board.chip.core.stopped = True
            return np.zeros_like(sent)
        return self._present(done + 1)

    def _take_down(self, block: int, sent: NDArray[np.int32]) -> None:
        self._audio[block] = sent
        self._cv[block] = self._board.cv()
        self._gate[block] = self._board.gate()
        self._lights[block] = self._board.lights()
        if self._progress is not None:
            self._progress.advance()

    def _present(self, block: int) -> NDArray[np.int32]:
        """Gates are read in the interrupt; the ADC scans for the one after it."""
        track = self._track
        self._board.set_gates(int(track.gates[block]))
        following = min(block + 1, track.blocks - 1)
        self._board.set_words(track.cv[following], track.knobs[following])
        return track.audio[block * BLOCK : (block + 1) * BLOCK]

    def _instructions(self) -> tuple[int, int, int]:
        executed = self._board.chip.core.executed
        audio, frame = executed.get(AUDIO_INTERRUPT, 0), executed.get(PENDSV, 0)
        return audio, frame, sum(executed.values()) - audio - frame
