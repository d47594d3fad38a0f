"""Rendering on the virtual module: what is read when, and what lateness does."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tombola.errors import TombolaError
from tombola.generated.sound import BLOCK, FRAME_BLOCKS, FULL_SCALE
from tombola.performance import PanelTrack
from tombola.virtual.board import Revision
from tombola.virtual.render import ModulePerformance, render

ROOT = Path(__file__).resolve().parents[2]
CPU = ["-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-d16", "-mfloat-abi=hard"]
COMPILE = [
    *["arm-none-eabi-g++", *CPU, "-std=c++17", "-O1", "-fno-exceptions", "-fno-rtti"],
    *["-fno-threadsafe-statics", "-iquote", str(ROOT)],
]
LINK = [
    *["arm-none-eabi-gcc", *CPU, "-nostartfiles", "--specs=nano.specs"],
    *["-T", str(ROOT / "firmware/daisy/stm32h750.ld"), "-Wl,--gc-sections"],
    "-Wl,--no-warn-rwx-segments",
]
BLOCK_CYCLES = 480_000

Loopback = Callable[[int, int], Path]


@pytest.fixture(scope="module")
def loopback(tmp_path_factory: pytest.TempPathFactory) -> Loopback:
    """Build the loopback image with so many turns in a frame and in a block."""
    folder = tmp_path_factory.mktemp("loopback")
    drivers = sorted((ROOT / "firmware/daisy").glob("*.cc"))
    subprocess.run([*COMPILE, "-c", *map(str, drivers)], cwd=folder, check=True)
    objects = sorted(map(str, folder.glob("*.o")))

    def build(frame_turns: int, block_turns: int) -> Path:
        elf = folder / f"loopback-{frame_turns}-{block_turns}.elf"
        if not elf.exists():
            turns = [f"-DFRAME_TURNS={frame_turns}", f"-DBLOCK_TURNS={block_turns}"]
            source = str(Path(__file__).with_name("virtual_loopback.cc"))
            main = str(elf.with_suffix(".main"))
            subprocess.run([*COMPILE, *turns, "-c", source, "-o", main], check=True)
            subprocess.run([*LINK, *objects, main, "-o", str(elf)], check=True)
        return elf

    return build


def noise(blocks: int) -> PanelTrack:
    """Return a track in which every word and sample differs from its neighbours."""
    random = np.random.default_rng(blocks)
    samples = (blocks * BLOCK, 2)
    return PanelTrack(
        cv=random.integers(0, 1 << 16, (blocks, 6)).astype(np.uint16),
        knobs=random.integers(0, 1 << 16, (blocks, 8)).astype(np.uint16),
        gates=random.integers(0, 8, blocks).astype(np.uint8),
        audio=random.integers(-FULL_SCALE - 1, FULL_SCALE + 1, samples).astype(
            np.int32
        ),
    )


def expected_audio(track: PanelTrack) -> np.ndarray:
    audio = track.audio.reshape(-1, BLOCK, 2).copy()
    audio[:, :6, 1] = track.cv
    return audio.reshape(-1, 2)


def check_panel(track: PanelTrack, played: ModulePerformance) -> None:
    selected = np.concatenate(([0], np.arange(track.blocks - 1) % 8))
    knobs = track.knobs[np.arange(track.blocks), selected]
    np.testing.assert_array_equal(played.cv, knobs >> 4, "CV is not last block's knob")
    np.testing.assert_array_equal(
        played.lights, track.gates, "lights are not the gates"
    )
    np.testing.assert_array_equal(played.gate, track.gates & 1, "GATE is not GATE")


@pytest.mark.parametrize("revision", Revision)
def test_each_block_reads_its_row_and_writes_its_row(
    loopback: Loopback, revision: Revision
) -> None:
    track = noise(20)
    played = render(loopback(10, 0), track, revision)
    np.testing.assert_array_equal(played.audio, expected_audio(track))
    check_panel(track, played)
    assert (played.late_frames, played.late_blocks, played.late_scans) == (0, 0, 0)


def test_a_late_frame_is_preempted_and_audio_does_not_wait(loopback: Loopback) -> None:
    """A frame of one and a half blocks is late once; its work spills over."""
    track = noise(40)
    played = render(loopback(360_000, 0), track)
    np.testing.assert_array_equal(played.audio, expected_audio(track))
    check_panel(track, played)
    assert played.frames == track.blocks // FRAME_BLOCKS
    assert played.late_frames == played.frames
    assert played.late_blocks == 0
    assert played.frame_instructions is not None
    by_frame = played.frame_instructions.reshape(-1, FRAME_BLOCKS)
    assert (by_frame[:, :2] > 200_000).all()
    assert (by_frame[:, 2:] == 0).all()
    assert played.instructions is not None
    # A block ends with the basic block in which its time runs out.
    assert int(played.instructions.max()) <= BLOCK_CYCLES + 100


def test_a_late_block_is_heard_and_counted(loopback: Loopback) -> None:
    """An interrupt of 1.1 blocks finishes after the transmitter has begun its half."""
    track = noise(20)
    played = render(loopback(10, 264_000), track)
    assert played.late_blocks >= track.blocks * 3 // 4
    assert not np.array_equal(played.audio, expected_audio(track))


def test_instructions_are_exact(loopback: Loopback) -> None:
    """A thousand turns more in each frame are two thousand instructions more."""
    track = noise(16)
    few, many = (render(loopback(turns, 0), track) for turns in (1_000, 2_000))
    assert few.frame_instructions is not None
    assert many.frame_instructions is not None
    more = many.frame_instructions - few.frame_instructions
    assert more.tolist() == [2_000, 0, 0, 0] * 4


def test_renders_repeat_exactly(loopback: Loopback) -> None:
    track = noise(16)
    first, second = (render(loopback(10, 0), track) for _ in range(2))
    np.testing.assert_array_equal(first.audio, second.audio)
    assert first.instructions is not None
    assert second.instructions is not None
    np.testing.assert_array_equal(first.instructions, second.instructions)
    assert first.boot_instructions == second.boot_instructions


@pytest.mark.parametrize("content", [b"", b"RIFF" + bytes(100), b"\x7fELF" + bytes(60)])
def test_a_file_that_is_no_firmware_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "firmware.elf"
    path.write_bytes(content)
    with pytest.raises(TombolaError, match=r"firmware\.elf .*make firmware"):
        render(path, noise(1))
