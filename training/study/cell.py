"""One cell of a study: a network is made small, judged, and set beside its control."""

import time
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

import torch

from tombola.errors import TombolaError
from tombola.training.corpus.corpus import Corpus
from tombola.training.measures.cost import Cost, cost_of
from tombola.training.measures.judge import clip_losses, judge
from tombola.training.measures.quantised import quantised_clip_losses
from tombola.training.reduction.methods import METHODS
from tombola.training.reduction.methods.scratch import (
    decoder_cost,
    train_from_scratch,
)
from tombola.training.reduction.methods.task import Reduced, Task, even_widths
from tombola.training.study.plan import Cell
from tombola.training.study.table import DENSE, Row
from tombola.training.train.checkpoint import save_model
from tombola.training.train.config import TrainConfig
from tombola.training.train.run import Run
from tombola.training.voices.voice import Widths


def dense_row(training: TrainConfig, corpus_folder: Path, folder: Path) -> Row:
    """Train a dense network in `folder`, or go on, and judge it."""
    torch.set_num_threads(1)
    began = time.monotonic()
    corpus = Corpus.load(corpus_folder)
    run = Run.create(folder, corpus, training, corpus_folder)
    run.train(corpus)
    model = run.load_model()
    judgement = judge(model, corpus, model.encoder)
    return {
        "way": DENSE,
        "seed": training.seed,
        **asdict(cost_of(model.decoder)),
        "steps": training.steps,
        "loss": judgement.stft,
        "judgement": asdict(judgement),
        "seconds": round(time.monotonic() - began, 1),
    }


def cell_row(
    cell: Cell, corpus_folder: Path, dense_folder: Path, folder: Path, controls: Path
) -> Row:
    """Reduce the dense network in `dense_folder`, and judge what comes out.

    Args:
        cell: What to do.
        corpus_folder: The corpus.
        dense_folder: The run to reduce.
        folder: For checkpoints, and the network as `final.safetensors`.
        controls: Where controls are kept: cells that ask for the same share one.
    """
    torch.set_num_threads(1)
    began = time.monotonic()
    corpus, dense = Corpus.load(corpus_folder), Run.open(dense_folder)
    task = Task(corpus, dense, cell.keep, folder)
    reduced = METHODS[cell.way.method](task, **cell.way.options)
    save_model(folder / "final.safetensors", reduced.model)
    judgement = judge(reduced.model, corpus, dense.load_model().encoder)
    control, scratch_clips = _control(task, reduced, controls)
    scratch_loss = fmean(scratch_clips)
    quantised_clips = _quantised(reduced, corpus)
    before, cost = task.cost_of_dense, cost_of(reduced.model.decoder)
    dense_loss = float(dense.figures["loss"])
    widths = asdict(reduced.model.decoder.widths)
    return {
        "way": cell.way.name,
        "method": cell.way.method,
        "options": cell.way.options,
        "keep": cell.keep,
        "seed": cell.training.seed,
        "widths": list(widths.values()),
        **asdict(cost),
        "parameters": reduced.parameters,
        "bytes": reduced.bytes,
        "params_ratio": reduced.parameters / before.parameters,
        "bytes_ratio": reduced.bytes / before.bytes,
        "steps": reduced.steps,
        "loss": judgement.stft,
        "loss_quantised": fmean(quantised_clips) if quantised_clips else None,
        "quantised_clips": quantised_clips,
        "loss_ratio_to_dense": judgement.stft / dense_loss,
        "scratch_bytes": control.bytes,
        "scratch_loss": scratch_loss,
        "scratch_clips": scratch_clips,
        "loss_ratio_to_scratch": judgement.stft / scratch_loss,
        "judgement": asdict(judgement),
        "seconds": round(time.monotonic() - began, 1),
    }


def _control(task: Task, reduced: Reduced, folder: Path) -> tuple[Cost, list[float]]:
    """Train the same size from scratch: its cost and its held-out losses, clip by clip.

    The same widths, or where weights are coded, the widest plain decoder that takes no
    more numbers and no more bytes; and as many steps as the reduced weights have seen.
    """
    widths, dense = reduced.model.decoder.widths, task.dense.config

    def fits(widths: Widths) -> bool:
        cost = decoder_cost(dense.voice, widths)
        return cost.bytes <= reduced.bytes and cost.parameters <= reduced.parameters

    if reduced.coded:
        widths = even_widths(dense.widths, fits)
    model = train_from_scratch(task.corpus, task.dense, widths, reduced.steps, folder)
    return cost_of(model.decoder), clip_losses(model, task.corpus)


def _quantised(reduced: Reduced, corpus: Corpus) -> list[float] | None:
    """The held-out losses as exported; None of what is not exported as it is counted,
    or cannot be."""
    if reduced.coded:
        return None
    try:
        return quantised_clip_losses(reduced.model, corpus)
    except TombolaError:
        return None
