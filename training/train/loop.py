"""Training a voice and judging it."""

import functools
import hashlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tombola.errors import TombolaError
from tombola.progress import bar
from tombola.training.corpus.corpus import Clip, Corpus
from tombola.training.train.checkpoint import (
    Memory,
    Progress,
    load_progress,
    save_model,
    save_progress,
)
from tombola.training.train.config import TrainConfig
from tombola.training.train.loss import Passage, spectral_loss
from tombola.training.voices import VOICES
from tombola.training.voices.segments import Segments, cut_audio, step_random
from tombola.training.voices.voice import Model

WARM_UP_STEPS = 20
GRADIENT_LIMIT = 1.0  # norm; one loud surprise must not undo what was learned
SPREAD_WEIGHT = 0.5
CHECKPOINT_STEPS = 50
JUDGEMENTS = 8  # held-out losses along a training
EVALUATED_CLIPS = 48
EVALUATED_FRAMES = 375  # 1.5 s


# (model, segments, configuration, step) -> the scalar that a step lowers.
Objective = Callable[[Model, Segments, TrainConfig, int], Tensor]


@dataclass(frozen=True)
class TrainResult:
    """What a training measured.

    Attributes:
        losses: Training loss of every step from `start_step` on.
        held_out: (step, held-out loss) along the way; the last is the final one.
        seconds: Wall-clock time, of all sittings together.
        memory: For the stage after this one.
    """

    losses: list[float]
    held_out: list[tuple[int, float]]
    seconds: float
    memory: Memory = field(compare=False)

    @property
    def loss(self) -> float:
        """Held-out multi-scale STFT loss at the end."""
        return self.held_out[-1][1]


