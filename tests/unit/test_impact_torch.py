"""The impact voice in torch against docs/design.md, and what it learns from a hit."""

import numpy as np
import pytest
import torch

from tombola.generated import sound
from tombola.training.corpus.corpus import Clip, Corpus
from tombola.training.corpus.features import MARGIN, listen
from tombola.training.corpus.hit import from_onset, hit_pitch
from tombola.training.export.impact import export_tflite, exported_snr, quantised
from tombola.training.reduction.lottery import decoder_groups
from tombola.training.reduction.trim import trim
from tombola.training.train.config import TrainConfig
from tombola.training.train.loop import fresh_model, train
from tombola.training.voices import strike
from tombola.training.voices.impact import ImpactDecoder, ImpactModel, ImpactWidths
from tombola.training.voices.peaks import peaks_of
from tombola.training.voices.strike import OUTPUTS, impact_synth
from tombola.training.voices.synth import random_spectrum

FRAMES = 20


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(1)


def struck(number: int, held_out: bool = False) -> Clip:
    """Two modes at 1 and 2.7 times the pitch, dying in 0.3 s."""
    time = np.arange(60 * sound.FRAME) / sound.SAMPLE_RATE
    midi = 45.0 + 3 * number
    hertz = 440 * 2 ** ((midi - 69) / 12)
    modes = sum(np.sin(2 * np.pi * hertz * r * time) / r for r in (1.0, 2.7))
    audio = (0.3 * modes * np.exp(-time * 6.9 / 0.3)).astype(np.float32)
    heard = listen(np.pad(audio, MARGIN))
    pitch = np.full(60, midi, np.float32)
    loudness = heard.loudness.clip(sound.LOUDNESS_FLOOR)
    return Clip(f"hit {number}", audio, pitch, loudness, heard.timbre, held_out)


def corpus() -> Corpus:
    clips = [struck(n, n % 3 == 2) for n in range(6)]
    return Corpus("hits", "CC0-1.0", clips, [], "impact")


def hits(count: int) -> torch.Tensor:
    return torch.rand(count, OUTPUTS)


def literal_modes(y: np.ndarray, note: float) -> np.ndarray:
    """The modes exactly as docs/design.md says it, in double."""
    thousand = np.log(1000.0)
    gains, offsets, decays = y[5:37], y[37:69], y[69:101]
    octaves = 6.0 / 32 * (np.arange(32) + offsets - 0.5)
    octaves[0] = 0.0
    hertz, ratios = 440 * 2 ** ((note - 69) / 12), 2.0**octaves
    ends = np.arange(FRAMES + 1) * sound.FRAME / sound.SAMPLE_RATE
    bend_time = 0.005 * (0.3 / 0.005) ** y[3]
    glide = 2 ** (2.0 * y[2] * np.exp(-thousand * ends / bend_time))
    share = 4.0 * y[0] ** 3 * gains**3 / ((gains**3).sum() + 1e-6)
    left = np.exp(-thousand * ends[:, None] / (0.005 * (4.0 / 0.005) ** decays))
    left = np.where(share * left < 1e-5, 0.0, share * left)
    fade = ((22000 - hertz * glide[:, None] * ratios) / 2000).clip(0, 1)
    index = np.arange(1, FRAMES * sound.FRAME + 1) / sound.FRAME
    steps = np.interp(index, np.arange(FRAMES + 1), hertz * glide) / sound.SAMPLE_RATE
    turns = np.cumsum(steps)
    amplitudes = [np.interp(index, np.arange(FRAMES + 1), a) for a in (left * fade).T]
    return sum(
        a * np.sin(2 * np.pi * r * turns)
        for a, r in zip(amplitudes, ratios, strict=True)
    )


def test_modes_are_as_the_design_says() -> None:
    y = hits(3)
    y[:, strike.LEVEL] = 0.0
    notes = torch.tensor([30.0, 45.0, 60.0])
    heard = impact_synth(y, notes, random_spectrum(3, FRAMES + 1))
    for row, note, played in zip(y, notes, heard, strict=True):
        wanted = literal_modes(row.double().numpy(), float(note))
        assert np.abs(played.numpy() - wanted).max() < 2e-3


