"""The measurements, on sounds whose figures are known."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from tombola.generated.sound import BLOCK, FRAME, FULL_SCALE, SAMPLE_RATE
from tombola.performance import PanelTrack, Performance
from tombola.play.clicks import find_clicks
from tombola.play.loudness import integrated_loudness
from tombola.play.measure import compare, measure
from tombola.play.patch import Note, Patch, panel_track
from tombola.play.pitch import cents, fundamental
from tombola.play.words import patched_pitch

Samples = NDArray[np.float64]


def hertz(note: float) -> float:
    return float(440.0 * 2.0 ** ((note - 69.0) / 12.0))


def tone(
    note: float, seconds: float, first: int = 1, tilt: float = 1.0, noise: float = 0.0
) -> Samples:
    """Partials `first`.. with random phases, each decaying on its own; RMS 1."""
    random = np.random.default_rng(round(note * 100))
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = np.zeros(len(time))
    for number in range(first, 65):
        if number * hertz(note) < 20000:
            phase, decay = random.uniform(0, 2 * np.pi), random.uniform(0, 15)
            wave = np.sin(2 * np.pi * number * hertz(note) * time + phase)
            sound += number**-tilt * np.exp(-decay * time) * wave
    sound /= np.sqrt((sound**2).mean())
    return sound + noise * random.normal(size=len(sound))


@pytest.mark.parametrize(
    ("timbre", "limit"),
    [
        ({}, 0.01),
        ({"tilt": 0.3}, 0.01),
        ({"tilt": 3.0}, 0.1),
        ({"first": 3}, 0.1),
        ({"noise": 0.1}, 0.3),
    ],
    ids=["plain", "bright", "dark", "without fundamental", "noise at -20 dB"],
)
def test_pitch_is_found_within_a_third_of_a_cent(
    timbre: dict[str, float], limit: float
) -> None:
    for note in range(36, 97, 4):
        for detune in (-0.017, 0.23):
            sound = tone(note + detune, 0.14, **timbre)  # type: ignore[arg-type]
            found = fundamental(sound, hertz(note))
            assert found is not None
            assert abs(cents(found, hertz(note + detune))) < limit, note


@pytest.mark.parametrize("semitones", [-12, -7, -2, 5, 7, 12, 19])
def test_wrong_notes_are_told_from_right_ones(semitones: int) -> None:
    found = fundamental(tone(60 + semitones, 0.2), hertz(60))
    assert found is not None
    assert cents(found, hertz(60)) == pytest.approx(100 * semitones, abs=0.1)


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(2).normal(size=9600)
    assert fundamental(noise, 220.0) is None
    assert fundamental(noise[:500], 220.0) is None


def performance_of(sound: Samples) -> Performance:
    blocks = len(sound) // BLOCK
    words = np.rint(sound[: blocks * BLOCK] * FULL_SCALE).astype(np.int32)
    return Performance(
        audio=np.stack([words, words], axis=1),
        cv=np.zeros(blocks, np.uint16),
        gate=np.zeros(blocks, np.uint8),
        lights=np.zeros(blocks, np.uint8),
        frames=blocks // 4,
        late_frames=0,
    )


def played(track: PanelTrack, cents_off: float = 0.0) -> Samples:
    """What an ideal instrument plays from a track, slightly out of tune."""
    pitch = np.repeat(patched_pitch(track) + cents_off / 100, BLOCK)
    phase = np.cumsum(440.0 * 2.0 ** ((pitch - 69.0) / 12.0)) / SAMPLE_RATE
    gate = np.repeat((track.gates & 1).astype(float), BLOCK)
    fade = np.convolve(gate, np.hanning(960) / np.hanning(960).sum())[: len(gate)]
    return 0.1 * fade * sum(np.sin(2 * np.pi * n * phase) / n for n in range(1, 9))


TRACK = panel_track(
    Patch("x", notes=tuple(Note(0.1 + 0.25 * i, 0.2, 40 + 7 * i) for i in range(6)))
)


def test_a_performance_in_tune_and_one_that_is_not() -> None:
    for off in (0.0, 4.0):
        figures = measure(TRACK, performance_of(played(TRACK, off)))
        assert figures["pitch_error_cents_max"] == pytest.approx(off, abs=0.2)
        assert figures["notes_measured"] == 6
        assert figures["notes_without_pitch"] == 0
        assert figures["silence_dbfs"] == -150.0
        assert figures["clicks"]["clean"]
        json.dumps(figures, allow_nan=False)


def test_silence_has_figures_too() -> None:
    figures = measure(TRACK, performance_of(np.zeros(TRACK.blocks * BLOCK)))
    assert figures["pitch_error_cents_max"] is None
    assert figures["notes_without_pitch"] == 6
    assert figures["loudness_lufs"] is None
    assert figures["peak_dbfs"] == -150.0


def test_faults_show_in_their_figures() -> None:
    sound = played(TRACK)
    hum = sound + 1e-4 * np.sin(np.arange(len(sound)))
    assert measure(TRACK, performance_of(hum))["silence_dbfs"] == pytest.approx(
        -80, abs=0.2
    )
    offset = measure(TRACK, performance_of(sound + 0.002))["dc_dbfs"]
    assert offset == pytest.approx(20 * np.log10(0.002), abs=0.5)
    loud = measure(TRACK, performance_of(np.clip(sound * 20, -1, 1)))
    assert loud["clipped_samples"] > 1000
    assert loud["peak_dbfs"] == pytest.approx(0, abs=1e-5)


def test_loudness_is_that_of_the_recommendation() -> None:
    # BS.1770-4: a 997 Hz sine at full scale in one channel reads -3.01 LKFS.
    sine = np.sin(2 * np.pi * 997 * np.arange(96000) / SAMPLE_RATE)[:, None]
    assert integrated_loudness(sine) == pytest.approx(-3.01, abs=0.02)
    stereo = np.concatenate([sine, sine], axis=1) / 10
    assert integrated_loudness(stereo) == pytest.approx(-20.0, abs=0.02)


def material(note: float, noise: float) -> Samples:
    """Two seconds of a voice: amplitudes ramp from frame to frame; rounded."""
    random = np.random.default_rng(7)
    count = 2 * SAMPLE_RATE
    places = np.arange(0, count + FRAME, FRAME)
    walk = np.clip(0.7 + np.cumsum(random.normal(size=len(places)) * 0.03), 0.2, 1.2)
    sound = np.zeros(count)
    for number in range(1, 41):
        if number * hertz(note) < 18000:
            turn = number * hertz(note) * np.arange(count) / SAMPLE_RATE
            sound += number**-1.5 * np.sin(2 * np.pi * (turn + random.uniform()))
    sound *= 0.1 * np.interp(np.arange(count), places, walk)
    sound += noise * random.normal(size=count)
    fade = np.minimum(1, np.arange(count) / 4800)
    return np.rint(sound * fade * fade[::-1] * FULL_SCALE) / FULL_SCALE


MATERIALS = [(36, 0), (57, 0), (83, 0), (36, 1e-4), (57, 1e-4), (83, 1e-4), (57, 0.05)]


@pytest.mark.parametrize(("note", "noise"), MATERIALS)
def test_what_a_voice_does_is_no_click(note: float, noise: float) -> None:
    found = find_clicks(material(note, noise))
    assert found.clean, found


@pytest.mark.parametrize(("note", "noise"), MATERIALS[:6])
def test_a_planted_step_is_found_where_it_is(note: float, noise: float) -> None:
    sound = material(note, noise)
    edge = 1300 * BLOCK
    sound[edge:] += 0.06 * np.abs(sound).max()
    found = find_clicks(sound)
    assert found.count >= 1
    assert found.first == edge


@pytest.mark.parametrize(("note", "noise"), [(36, 0), (83, 0), (36, 1e-4), (83, 1e-4)])
def test_a_planted_kink_is_found(note: float, noise: float) -> None:
    sound = material(note, noise)
    edge, ramp = 1300 * BLOCK, np.minimum(np.arange(20), np.arange(20)[::-1])
    sound[edge : edge + 20] += 0.08 * np.abs(sound).max() * ramp
    assert find_clicks(sound).first == edge


@pytest.mark.parametrize("every", [BLOCK, FRAME])
def test_small_steps_at_every_edge_are_found(every: int) -> None:
    sound = material(57, 1e-4)
    steps = np.random.default_rng(5).uniform(-1, 1, len(sound) // every)
    sound += 0.01 * np.abs(sound).max() * np.repeat(steps, every)
    assert not find_clicks(sound).clean


def test_performances_are_compared_sample_by_sample() -> None:
    one = performance_of(played(TRACK))
    assert compare(one, one)["equal"]
    audio = one.audio.copy()
    audio[777, 1] += 3
    other = Performance(audio, one.cv, one.gate, one.lights, 0, 0)
    told = compare(one, other)
    assert (told["equal"], told["first_difference"]) == (False, 777)
    assert told["largest_difference"] == 3
    lit = Performance(one.audio, one.cv, one.gate, one.lights + np.uint8(1), 0, 0)
    assert not compare(one, lit)["equal"]
    short = performance_of(played(TRACK)[: 100 * BLOCK])
    assert compare(one, short)["first_difference"] == 100 * BLOCK
