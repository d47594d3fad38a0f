"""Training: deterministic, stoppable, and getting better."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tombola.errors import TombolaError
from tombola.training.corpus.corpus import Clip, Corpus
from tombola.training.train import loop
from tombola.training.train.checkpoint import load_model, save_model
from tombola.training.train.loss import spectral_loss
from tombola.training.train.run import Run, TrainConfig, evaluate, run_name, train
from tombola.training.voices.segments import LEAD, ToneSegments
from tombola.training.voices.tone import ToneModel, ToneWidths

SMALL = TrainConfig(
    steps=12,
    batch=2,
    frames=25,
    learning_rate=1e-2,
    rewind_step=4,
    widths=ToneWidths(6, 8, 7),
)


def plucked(number, frames=80, held_out=False):
    """A decaying saw-like note with the features that the corpus would find."""
    random = np.random.default_rng(number)
    pitch = 50.0 + number
    seconds = np.arange(frames * 192) / 48000.0
    hertz = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    partials = np.arange(1, 9)[:, None]
    sines = np.sin(2 * np.pi * hertz * partials * seconds) / partials
    audio = 0.2 * np.exp(-6.0 * seconds) * sines.sum(0)
    loudness = -15.0 - 52.0 * seconds[192::192]
    return Clip(
        name=f"{number}.wav",
        audio=audio.astype(np.float32),
        pitch=np.full(frames, pitch, np.float32),
        loudness=np.append(loudness, loudness[-1]).astype(np.float32),
        timbre=random.standard_normal((frames, 40)).astype(np.float32),
        held_out=held_out,
    )


@pytest.fixture(scope="module")
def corpus():
    clips = [plucked(number, held_out=number % 4 == 3) for number in range(8)]
    return Corpus("plucked", "CC0-1.0", clips, [])


@pytest.fixture(scope="module")
def finished(corpus, tmp_path_factory):
    run = Run.create(tmp_path_factory.mktemp("run"), corpus, SMALL)
    return run, run.train(corpus)


def same(first, second):
    return all(
        torch.equal(first.state_dict()[name], weight)
        for name, weight in second.state_dict().items()
    )


def test_training_gets_better_on_held_out_sounds(corpus, tmp_path):
    run = Run.create(tmp_path, corpus, replace(SMALL, steps=50))
    before = evaluate(corpus, run.load_model("initial"))
    result = run.train(corpus)
    assert result.loss < 0.8 * before
    assert result.loss == evaluate(corpus, run.load_model("final"))
    assert len(result.losses) == 50
    assert result.held_out[-1][0] == 50
    assert run.figures["loss"] == result.loss


def test_stages_end_where_one_training_does(corpus, finished, tmp_path, monkeypatch):
    run, whole = finished
    monkeypatch.setattr(loop, "CHECKPOINT_STEPS", 1)
    model = run.load_model("initial")
    first = train(corpus, model, SMALL, tmp_path, until=7, label="stage-0")
    step = loop._step

    def stopped(*arguments):
        if arguments[3] == 10:
            raise KeyboardInterrupt
        return step(*arguments)

    second = {"start_step": 7, "memory": first.memory, "label": "taken-up"}
    half_way = {name: value.clone() for name, value in model.state_dict().items()}
    monkeypatch.setattr(loop, "_step", stopped)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, model, SMALL, tmp_path, **second)
    monkeypatch.setattr(loop, "_step", step)
    model.load_state_dict(half_way)
    result = train(corpus, model, SMALL, tmp_path, **second)
    assert [step for step, _ in first.held_out] == [7]
    assert first.losses + result.losses == whole.losses
    assert same(model, run.load_model("final"))


def test_stopped_training_ends_at_the_same_weights(
    corpus, finished, tmp_path, monkeypatch
):
    run = Run.create(tmp_path, corpus, SMALL)
    monkeypatch.setattr(loop, "CHECKPOINT_STEPS", 3)
    step, sittings = loop._step, []
    for stop in (2, 5, 10):

        def stopped(*arguments, stop=stop):
            if arguments[3] == stop:
                raise KeyboardInterrupt
            return step(*arguments)

        monkeypatch.setattr(loop, "_step", stopped)
        with pytest.raises(KeyboardInterrupt):
            run.train(corpus)
        sittings.append((tmp_path / "train.safetensors").exists())
    assert all(sittings)
    monkeypatch.setattr(loop, "_step", step)
    result = run.train(corpus)
    whole_run, whole = finished
    assert result.losses == whole.losses
    assert result.held_out == whole.held_out
    for which in ("rewind", "final"):
        assert same(run.load_model(which), whole_run.load_model(which)), which


def test_a_finished_training_is_not_done_again(corpus, finished, monkeypatch):
    run, result = finished
    monkeypatch.setattr(loop, "_step", None)
    assert run.train(corpus) == result


def test_a_rewound_training_meets_the_same_data(corpus, finished, tmp_path):
    run, whole = finished
    model = run.load_model("rewind")
    encoder = {k: v.clone() for k, v in model.encoder.state_dict().items()}
    start = SMALL.rewind_step
    result = train(
        corpus, model, SMALL, tmp_path, start_step=start, train_encoder=False
    )
    # The first step from the rewound weights is the one that was made from them.
    assert result.losses[0] == whole.losses[start]
    assert len(result.losses) == SMALL.steps - start
    assert all(
        torch.equal(v, encoder[k]) for k, v in model.encoder.state_dict().items()
    )


def test_another_seed_another_network(corpus, finished, tmp_path):
    run, _ = finished
    other = Run.create(tmp_path, corpus, replace(SMALL, seed=1))
    assert not same(other.load_model("initial"), run.load_model("initial"))
    assert other.name != run.name


def test_segments_depend_on_seed_and_step_alone(corpus):
    segments = ToneSegments(corpus.training, 25)
    drawn = [segments.batch(7, step, 2) for step in range(12)]
    again = ToneSegments(corpus.training, 25).batch(7, 5, 2)
    assert all(
        torch.equal(a, b)
        for a, b in zip(vars(again).values(), vars(drawn[5]).values(), strict=True)
    )
    assert drawn[0].audio.shape == (2, 25 * 192)
    assert drawn[0].lead_pitch.shape == (2, LEAD)
    notes = [float(note) for batch in drawn[:3] for note in batch.pitch[:, 0]]
    assert sorted(notes) == sorted(float(clip.pitch[0]) for clip in corpus.training)


def test_loss_is_zero_for_the_same_and_grows(corpus):
    sound = torch.from_numpy(corpus.clips[0].audio)[None]
    assert spectral_loss(sound, sound) == 0.0
    near = spectral_loss(0.9 * sound, sound)
    far = spectral_loss(0.5 * sound, sound)
    assert 0.0 < near < far
    assert torch.isfinite(spectral_loss(torch.zeros_like(sound), sound))


def test_trimmed_widths_travel_with_the_network(tmp_path):
    model = ToneModel(ToneWidths(3, 5, 4))
    save_model(tmp_path / "small.safetensors", model)
    again = load_model(tmp_path / "small.safetensors")
    assert again.decoder.widths == ToneWidths(3, 5, 4)
    assert same(again, model)


def test_a_run_is_named_by_its_configuration_and_corpus(corpus, finished):
    run, _ = finished
    opened = Run.open(run.folder)
    assert opened.config == SMALL
    assert opened.name == run.name == run_name(corpus, SMALL)
    assert opened.corpus["licence"] == "CC0-1.0"


def test_another_run_is_not_overwritten(corpus, finished):
    run, _ = finished
    with pytest.raises(TombolaError, match="choose another folder"):
        Run.create(run.folder, corpus, replace(SMALL, steps=13))


def test_what_cannot_be_used_is_said(corpus, tmp_path):
    with pytest.raises(TombolaError, match="steps is 0; choose 1 to 1000000"):
        TrainConfig(steps=0)
    with pytest.raises(TombolaError, match="not a run"):
        Run.open(tmp_path)
    (tmp_path / "run.json").write_text('{"name": "x", "config": {"steps": "many"}}')
    with pytest.raises(TombolaError, match="not a run"):
        Run.open(tmp_path)
    (tmp_path / "bad.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(TombolaError, match="cannot be read"):
        load_model(tmp_path / "bad.safetensors")
    run = Run.create(tmp_path / "new", corpus, SMALL)
    with pytest.raises(TombolaError, match="no final network yet"):
        run.load_model()
    alone = Corpus("alone", "CC0-1.0", corpus.training, [])
    with pytest.raises(TombolaError, match="0 clips to judge by"):
        Run.create(tmp_path / "alone", alone, SMALL).train(alone)
