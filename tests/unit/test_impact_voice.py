"""The `impact` voice without a network: what each of its outputs does to a hit."""

import numpy as np
import pytest
from host_instrument import cents_off
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tombola._core import ImpactVoice
from tombola.generated import sound

MODES, BANDS = sound.IMPACT_MODES, sound.IMPACT_BANDS
SIZES = {"head": 5, "gains": MODES, "offsets": MODES, "decays": MODES}
SIZES |= {"bands": BANDS, "band_decays": BANDS}
OUTPUTS = sum(SIZES.values())
SECOND = sound.SAMPLE_RATE // sound.BLOCK  # blocks

Samples = NDArray[np.float32]


def output(**parts: float | list[float]) -> NDArray[np.float32]:
    """One mode, without noise and bend, that dies within half a second; or as asked."""
    whole = {
        "head": [0.5, 0.0, 0.0, 0.5, 0.0],
        "gains": [1.0] + [0.0] * (MODES - 1),
        "offsets": 0.5,
        "decays": 0.7,
        "bands": 0.5,
        "band_decays": 0.5,
    } | parts
    return np.concatenate(
        [np.broadcast_to(whole[name], size) for name, size in SIZES.items()]
    ).astype(np.float32)


def hit(wanted: NDArray[np.float32], note: float = 60.0, blocks: int = 400) -> Samples:
    voice = ImpactVoice()
    voice.hit(wanted)
    return voice.render(np.full(blocks, note, np.float32))


def test_before_a_hit_there_is_exact_silence() -> None:
    assert not ImpactVoice().render(np.full(40, 60.0, np.float32)).any()


@pytest.mark.parametrize("note", [24.0, 36.0, 60.37, 96.0])
def test_the_first_mode_is_the_pitch(note: float) -> None:
    samples = hit(output(decays=1.0), note, SECOND).astype(float)
    assert abs(cents_off(samples, 440.0 * 2.0 ** ((note - 69.0) / 12.0))) < 0.1


@pytest.mark.parametrize("mode", [1, 7, 31])
@pytest.mark.parametrize("offset", [0.0, 0.5, 1.0])
def test_a_mode_lies_where_its_offset_puts_it(mode: int, offset: float) -> None:
    gains = np.eye(MODES)[mode].tolist()
    samples = hit(output(gains=gains, offsets=offset, decays=1.0), 40.0, SECOND)
    octaves = sound.IMPACT_MODE_OCTAVES * (mode + offset - 0.5) / MODES
    hertz = 440.0 * 2.0 ** ((40.0 - 69.0) / 12.0 + octaves)
    assert abs(cents_off(samples.astype(float), hertz)) < 0.1


@pytest.mark.parametrize("decay", [0.3, 0.5, 0.7])
def test_a_mode_falls_by_60_db_in_its_time_and_then_is_off(decay: float) -> None:
    seconds = sound.IMPACT_DECAY_LOW
    seconds *= (sound.IMPACT_DECAY_HIGH / sound.IMPACT_DECAY_LOW) ** decay
    samples = np.abs(hit(output(decays=decay), 72.0, 2 * SECOND))
    peaks = samples.reshape(-1, sound.FRAME).max(axis=1)
    fallen = 20.0 * np.log10(peaks[0] / peaks[round(seconds * sound.FRAME_RATE)])
    assert fallen == pytest.approx(60.0, abs=60.0 * 0.008 / seconds + 1.0)
    assert not samples[round(2.0 * seconds * sound.SAMPLE_RATE) + sound.FRAME :].any()


def test_a_hit_begins_at_its_full_amplitude() -> None:
    samples = hit(output(decays=1.0), 72.0)
    want = sound.IMPACT_AMPLITUDE_SCALE * 0.5**3
    assert np.abs(samples[: sound.FRAME]).max() == pytest.approx(want, rel=0.02)
    assert abs(samples[0]) < 0.1 * want  # at phase zero


def test_the_bend_begins_octaves_above_and_goes() -> None:
    samples = hit(output(head=[0.5, 0.0, 0.5, 0.8, 0.0], decays=1.0), 60.0, SECOND)

    def crossings(part: Samples) -> float:
        """Hz."""
        return float(np.count_nonzero(np.diff(np.signbit(part)))) / len(part) * 24000

    assert crossings(samples[-24000:]) == pytest.approx(261.6, abs=3.0)
    assert crossings(samples[:480]) > 1.6 * 261.6


