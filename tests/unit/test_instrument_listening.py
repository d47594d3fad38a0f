"""A signal at IN plays the voice, on the host."""

import numpy as np
import pytest
from host_instrument import (
    SECOND,
    WARM,
    cents_off,
    left,
    play,
    set_cv,
    set_knob,
    set_tonal,
    ticket,
    track,
)
from numpy.typing import NDArray

from tombola._core import Instrument
from tombola.generated.settings import Calibration, Settings
from tombola.generated.sound import BLOCK, FULL_SCALE, SAMPLE_RATE
from tombola.performance import PanelTrack

OCTAVE_UP = 12.0  # PITCH
NOON = 0.5


def instrument(settings: Settings) -> Instrument:
    made = Instrument(ticket())
    made.apply(settings.pack(), Calibration().pack())
    return made


def sing(panel: PanelTrack, hertz: float, level: float, blocks: slice) -> None:
    """Put a sine into IN, full scale 1."""
    time = np.arange(len(panel.audio)) / SAMPLE_RATE
    wave = np.round(level * FULL_SCALE * np.sin(2 * np.pi * hertz * time))
    part = slice(blocks.start * BLOCK, blocks.stop * BLOCK)
    panel.audio[part, 0] = wave[part].astype(np.int32)


def loudness(words: NDArray[np.uint16]) -> NDArray[np.float64]:
    """The jack CV as dB."""
    return (words / 409.5 - 5.0) / 5.0 * 80.0 - 80.0


@pytest.mark.parametrize("hertz", [65.4, 220.0, 523.3])
def test_its_pitch_and_loudness_play_the_voice(hertz: float) -> None:
    panel = track(SECOND)
    set_tonal(panel)
    set_knob(panel, "LEVEL", NOON)
    sing(panel, hertz, 0.1, slice(100, SECOND))
    played = play(panel)
    assert not left(played)[: 100 * BLOCK].any()
    opens = int(np.argmax(played.gate))
    assert opens - 100 < 31
    assert played.gate[opens:].all()
    assert abs(cents_off(left(played)[300 * BLOCK :], hertz)) < 10.0
    a_weighted = {65.4: -25.7, 220.0: -10.1, 523.3: -3.0}[hertz]
    want = -20.0 - 3.0 + a_weighted
    assert loudness(played.cv)[-1] == pytest.approx(max(want, -80.0), abs=0.5)


def test_pitch_and_v_oct_transpose_it() -> None:
    panel = track(SECOND)
    set_tonal(panel)
    set_knob(panel, "PITCH", OCTAVE_UP)
    set_cv(panel, "V/OCT", -2.0)
    sing(panel, 440.0, 0.2, slice(50, SECOND))
    assert abs(cents_off(left(play(panel))[300 * BLOCK :], 220.0)) < 10.0


def test_level_makes_it_louder() -> None:
    panel = track(SECOND)
    sing(panel, 440.0, 0.02, slice(50, SECOND))
    heard = []
    for level in (0.25, NOON, 0.75):
        set_knob(panel, "LEVEL", level)
        heard.append(loudness(play(panel).cv)[-1])
    assert np.diff(heard) == pytest.approx([10.0, 10.0], abs=0.5)


def test_it_is_off_when_the_setting_says_so() -> None:
    panel = track(300)
    sing(panel, 440.0, 0.2, slice(50, 300))
    played = play(panel, instrument(Settings(audio_in=0)))
    assert not played.audio.any()
    assert not played.gate.any()


def test_what_is_too_quiet_does_not_play_and_what_plays_may_get_quieter() -> None:
    panel = track(900)
    for level, begin in ((0.003, 0), (0.02, 300), (0.003, 600)):  # -53, -37 dB
        sing(panel, 1000.0, level, slice(begin, begin + 300))
    gate = play(panel).gate
    assert not gate[:300].any()
    assert gate[340:].all()


def test_the_gate_plays_on_when_it_falls_silent() -> None:
    panel = track(3 * SECOND, (WARM, 3 * SECOND))
    set_tonal(panel)
    set_cv(panel, "V/OCT", 1.0)
    sing(panel, 330.0, 0.2, slice(SECOND, 2 * SECOND))
    sound = left(play(panel))
    own = 440.0 * 2.0 ** ((48 - 69) / 12)
    for begin, hertz in ((0.1, own), (1.1, 660.0), (2.1, own)):
        part = sound[int(begin * SAMPLE_RATE) :][: int(0.8 * SAMPLE_RATE)]
        assert abs(cents_off(part, hertz)) < 10.0