def test_noise_begins_at_once_and_dies_to_nothing() -> None:
    y = hits(1)
    y[:, strike.AMPLITUDE], y[:, strike.LEVEL], y[:, strike.ATTACK] = 0.0, 1.0, 0.0
    y[:, strike.BAND_GAINS], y[:, strike.BAND_DECAYS] = 0.8, 0.3
    heard = impact_synth(y, torch.tensor([60.0]), random_spectrum(1, 101))[0]
    first, second = heard[:96].square().mean(), heard[96:192].square().mean()
    assert first > 0.5 * second
    assert not heard[60 * sound.FRAME :].any()
    y[:, strike.ATTACK] = 1.0
    slow = impact_synth(y, torch.tensor([60.0]), random_spectrum(1, 101))[0]
    assert slow[:96].square().mean() < 0.05 * first


def test_every_part_but_the_frequencies_has_a_slope() -> None:
    y = hits(2).requires_grad_()
    heard = impact_synth(y, torch.full((2,), 50.0), random_spectrum(2, FRAMES + 1))
    heard.square().sum().backward()
    slopes = y.grad.abs().sum(0)
    for part in (strike.GAINS, strike.DECAYS, strike.BAND_GAINS, strike.BAND_DECAYS):
        assert (slopes[part] > 0).float().mean() > 0.6
    assert not slopes[strike.OFFSETS].any()


def test_the_peaks_of_a_hit_are_found() -> None:
    clip = struck(1)
    assert hit_pitch(clip.audio) == pytest.approx(48.0, abs=0.3)
    peaks = peaks_of(clip)
    place = np.log2(2.7) / strike.SPACING
    loudest = int(peaks.weights.argmax())
    assert loudest == round(place)
    assert peaks.offsets[loudest] == pytest.approx(place - loudest + 0.5, abs=0.1)
    assert peaks.bend[0] == 0.0


def test_a_bend_is_found() -> None:
    y = torch.full((1, OUTPUTS), 0.0)
    y[:, strike.AMPLITUDE], y[:, strike.GAINS.start], y[:, strike.DECAYS] = 0.6, 1, 0.7
    y[:, strike.BEND], y[:, strike.BEND_TIME] = 0.6, 0.6
    audio = impact_synth(y, torch.tensor([40.0]), random_spectrum(1, 101))[0].numpy()
    clip = struck(1)
    bent = Clip(
        "kick", audio, np.full(100, 40.0, np.float32), *[clip.loudness] * 2, False
    )
    assert peaks_of(bent).bend == pytest.approx([0.6, 0.6], abs=0.15)


def test_silence_before_a_hit_is_cut_away() -> None:
    audio = np.pad(struck(0).audio, (5000, 200000))
    hit = from_onset(audio)
    assert len(hit) == 72000
    assert np.abs(hit[:100]).max() > 0.01


def test_training_gets_better_and_the_knobs_span_the_corpus(tmp_path) -> None:
    config = TrainConfig.of_voice(
        "impact",
        steps=30,
        rewind_step=3,
        batch=4,
        frames=50,
        learning_rate=5e-3,
        widths=ImpactWidths(64, 64, 64),
    )
    sounds = corpus()
    model = fresh_model(sounds, config)
    assert isinstance(model, ImpactModel)
    losses = train(sounds, model, config, tmp_path).losses
    assert sum(losses[-4:]) < 0.85 * sum(losses[:4])
    low, middle, high = model.quantiles
    assert (low <= middle).all()
    assert (middle <= high).all()


def test_it_is_trimmed_and_exported() -> None:
    decoder = ImpactDecoder(ImpactWidths(12, 20, 16))
    groups = decoder_groups(decoder)
    assert [g.name for g in groups] == [
        "first > second",
        "second > third",
        "third > head",
    ]
    smaller = trim(decoder, groups, {"second > third": torch.arange(20) < 5})
    assert smaller.widths == ImpactWidths(12, 5, 16)
    controls = (2 * torch.rand(300, 7) - 1).numpy()
    content = export_tflite(smaller, controls, {"format": 1})
    assert exported_snr(smaller, content, controls).outputs > 30.0
    played = quantised(smaller, content)(torch.from_numpy(controls[:5]))
    torch.testing.assert_close(
        played, smaller(torch.from_numpy(controls[:5])), atol=0.05, rtol=0
    )