def test_noise_is_louder_at_its_bands() -> None:
    def centroid(first: int) -> float:
        bands = [1.0 if first <= b < first + 4 else 0.0 for b in range(BANDS)]
        head = [0.0, 1.0, 0.0, 0.0, 0.0]
        samples = hit(output(head=head, bands=bands, band_decays=1.0))
        power = np.abs(np.fft.rfft(samples)) ** 2
        return float(np.average(np.linspace(0.0, 24000.0, len(power)), weights=power))

    low, middle, high = (centroid(first) for first in (0, 6, 12))
    assert low < 1500.0 < middle < 6000.0 < high


def test_the_noise_rises_within_its_attack() -> None:
    def rise(attack: float) -> float:
        head = [0.0, 1.0, 0.0, 0.0, attack]
        power = hit(output(head=head, bands=1.0, band_decays=1.0)).astype(float) ** 2
        return float(power[:960].sum() / power[4800:5760].sum())

    assert rise(1.0) < 0.2
    assert rise(0.0) > 0.6


def test_a_second_hit_lets_the_first_fade_out_within_a_block() -> None:
    """Nothing but a straight line to zero is left of it: no click."""
    wanted = output(gains=0.5, decays=0.8)
    notes = np.full(400, 43.0, np.float32)
    once, twice = ImpactVoice(), ImpactVoice()
    for voice in (once, twice):
        voice.hit(wanted)
    begin = 41 * sound.FRAME
    alone = once.render(notes)
    rest = twice.render(notes[: 41 * sound.FRAME_BLOCKS])
    assert np.array_equal(rest, alone[:begin])
    twice.hit(wanted)
    again = twice.render(notes)
    left = again - hit(wanted, 43.0)
    line = 1.0 - np.arange(1, sound.BLOCK + 1) / sound.BLOCK
    tail = alone[begin : begin + sound.BLOCK]
    # The first goes on falling within the block, by 0.5 %.
    assert np.abs(left[: sound.BLOCK] - tail * line).max() < 0.01 * np.abs(tail).max()
    assert np.abs(left[sound.BLOCK :]).max() < 1e-6


def test_the_pitch_glides_under_a_hit() -> None:
    voice = ImpactVoice()
    voice.hit(output(decays=1.0))
    voice.render(np.full(100, 48.0, np.float32))
    voice.render(np.linspace(48.0, 60.0, 100, dtype=np.float32))
    samples = voice.render(np.full(SECOND, 60.0, np.float32))
    assert abs(cents_off(samples.astype(float), 261.6256)) < 0.1


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    ends=st.booleans(),
    notes=st.lists(st.floats(0.0, 135.0, width=32), min_size=1, max_size=8),
)
def test_any_output_makes_a_bounded_hit_that_ends(
    seed: int, ends: bool, notes: list[float]
) -> None:
    random = np.random.default_rng(seed)
    voice = ImpactVoice()
    for note in notes:
        wanted = random.random(OUTPUTS).astype(np.float32)
        voice.hit(np.round(wanted) if ends else wanted)
        samples = voice.render(np.full(40, note, np.float32))
        assert np.isfinite(samples).all()
        assert np.abs(samples).max() < 40.0
    longest = round(5 / 3 * sound.IMPACT_DECAY_HIGH * SECOND) + 2 * SECOND
    rest = voice.render(np.full(longest, 60.0, np.float32))
    assert not rest[-sound.FRAME :].any()


def test_it_refuses_what_it_cannot_read() -> None:
    voice = ImpactVoice()
    with pytest.raises(ValueError, match=r"output has the shape \[132\], not \[133\]"):
        voice.hit(output()[1:])
    with pytest.raises(ValueError, match=r"output has a value outside 0\.\.1"):
        voice.hit(output() * np.float32(np.nan))
    with pytest.raises(ValueError, match=r"note outside 0\.\.135"):
        voice.render(np.full(4, np.nan, np.float32))
