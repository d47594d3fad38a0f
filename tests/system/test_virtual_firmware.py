"""The firmware itself on the virtual module, against the same core on the host."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from firmware_build import build

from tombola import _core
from tombola.errors import TombolaError
from tombola.performance import DRAW_BIT, GATE_BIT, PanelTrack
from tombola.virtual.board import Revision
from tombola.virtual.render import render


@pytest.fixture
def elf(small_elf: Path) -> Path:
    return small_elf


def restless(blocks: int) -> PanelTrack:
    """Return a track on which every knob, jack and gate moves all the time."""
    random = np.random.default_rng(7)
    time = np.arange(blocks)
    drawn = random.random(blocks) < 0.02
    gates = np.where(time % 150 < 100, GATE_BIT, 0) | np.where(drawn, DRAW_BIT, 0)
    return PanelTrack(
        cv=random.integers(0, 1 << 16, (blocks, 6)).astype(np.uint16),
        knobs=random.integers(0, 1 << 16, (blocks, 8)).astype(np.uint16),
        gates=gates.astype(np.uint8),
        audio=random.integers(-(1 << 23), 1 << 23, (blocks * 48, 2)).astype(np.int32),
    )


@pytest.mark.parametrize("revision", [Revision.PCM3060, Revision.WM8731])
def test_module_and_host_give_the_same_samples(
    elf: Path, small_ticket: bytes, revision: Revision
) -> None:
    track = restless(500)
    module = render(elf, track, revision)
    host = _core.Instrument(small_ticket).render(
        track.cv, track.knobs, track.gates, track.audio
    )
    assert np.abs(module.audio).max() > 1 << 16, "nothing is heard"
    np.testing.assert_array_equal(module.audio, host["audio"])
    np.testing.assert_array_equal(module.cv, host["cv"])
    np.testing.assert_array_equal(module.gate, host["gate"])
    np.testing.assert_array_equal(module.lights, host["lights"])
    assert module.frames == host["frames"]
    assert (module.late_frames, module.late_blocks, module.late_scans) == (0, 0, 0)


def test_the_parts_of_a_block_add_up(elf: Path) -> None:
    played = render(elf, restless(40))
    assert played.instructions is not None
    assert played.audio_instructions is not None
    assert played.frame_instructions is not None
    assert played.main_instructions is not None
    parts = (
        played.audio_instructions + played.frame_instructions + played.main_instructions
    )
    np.testing.assert_array_equal(parts, played.instructions)
    assert (played.audio_instructions > 1_000).all()
    # A frame counts when the next block picks it up.
    assert np.count_nonzero(played.frame_instructions[:-1]) == played.frames
    assert (played.main_instructions[1:] < 1_000).all(), "the main loop does not sleep"


def test_a_bad_ticket_is_named(elf: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(elf.parent, tmp_path / "firmware")
    silent = build(b"this is no ticket", folder)
    with pytest.raises(TombolaError, match="does not play: silent, error ticket: "):
        render(silent, restless(5))
