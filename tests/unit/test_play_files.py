"""Samples, panel words and pictures that a performance is kept in."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tombola.errors import TombolaError
from tombola.generated.sound import BLOCK, FULL_SCALE
from tombola.performance import PanelTrack, Performance
from tombola.play import wav
from tombola.play.patch import Patch, panel_track
from tombola.play.record import record
from tombola.play.spectrogram import log_spectrogram

SAMPLES = st.integers(-FULL_SCALE - 1, FULL_SCALE)


@settings(max_examples=25, deadline=None)
@given(arrays(np.int32, st.tuples(st.integers(1, 200), st.just(2)), elements=SAMPLES))
def test_a_wav_keeps_every_bit(
    tmp_path_factory: pytest.TempPathFactory, audio: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    wav.write(path, audio)
    assert np.array_equal(wav.read(path), audio)
    information = soundfile.info(path)
    assert (information.samplerate, information.subtype) == (48000, "PCM_24")


def test_another_wav_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(100), 44100)
    with pytest.raises(TombolaError, match="44100 Hz PCM_16 with 1"):
        wav.read(path)
    path.write_text("no sound")
    with pytest.raises(TombolaError, match="cannot be read"):
        wav.read(path)


def test_arrays_of_another_kind_are_refused() -> None:
    track = panel_track(Patch("x"))
    with pytest.raises(ValueError, match="cv is float64"):
        PanelTrack(track.cv.astype(float), track.knobs, track.gates, track.audio)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"knobs is uint16\[1499, 8\]"):
        PanelTrack(track.cv, track.knobs[1:], track.gates, track.audio)
    with pytest.raises(ValueError, match="above 7"):
        PanelTrack(track.cv, track.knobs, track.gates + np.uint8(8), track.audio)
    with pytest.raises(ValueError, match="24 bits"):
        PanelTrack(track.cv, track.knobs, track.gates, track.audio + (1 << 23))
    with pytest.raises(ValueError, match="no blocks"):
        Performance(track.audio, track.gates, track.gates[:0], track.gates, 0, 0)  # type: ignore[arg-type]


def test_a_track_is_laid_out_for_the_core() -> None:
    track = panel_track(Patch("x"))
    for array in (track.cv, track.knobs, track.gates, track.audio):
        assert array.flags.c_contiguous


@pytest.mark.parametrize("frequency", [60.0, 300.0, 1000.0, 9000.0])
def test_a_sine_has_its_level_and_place_in_the_spectrogram(frequency: float) -> None:
    sine = 0.1 * np.sin(2 * np.pi * frequency * np.arange(48000) / 48000)
    hertz, levels = log_spectrogram(sine, 30.0, 20000.0)
    middle = levels[:, levels.shape[1] // 2]
    assert middle.max() == pytest.approx(-20, abs=1.5)
    assert hertz[middle.argmax()] == pytest.approx(frequency, rel=0.06)


def test_a_patch_may_have_any_name(tmp_path: Path) -> None:
    patch = Patch(name=r"$\frac{x$ $ [red] \u266b", seconds=0.2)
    track = panel_track(patch)
    blocks = track.blocks
    performance = Performance(
        audio=np.zeros((blocks * BLOCK, 2), np.int32),
        cv=np.zeros(blocks, np.uint16),
        gate=np.zeros(blocks, np.uint8),
        lights=np.zeros(blocks, np.uint8),
        frames=0,
        late_frames=0,
    )
    about = {"patch": patch.name, "voice": "tone"}
    record(tmp_path / "x.wav", patch, track, performance, about)
    assert (tmp_path / "x.png").stat().st_size > 0
