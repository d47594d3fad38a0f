"""How soon the factory's module answers, and how fast the virtual one runs."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from module_report import note

from tombola.generated.panel import CVS, KNOBS
from tombola.generated.sound import BLOCK, SAMPLE_RATE
from tombola.performance import GATE_BIT, PanelTrack
from tombola.play.render import build_firmware
from tombola.play.words import CV_INDEX, KNOB_INDEX, cv_words, knob_words
from tombola.virtual.image import Image
from tombola.virtual.image import load as load_image
from tombola.virtual.module import MILLISECOND, VirtualModule
from tombola.virtual.render import render

ROOT = Path(__file__).resolve().parents[2]
BLOCK_MS = 1000 * BLOCK / SAMPLE_RATE
AT = 60  # the block at which a jack changes
PHASES = 4  # of a block, at which a jack is moved

Change = Callable[[VirtualModule], None]


@pytest.fixture(scope="module")
def elf() -> Path:
    return build_firmware((ROOT / "firmware/tickets/harp.ticket").read_bytes())


@pytest.fixture(scope="module")
def image(elf: Path) -> Image:
    return load_image(elf)


def steps(gate: bool, volts: float) -> PanelTrack:
    """A track in which the gate, if it does, and V/OCT rise at the block AT."""
    blocks = AT + 40
    cv = np.array([[cv_words(jack, 0.0) for jack in CVS]] * blocks, np.uint16)
    cv[AT:, CV_INDEX["V/OCT"]] = cv_words(CVS[CV_INDEX["V/OCT"]], volts)
    middle = [knob_words(knob, sum(knob.range) / 2) for knob in KNOBS]
    knobs = np.array([middle] * blocks, np.uint16)
    knobs[:, KNOB_INDEX["SHAPE"]] = 0
    gates = np.full(blocks, GATE_BIT, np.uint8)
    if gate:
        gates[:AT] = 0
    return PanelTrack(cv, knobs, gates, np.zeros((blocks * BLOCK, 2), np.int32))


def first(changed: np.ndarray) -> float:
    """Milliseconds from the block that reads the change to the first such sample."""
    where = np.flatnonzero(changed.any(axis=1))
    assert len(where), "the change is not heard"
    return float(where[0] / BLOCK - AT) * BLOCK_MS


def heard(image: Image, phase: int, change: Change) -> tuple[np.ndarray, np.ndarray]:
    """Samples that go to the codec, and their times in ms from a change at a jack.

    All knobs are at noon but SHAPE, fully left. phase: of a block, in PHASES.
    """
    module = VirtualModule(image)
    core = module.board.chip.core
    blocks: list[np.ndarray] = []
    begins: list[int] = []

    def listen(block: np.ndarray) -> None:
        blocks.append(block.copy())
        begins.append(core.clock.now)

    module.on_audio = listen
    module.turn("SHAPE", 0.0)
    module.run(AT)
    core.run(core.clock.now + phase * MILLISECOND // PHASES)
    now = core.clock.now
    change(module)
    module.run(20)
    starts = (np.array(begins) - now) / MILLISECOND
    times = (starts[:, None] + BLOCK_MS * np.arange(BLOCK) / BLOCK).ravel()
    return np.concatenate(blocks), times


def test_a_trigger_sounds_within_two_blocks(elf: Path) -> None:
    audio = render(elf, steps(True, 0.0)).audio
    assert not audio[: AT * BLOCK].any(), "it is not silent before"
    latency = first(audio != 0)
    note(trigger_latency_ms=round(latency, 3))
    assert 0.0 <= latency <= 2.0


def test_a_step_of_v_oct_is_heard_within_a_block(elf: Path) -> None:
    held, stepped = (render(elf, steps(False, volts)).audio for volts in (0.0, 1.0))
    latency = first(held != stepped)
    note(pitch_latency_ms=round(latency, 3))
    assert 0.0 <= latency <= 1.0


def test_from_jack_to_codec_it_takes_three_blocks_at_most(image: Image) -> None:
    """With the wait for the next scan, and the block that is being sent."""

    def gate(module: VirtualModule) -> None:
        module.patch_gate("GATE", 5.0)

    slowest = 0.0
    for phase in range(PHASES):
        samples, times = heard(image, phase, gate)
        slowest = max(slowest, times[samples.any(axis=1)][0])
    note(trigger_jack_ms=round(float(slowest), 2))
    assert 0.0 < slowest <= 3.0


def test_the_virtual_module_runs_fast_enough_to_be_played(image: Image) -> None:
    """At least 0.3 of real time, with a core of this computer to itself."""
    module = VirtualModule(image)
    module.plug_in()
    module.patch_gate("GATE", 5.0)
    speeds = []
    for _ in range(3):
        begin = time.process_time()
        module.run(500)
        speeds.append(0.5 / (time.process_time() - begin))
    note(virtual_speed=round(max(speeds), 2))
    assert max(speeds) > 0.3
