"""Measures of sound and of cost, against known answers."""

import copy

import numpy as np
import pytest
import torch
from small_corpus import small_corpus, small_run

from tombola.errors import TombolaError
from tombola.training.measures.bootstrap import bootstrap_interval
from tombola.training.measures.cost import cost_of
from tombola.training.measures.frechet import (
    encoder_cloud,
    frechet_distance,
    log_mel_cloud,
)
from tombola.training.measures.judge import _cents, _listen, clip_losses, judge
from tombola.training.train.loop import evaluate
from tombola.training.voices.tone import ToneDecoder, ToneWidths


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    return small_run(tmp_path_factory.mktemp("dense"), small_corpus())


def test_frechet_distance_of_normal_clouds() -> None:
    random = np.random.default_rng(0)
    cloud = random.standard_normal((50000, 3))
    assert frechet_distance(cloud, cloud) == pytest.approx(0, abs=1e-6)
    moved = 2 * random.standard_normal((50000, 3)) + [3, 0, 0]
    # |mean|^2 and, for each of three dimensions, (2 - 1)^2.
    assert frechet_distance(cloud, moved) == pytest.approx(9 + 3, rel=0.02)
    turned = cloud @ np.linalg.qr(random.standard_normal((3, 3)))[0]
    assert frechet_distance(turned, turned + np.array([0, 2, 0])) == pytest.approx(
        4, rel=1e-6
    )
    with pytest.raises(TombolaError, match="at least 2 points"):
        frechet_distance(cloud[:1], cloud)


def test_clouds_leave_level_out_and_have_a_point_each_100_ms(dense) -> None:
    encoder = dense.load_model().encoder
    random = np.random.default_rng(0)
    timbres = [random.standard_normal((n, 40)).astype(np.float32) for n in (60, 24)]
    louder = [timbre + 6 for timbre in timbres]
    for cloud in (log_mel_cloud, lambda t: encoder_cloud(encoder, t)):
        assert len(cloud(timbres)) == 2
        np.testing.assert_allclose(cloud(timbres), cloud(louder), atol=1e-3)


def test_a_bootstrap_interval_holds_the_mean_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    held = 0
    for _ in range(100):
        low, high = bootstrap_interval(random.standard_normal(40) + 1)
        held += low < 1 < high
    assert 88 <= held <= 99
    assert bootstrap_interval(np.full(5, 0.25)) == (0.25, 0.25)


def test_pitch_error_is_in_cents() -> None:
    seconds = np.arange(24000) / 48000
    tone, sharp = (
        _listen(np.float32(0.3) * np.sin(2 * np.pi * f * seconds).astype(np.float32))
        for f in (440.0, 440.0 * 2 ** (20 / 1200))
    )
    assert np.nanmedian(_cents(sharp, tone)) == pytest.approx(20, abs=2)
    silent = _listen(np.zeros(24000, np.float32))
    assert np.isnan(_cents(silent, tone)).all()


def test_a_judgement_agrees_with_the_held_out_loss(dense) -> None:
    corpus, model = small_corpus(), dense.load_model()
    found = judge(model, corpus, model.encoder)
    assert found.stft == pytest.approx(evaluate(corpus, model), rel=1e-5)
    assert found.stft_low <= found.stft <= found.stft_high
    assert found.stft_clips == clip_losses(model, corpus)
    assert found.stft == pytest.approx(np.mean(found.stft_clips))
    assert found.loudness > 0
    assert found.frechet_log_mel > 0
    silent = copy.deepcopy(model)
    with torch.no_grad():
        silent.decoder.head.bias[0] = -20
        silent.decoder.head.bias[65:] = -20
        silent.decoder.head.weight.zero_()
    worse = judge(silent, corpus, model.encoder)
    assert worse.stft > found.stft
    assert worse.pitch is None
    assert worse.unpitched == 1
    assert worse.loudness > found.loudness


def test_cost_counted_by_hand() -> None:
    cost = cost_of(ToneDecoder(ToneWidths(2, 3, 5)))
    weights = 4 * 2 + 9 * 2 + 9 * 3 + 3 * 5 + 5 * 130
    biases = 2 + 9 + 9 + 5 + 130
    assert cost.parameters == weights + biases
    assert cost.bytes == weights + 4 * biases
    assert cost.macs_per_second == 250 * weights
    # Controls; input; r, z, n of input and state; state twice; output; amplitudes.
    assert cost.activation_bytes == 2 * (4 + 2 + 6 * 3 + 2 * 3 + 5 + 130)
