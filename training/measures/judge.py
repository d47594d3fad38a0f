"""Judges a network by the held-out sounds of its corpus."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tombola.training.corpus.corpus import SOUNDING, Clip, Corpus, Floats
from tombola.training.corpus.features import MARGIN, Features, listen
from tombola.training.measures.bootstrap import bootstrap_interval
from tombola.training.measures.frechet import (
    encoder_cloud,
    frechet_distance,
    log_mel_cloud,
)
from tombola.training.train.loop import EVALUATED_FRAMES, evaluated_clips
from tombola.training.train.loss import spectral_loss
from tombola.training.voices.encoder import TimbreEncoder
from tombola.training.voices.segments import cut_audio
from tombola.training.voices.voice import Model


@dataclass(frozen=True)
class Judgement:
    """Of the clips that `evaluate` takes, the first 1.5 s of each.

    Attributes:
        stft: Multi-scale STFT loss, the mean over clips.
        stft_low, stft_high: Between which that mean would lie with other clips, at
            95 %.
        stft_clips: Each clip's loss.
        log_mel: Mean absolute difference of log-mel spectra, levels left out; dB.
        pitch: Median absolute error of the pitch heard, where both are; cents. None
            where the network plays no pitch at all, or the voice has none.
        unpitched: Share of the frames with a pitch in which none is heard; None where
            the voice has none.
        loudness: Mean absolute error of the A-weighted level, where it sounds; dB.
        frechet_log_mel: Frechet distance of log-mel statistics, dB^2.
        frechet_encoder: The same of the encoder's hidden layer.
    """

    stft: float
    stft_low: float
    stft_high: float
    stft_clips: list[float]
    log_mel: float
    pitch: float | None
    unpitched: float | None
    loudness: float
    frechet_log_mel: float
    frechet_encoder: float


def judge(model: Model, corpus: Corpus, encoder: TimbreEncoder) -> Judgement:
    """Play the held-out clips with `model` and compare; some ten seconds.

    `encoder` is the one whose hidden layer is listened with: the dense run's.
    """
    played, wanted = _played(model, corpus)
    losses = _losses(played, wanted)
    low, high = bootstrap_interval(losses)
    heard, real = ([_listen(audio) for audio in each] for each in (played, wanted))
    loud = [features.loudness > SOUNDING for features in real]
    cents = [_cents(h, r) for h, r in zip(heard, real, strict=True)]
    pitch, unpitched = _pitch(np.concatenate(cents)) if model.pitched else (None, None)
    mel, level = (
        np.concatenate(
            [
                np.abs(getattr(h, field) - getattr(r, field))[where].ravel()
                for h, r, where in zip(heard, real, loud, strict=True)
            ]
        )
        for field in ("timbre", "loudness")
    )
    timbres = [
        [f.timbre[w] for f, w in zip(each, loud, strict=True)] for each in (heard, real)
    ]
    return Judgement(
        stft=float(losses.mean()),
        stft_low=low,
        stft_high=high,
        stft_clips=losses.tolist(),
        log_mel=float(mel.mean()),
        pitch=pitch,
        unpitched=unpitched,
        loudness=float(level.mean()),
        frechet_log_mel=frechet_distance(*map(log_mel_cloud, timbres)),
        frechet_encoder=frechet_distance(
            *(encoder_cloud(encoder, each) for each in timbres)
        ),
    )


def clip_losses(model: Model, corpus: Corpus) -> list[float]:
    """The multi-scale STFT loss of each clip that `judge` takes, in the same order."""
    found: list[float] = _losses(*_played(model, corpus)).tolist()
    return found


def _played(model: Model, corpus: Corpus) -> tuple[list[Floats], list[Floats]]:
    """The held-out clips as the model plays them, and as they were recorded."""
    clips = evaluated_clips(corpus)
    wanted = [cut_audio(clip, 0, EVALUATED_FRAMES) for clip in clips]
    return [_play(model, clip) for clip in clips], wanted


def _losses(played: list[Floats], wanted: list[Floats]) -> NDArray[np.float64]:
    return np.array([_loss(h, w) for h, w in zip(played, wanted, strict=True)])


@torch.no_grad()
def _play(model: Model, clip: Clip) -> Floats:
    audio: Floats = model.play([clip], EVALUATED_FRAMES)[0].numpy()
    return audio


@torch.no_grad()
def _loss(heard: Floats, wanted: Floats) -> float:
    pair = (torch.from_numpy(audio)[None] for audio in (heard, wanted))
    return spectral_loss(*pair).item()


def _listen(audio: Floats) -> Features:
    return listen(np.pad(audio, MARGIN))


def _cents(heard: Features, real: Features) -> NDArray[np.float64]:
    """Error at each frame that has a pitch; NaN where none is heard there."""
    voiced = np.isfinite(real.pitch)
    return 100.0 * (heard.pitch - real.pitch)[voiced].astype(np.float64)


def _pitch(cents: NDArray[np.float64]) -> tuple[float | None, float]:
    """The median error, and the share of errors that are NaN."""
    both = np.isfinite(cents)
    median = float(np.median(np.abs(cents[both]))) if both.any() else None
    return median, float(1.0 - both.mean()) if len(both) else 0.0
