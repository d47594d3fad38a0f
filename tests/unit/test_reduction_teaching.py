"""What a network with a teacher lowers."""

import pytest
import torch
from small_corpus import CONFIG, small_corpus

from tombola.errors import TombolaError
from tombola.training.reduction.teaching import taught_by
from tombola.training.train.loop import fresh_model, passage, spectral_objective
from tombola.training.train.loss import spectral_loss


@pytest.mark.parametrize("of", ["audio", "control"])
def test_who_plays_as_the_teacher_does_is_judged_by_the_sounds_alone(of) -> None:
    corpus = small_corpus()
    teacher, pupil = (fresh_model(corpus, CONFIG) for _ in range(2))
    segments = pupil.segments(corpus.training, CONFIG.frames)
    objective, step = taught_by(teacher, of), (segments, CONFIG, 0)
    plain = spectral_objective(pupil, *step)
    torch.testing.assert_close(objective(pupil, *step), plain)
    with torch.no_grad():
        for weight in pupil.decoder.parameters():
            weight.add_(0.1)
    played, taught = passage(pupil, *step), passage(teacher, *step)
    if of == "audio":
        more = spectral_loss(played.heard, taught.heard)
    else:
        more = 30 * (played.amplitudes - taught.amplitudes).square().mean()
    torch.testing.assert_close(objective(pupil, *step), played.loss + more)
    objective(pupil, *step).backward()
    assert all(weight.grad is None for weight in teacher.parameters())
    assert all(weight.grad.any() for weight in pupil.decoder.parameters())


def test_an_unknown_lesson_is_refused() -> None:
    with pytest.raises(TombolaError, match="from 'words'; distil it from audio or"):
        taught_by(fresh_model(small_corpus(), CONFIG), "words")