def fresh_model(corpus: Corpus, config: TrainConfig) -> Model:
    """Make the network that a training begins with: weights from the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = VOICES[config.voice](config.widths)
    model.standardise(corpus.training)
    return model


def train(
    corpus: Corpus,
    model: Model,
    config: TrainConfig,
    run: Path,
    *,
    start_step: int = 0,
    train_encoder: bool = True,
    label: str = "train",
    objective: Objective | None = None,
    until: int | None = None,
    memory: Memory | None = None,
) -> TrainResult:
    """Train `model` in place from `start_step` to `config.steps`, or a stage of that.

    The learning rate and the data of a step depend on its number and the seed alone, so
    a rewound network meets what the dense one met. The checkpoint `LABEL.safetensors`
    in the folder `run` is kept up to date; a training that was stopped, started again
    with the same configuration, corpus and first weights, goes on from there and ends
    at the same weights. On the way past `config.rewind_step` the network is kept as
    `LABEL-rewind.safetensors`. Takes one thread: for networks this small it is fastest.
    Another `objective` than the spectral one is to have another label.

    A stage stops at the step `until`, and the next one begins there with the `memory`
    that it gave back; each is to have a label of its own.

    Raises:
        TombolaError: The corpus has nothing to train on or to judge by.
    """
    torch.set_num_threads(1)
    _check_split(corpus)
    lowered = objective or spectral_objective
    end, met = until or config.steps, memory.steps if memory else 0
    span = (start_step, end, met)
    identity = _identity(corpus, model, config, span, train_encoder)
    model.encoder.requires_grad_(train_encoder)
    parameters = [p for p in model.parameters() if p.requires_grad]
    adam = torch.optim.Adam(parameters, betas=(0.9, 0.99))
    checkpoint = run / f"{label}.safetensors"
    if memory is not None:
        memory.give(model, adam)
    progress = load_progress(checkpoint, identity, model, adam, met)
    progress = progress or Progress(start_step)
    segments = model.segments(corpus.training, config.frames)
    marks = {end} if end < config.steps else _marks(start_step, end)
    began = time.monotonic() - progress.seconds
    with bar(label, end - start_step) as shown:
        shown.advance(progress.step - start_step)
        while progress.step < end:
            rate = learning_rate(config, progress.step, start_step - met)
            adam.param_groups[0]["lr"] = rate
            loss = _step(model, segments, config, progress.step, adam, lowered)
            progress.losses.append(loss)
            progress.step += 1
            shown.advance()
            shown.note(f"loss {loss:.3f}")
            if progress.step == config.rewind_step:
                save_model(run / f"{label}-rewind.safetensors", model)
            if progress.step in marks:
                progress.held_out.append((progress.step, evaluate(corpus, model)))
            if progress.step in marks or progress.step % CHECKPOINT_STEPS == 0:
                progress.seconds = time.monotonic() - began
                save_progress(checkpoint, identity, progress, model, adam)
    known = Memory.of(model, adam, met + len(progress.losses))
    return TrainResult(progress.losses, progress.held_out, progress.seconds, known)


def passage(
    model: Model, segments: Segments, config: TrainConfig, step: int
) -> Passage:
    """Render the segments of step `step` with its noise, beside what they should be."""
    return model.passage(segments, config.seed, step, config.batch)


def spectral_objective(
    model: Model, segments: Segments, config: TrainConfig, step: int
) -> Tensor:
    """What a training lowers, if nothing else is said: the spectral loss of a step."""
    return passage(model, segments, config, step).loss


def _step(
    model: Model,
    segments: Segments,
    config: TrainConfig,
    step: int,
    adam: torch.optim.Adam,
    objective: Objective,
) -> float:
    loss = objective(model, segments, config, step)
    everyone = model.encoder(segments.descriptors)
    total = loss + SPREAD_WEIGHT * spread_loss(everyone, step_random(config.seed, step))
    adam.zero_grad()
    torch.autograd.backward(total)
    torch.nn.utils.clip_grad_norm_(model.parameters(), GRADIENT_LIMIT)
    adam.step()
    return loss.item()


def learning_rate(config: TrainConfig, step: int, start_step: int = 0) -> float:
    """Rise over the first 20 steps, then fall along a half cosine to a twentieth.

    A training that begins at `start_step` rises from there: Adam has to measure its
    gradients first, trimmed network or fresh one.
    """
    rise = min(1.0, (step - start_step + 1) / WARM_UP_STEPS)
    fall = 0.5 * (1.0 + math.cos(math.pi * step / config.steps))
    return config.learning_rate * rise * (0.05 + 0.95 * fall)


def spread_loss(places: Tensor, random: torch.Generator) -> Tensor:
    """How far places [N, 2] are from covering the square -1..1 evenly; a scalar.

    Sliced Wasserstein distance (Kolouri et al. 2018, "Sliced-Wasserstein Autoencoder"):
    along random directions, the sorted places against the sorted points of an even
    lattice (the R2 sequence, Roberts 2018).
    """
    ratio = 1.32471795724474602596  # the plastic number
    step = torch.tensor([1.0 / ratio, 1.0 / ratio**2], dtype=torch.float64)
    index = torch.arange(1, len(places) + 1, dtype=torch.float64)[:, None]
    lattice = (2.0 * torch.remainder(0.5 + index * step, 1.0) - 1.0).float()
    angle = math.pi * torch.rand(8, generator=random)
    directions = torch.stack([angle.cos(), angle.sin()])
    sorted_places = (places @ directions).sort(0).values
    sorted_lattice = (lattice @ directions).sort(0).values
    return (sorted_places - sorted_lattice).square().mean()


def evaluate(corpus: Corpus, model: Model) -> float:
    """Multi-scale STFT loss over held-out clips; the same each time.

    At most 48 clips, evenly spaced in the corpus, and the first 1.5 s of each, from a
    state of zero and with the module's noise; about a second.
    """
    clips = evaluated_clips(corpus)
    total = 0.0
    for first in range(0, len(clips), 8):
        few = clips[first : first + 8]
        total += _judge(few, model) * len(few)
    return total / len(clips)


def evaluated_clips(corpus: Corpus) -> list[Clip]:
    """The held-out clips that a network is judged by."""
    return corpus.held_out[:: -(-len(corpus.held_out) // EVALUATED_CLIPS)]


@torch.no_grad()
def _judge(clips: list[Clip], model: Model) -> float:
    audio = np.stack([cut_audio(clip, 0, EVALUATED_FRAMES) for clip in clips])
    heard = model.play(clips, EVALUATED_FRAMES)
    return spectral_loss(heard, torch.from_numpy(audio)).item()


def _marks(start_step: int, steps: int) -> set[int]:
    """After which steps the held-out loss is measured; the last one among them."""
    return {start_step + (steps - start_step) * k // JUDGEMENTS for k in range(1, 9)}


def _check_split(corpus: Corpus) -> None:
    for part, clips in (("train on", corpus.training), ("judge by", corpus.held_out)):
        if not clips:
            raise TombolaError(
                f"corpus '{corpus.name}' has 0 clips to {part}, 1 is needed; "
                "add sounds and make it again with: tombola corpus"
            )


@functools.lru_cache(maxsize=1)
def corpus_digest(corpus: Corpus) -> str:
    """Hash all that a training takes from a corpus: 16 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=8)
    for clip in corpus.clips:
        digest.update(json.dumps([clip.name, clip.held_out, len(clip.audio)]).encode())
        for values in (clip.audio, clip.pitch, clip.loudness, clip.timbre):
            digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def _identity(
    corpus: Corpus,
    model: Model,
    config: TrainConfig,
    span: tuple[int, int, int],
    train_encoder: bool,
) -> str:
    """Hash all that decides how a training ends."""
    parts = [asdict(config), corpus_digest(corpus), span, train_encoder]
    digest = hashlib.blake2b(json.dumps(parts).encode(), digest_size=8)
    for name, weight in model.state_dict().items():
        digest.update(name.encode())
        digest.update(weight.numpy())
    return digest.hexdigest()
