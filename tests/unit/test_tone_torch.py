"""The tone voice in torch against docs/design.md, written out again in numpy."""

import numpy as np
import pytest
import torch

from tombola.generated import sound
from tombola.training.voices.encoder import TimbreEncoder, describe
from tombola.training.voices.synth import (
    NOISE_BINS,
    NOISE_SEED,
    OUTPUTS,
    filtered_noise,
    partial_amplitudes,
    phases,
    random_spectrum,
    tone_synth,
    xorshift_spectrum,
)
from tombola.training.voices.tone import (
    ToneDecoder,
    ToneModel,
    ToneWidths,
    scale_controls,
)

FRAMES = 12


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(1)


def literal_synth(y, pitch, loudness, seed):
    """One sound exactly as docs/design.md says it, sample by sample, in double."""
    frames = len(pitch)
    f0 = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    fade = np.minimum(1.0, (loudness + 80.0) / 80.0 / 0.05)
    n = np.arange(1, 65)
    audio = np.zeros((frames + 2) * 192)
    last = np.zeros(64)
    theta = 0.0
    increment = f0[0] / 48000.0
    window = np.sin(np.pi * (np.arange(384) + 0.5) / 384)
    state = seed
    for t in range(frames):
        w = np.clip((22000.0 - n * f0[t]) / 2000.0, 0.0, 1.0)
        share = w * y[t, 1:65] ** 3
        a = 4.0 * fade[t] * y[t, 0] ** 3 * share / (share.sum() + 1e-6)
        target = f0[t] / 48000.0
        for i in range(192):
            r = (i + 1) / 192
            theta += increment + (target - increment) * r
            level = last + (a - last) * r
            audio[t * 192 + i] += np.sum(level * np.sin(2 * np.pi * n * theta))
        last, increment = a, target
        bands = fade[t] * y[t, 65:] ** 3
        spectrum = np.zeros(257, complex)
        for k in range(257):
            state ^= (state << 13) & 0xFFFFFFFF
            state ^= state >> 17
            state ^= (state << 5) & 0xFFFFFFFF
            u, v = (
                ((half ^ 0x8000) - 0x8000) / 32768
                for half in (state >> 16, state & 0xFFFF)
            )
            spectrum[k] = np.interp(k / 4, np.arange(65), bands) * complex(u, v)
        spectrum[[0, 256]] = 0.0
        noise = 32.0 * np.fft.irfft(spectrum, 512)[:384] * window
        audio[t * 192 : t * 192 + 384] += noise
    return audio[: frames * 192]


def random_performance(batch=1, frames=FRAMES):
    y = torch.rand(batch, frames, OUTPUTS)
    pitch = 30.0 + 70.0 * torch.rand(batch, frames)
    loudness = -85.0 + 80.0 * torch.rand(batch, frames)
    return y, pitch, loudness.clamp(min=sound.LOUDNESS_FLOOR)


def test_synth_is_the_design_written_out():
    y, pitch, loudness = random_performance(batch=2)
    spectrum = torch.from_numpy(xorshift_spectrum(FRAMES))
    heard = tone_synth(y, pitch, loudness, spectrum).numpy()
    for b in range(2):
        wanted = literal_synth(
            *(values[b].double().numpy() for values in (y, pitch, loudness)), NOISE_SEED
        )
        assert np.abs(wanted).max() > 0.5
        assert np.abs(heard[b] - wanted).max() < 2e-4


def test_xorshift_gives_the_published_numbers():
    # Marsaglia 2003, section 3, from the seed that its example code uses.
    first = xorshift_spectrum(1, seed=2463534242)[0, :3]
    high = np.array([723471715, 2497366906, 2064144800]) >> 16
    low = np.array([723471715, 2497366906, 2064144800]) & 0xFFFF
    for parts, halves in ((first.real, high), (first.imag, low)):
        assert np.array_equal(parts * 32768, halves.astype(np.uint16).view(np.int16))


