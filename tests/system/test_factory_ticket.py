"""The factory ticket on the firmware's own ELF: the chain's promises, and golden audio.

After a deliberate change to the sound, or a new factory ticket, write the golden figure
anew: PYTHONPATH=tests/helpers python tests/system/test_factory_ticket.py
"""

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from module_report import note

from tombola.chain.report import FLASH_BYTES
from tombola.converter import convert
from tombola.converter.verify import first_difference, quantised, random_inputs, verify
from tombola.generated.sound import BLOCK, FRAME_BLOCKS, FULL_SCALE
from tombola.performance import PanelTrack, Performance
from tombola.play.measure import compare, measure
from tombola.play.patch import panel_track
from tombola.play.patch_files import load
from tombola.play.render import build_firmware, play_on_host
from tombola.virtual.render import CORE_HZ, ModulePerformance, render

ROOT = Path(__file__).resolve().parents[2]
TICKETS = ROOT / "firmware" / "tickets"
GOLDEN = ROOT / "tests" / "golden" / "scale.json"


class Played(NamedTuple):
    """The scale on both, what was measured on the module, and the image's sizes.

    listening: a part of the scale with a sound at IN, on the module.
    """

    host: Performance
    module: ModulePerformance
    listening: ModulePerformance
    figures: dict[str, Any]
    flash: int
    ram: int


def digest(performance: Performance) -> str:
    return hashlib.sha256(performance.audio.astype("<i4").tobytes()).hexdigest()


@pytest.fixture(scope="module")
def played() -> Played:
    ticket = (TICKETS / "harp.ticket").read_bytes()
    track = panel_track(load(Path("patches/scale.toml")))
    elf = build_firmware(ticket)
    module = render(elf, track)
    sizes = json.loads((elf.parent / "sizes.json").read_text())
    flash = sizes["regions"].pop("flash")
    ram = sum(sizes["regions"].values())
    host = play_on_host(ticket, track)
    listening = render(elf, with_input(track, 500))
    return Played(host, module, listening, measure(track, module), flash, ram)


def with_input(track: PanelTrack, blocks: int) -> PanelTrack:
    """Return the first blocks, with a sawtooth of 200 Hz at IN."""
    wave = np.linspace(-0.5, 0.5, 240, endpoint=False) * FULL_SCALE
    audio = np.zeros((blocks * BLOCK, 2), np.int32)
    audio[:] = np.resize(wave.astype(np.int32), len(audio))[:, np.newaxis]
    return PanelTrack(
        track.cv[:blocks], track.knobs[:blocks], track.gates[:blocks], audio
    )


def test_host_and_module_give_the_same_samples(played: Played) -> None:
    found = compare(played.host, played.module)
    assert found["equal"], found


def test_the_samples_are_the_golden_ones(played: Played) -> None:
    golden = json.loads(GOLDEN.read_text())
    assert digest(played.module) == golden["audio_sha256"], "see this file's docstring"


def test_it_is_in_tune_over_five_octaves(played: Played) -> None:
    assert played.figures["notes_measured"] == 61
    assert played.figures["pitch_error_cents_max"] < 3.0


def test_it_is_clean(played: Played) -> None:
    figures = played.figures
    assert figures["silence_dbfs"] < -90.0
    assert figures["dc_dbfs"] < -60.0
    assert figures["clicks"]["clean"], figures["clicks"]
    assert figures["clipped_samples"] == 0
    assert figures["peak_dbfs"] > -30.0


def test_it_keeps_its_time(played: Played) -> None:
    """Instructions at one a cycle: a real core waits for memory as well."""
    blocks, frames = zip(*map(worst, (played.module, played.listening)), strict=True)
    note(
        boot_ms=round(1000 * played.module.boot_instructions / CORE_HZ, 2),
        worst_block_instr=max(blocks),
        worst_frame_instr=max(frames),
        load_percent=round(100 * played.figures["instr_share_of_480m"], 2),
        late_frames=played.module.late_frames + played.listening.late_frames,
    )
    assert played.module.boot_instructions < CORE_HZ
    for module in (played.module, played.listening):
        assert module.late_frames == 0
        assert module.late_blocks == 0
        assert module.late_scans == 0
    assert played.figures["instr_share_of_480m"] <= 0.15
    assert blocks[1] > blocks[0], "it did not listen"


def worst(module: ModulePerformance) -> tuple[int, int]:
    """Return the instructions of the longest audio interrupt, and longest frame."""
    assert module.audio_instructions is not None
    assert module.frame_instructions is not None
    whole = len(module.frame_instructions) // FRAME_BLOCKS * FRAME_BLOCKS
    frames = module.frame_instructions[:whole].reshape(-1, FRAME_BLOCKS)
    return int(module.audio_instructions.max()), int(frames.sum(axis=1).max())


def test_it_fits_the_chip(played: Played) -> None:
    note(flash_bytes=played.flash, ram_bytes=played.ram)
    assert played.flash <= FLASH_BYTES


def test_the_ticket_is_what_the_converter_makes_of_its_model() -> None:
    converted = convert((TICKETS / "harp.tflite").read_bytes())
    assert converted.ticket == (TICKETS / "harp.ticket").read_bytes()


@pytest.mark.parametrize("kind", ["random", "real"])
def test_every_operator_is_bit_exact_over_a_thousand_steps(kind: str) -> None:
    tflite = (TICKETS / "harp.tflite").read_bytes()
    converted = convert(tflite)
    if kind == "random":
        inputs = random_inputs(converted, 1000, seed=1)
    else:
        controls = np.load(ROOT / "tests" / "data" / "controls.npy")
        inputs = {"controls": quantised(converted, "controls", controls)}
    comparisons = verify(tflite, [inputs])
    assert sum(c.place is not None for c in comparisons) == 20  # operators
    assert all(c.compared >= 1000 for c in comparisons)
    assert first_difference(comparisons) is None


def write_golden() -> None:
    ticket = (TICKETS / "harp.ticket").read_bytes()
    performance = play_on_host(ticket, panel_track(load(Path("patches/scale.toml"))))
    content = {"patch": "scale", "audio_sha256": digest(performance)}
    GOLDEN.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    write_golden()