def test_gradient_is_the_slope():
    y, pitch, loudness = (v.double() for v in random_performance(frames=3))
    spectrum = torch.from_numpy(xorshift_spectrum(3)).to(torch.complex128)
    listener = torch.randn(1, 3 * sound.FRAME, dtype=torch.float64)

    def score(values):
        return (tone_synth(values, pitch, loudness, spectrum) * listener).sum()

    y.requires_grad_()
    score(y).backward()
    direction = torch.randn_like(y)
    step = 1e-6 * direction
    slope = (score(y + step) - score(y - step)) / 2e-6
    assert torch.isclose((y.grad * direction).sum(), slope, rtol=1e-5)


def test_partials_share_the_amplitude_below_nyquist():
    y = torch.rand(1, 1, OUTPUTS)
    frequency = torch.tensor([[3000.0]])
    a = partial_amplitudes(y, frequency, torch.ones(1, 1))[0, 0]
    assert torch.isclose(a.sum(), sound.TONE_AMPLITUDE_SCALE * y[0, 0, 0] ** 3)
    assert (a[:6] > 0).all()
    assert (a[7:] == 0).all()  # 24 kHz and above


def test_silence_below_the_loudness_floor():
    y, pitch, _ = random_performance()
    floor = torch.full_like(pitch, sound.LOUDNESS_FLOOR)
    spectrum = torch.from_numpy(xorshift_spectrum(FRAMES))
    assert tone_synth(y, pitch, floor, spectrum).abs().max() == 0.0


def test_a_pitch_per_block_that_stays_is_a_pitch_per_frame():
    per_frame = torch.full((1, 2), 440.0)
    per_block = torch.full((1, 8), 440.0)
    difference = phases(per_frame, 192) - phases(per_block, 48)
    assert difference.abs().max() < 1e-6


def test_noise_at_one_has_an_rms_near_one():
    frames = 400
    noise = filtered_noise(torch.ones(1, frames, 65), random_spectrum(1, frames))
    assert 0.9 < noise.square().mean().sqrt() < 1.2
    assert random_spectrum(2, 3).shape == (2, 3, NOISE_BINS)


def test_decoder_streams_as_it_trains():
    decoder = ToneDecoder()
    assert sum(p.numel() for p in decoder.parameters()) >= 150_000
    controls = torch.rand(2, 20, 4) * 2 - 1
    whole, _ = decoder(controls)
    assert whole.shape == (2, 20, OUTPUTS)
    state, frames = None, []
    for t in range(20):
        frame, state = decoder(controls[:, t : t + 1], state)
        frames.append(frame)
    assert torch.allclose(torch.cat(frames, 1), whole, atol=1e-6)


def test_decoder_can_be_traced_with_its_layers_as_leaves():
    decoder = ToneDecoder(ToneWidths(5, 7, 6))
    nodes = torch.fx.symbolic_trace(decoder).graph.nodes
    modules = [node.target for node in nodes if node.op == "call_module"]
    assert modules == ["input", "gru", "output", "head"]
    assert decoder.widths == ToneWidths(5, 7, 6)


def test_controls_span_minus_one_to_one():
    pitch = torch.tensor([24.0, 108.0, 66.0, 120.0])
    loudness = torch.tensor([-80.0, 0.0, -40.0, 3.0])
    wanted = torch.tensor([[-1.0, -1.0], [1.0, 1.0], [0.0, 0.0], [1.0, 1.0]])
    assert torch.allclose(scale_controls(pitch, loudness), wanted)


def test_place_depends_on_timbre_not_on_level():
    timbre = torch.randn(200, 40)
    assert torch.allclose(describe(timbre), describe(timbre + 3.0), atol=1e-5)
    places = TimbreEncoder()(torch.randn(9, 80) * 5)
    assert places.shape == (9, 2)
    assert places.abs().max() <= 1.0


def test_model_renders_what_its_parts_render():
    model = ToneModel(ToneWidths(8, 8, 8))
    _, pitch, loudness = random_performance(batch=2)
    places = torch.rand(2, 2)
    spectrum = random_spectrum(2, FRAMES)
    y, _ = model.decoder(model.controls(pitch, loudness, places))
    wanted = tone_synth(y, pitch, loudness, spectrum)
    assert torch.equal(model(pitch, loudness, places, spectrum), wanted)
