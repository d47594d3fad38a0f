"""A study from its file to its rows, in a folder that it can be gone on with from."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tombola.training.corpus.corpus import Corpus
from tombola.training.study.cell import cell_row, dense_row
from tombola.training.study.grid import Job, Results, run_jobs
from tombola.training.study.plan import Cell, Study, dense_key
from tombola.training.study.table import Row, Table
from tombola.training.train.loop import corpus_digest, evaluated_clips
from tombola.training.train.run import Run


@dataclass(frozen=True)
class StudyResults:
    """What is known of a study.

    Attributes:
        dense: Rows of the dense networks.
        rows: Of the cells, those that are done, by their keys, in the study's order.
        failed: Why a job has no row, by its label.
        missing: How many cells have none.
        sounds: Of which sound each clip is that they were judged by.
    """

    dense: list[Row]
    rows: dict[str, Row]
    failed: dict[str, str]
    missing: int
    sounds: list[str]

    def table(self, name: str, voice: str) -> Table:
        """The same without the networks' keys; a network that diverged has failed."""
        rows = list(self.rows.values())
        diverged = {
            f"{row['way']}, {row['keep']:.3g} kept, seed {row['seed']}": (
                f"its loss is {row['loss']}"
            )
            for row in rows
            if not math.isfinite(row["loss"])
        }
        return Table(
            name=name,
            voice=voice,
            dense={row["seed"]: row | {"sounds": self.sounds} for row in self.dense},
            rows=[row for row in rows if math.isfinite(row["loss"])],
            failed={**self.failed, **diverged},
        )


def run_study(
    study: Study,
    folder: Path,
    run: Callable[[Sequence[Job], Path], Results] = run_jobs,
) -> StudyResults:
    """Run what has no result in `folder` yet, inside of `grid.machines`.

    With `kept_results` to `run` the jobs nothing is run, and what is there counts.

    First the dense networks, then what is made of them. `folder` and the corpus have to
    be seen by every machine at the same place. `folder`/rows has a JSON file for each
    network, the folders beside it the networks themselves.
    """
    place, folder = study.corpus.resolve(), folder.resolve()
    corpus = Corpus.load(place)
    digest = corpus_digest(corpus)
    rows = folder / "rows"
    first = [
        Job(
            dense_key(training, digest),
            f"dense, seed {training.seed}",
            dense_row,
            (training, place, folder / dense_key(training, digest)),
        )
        for training in study.trainings()
    ]
    dense = run(first, rows)
    cells = [_job(cell, place, folder, digest) for cell in study.cells()]
    trained = {row["seed"] for row in dense.rows.values()}
    ready = [job for job, seed in cells if seed in trained]
    done = run(ready, rows)
    labels = {job.key: job.label for job in [*first, *ready]}
    failed = {
        labels[k]: why for k, why in [*dense.failed.items(), *done.failed.items()]
    }
    keys = (job.key for job in ready)
    in_order = {key: done.rows[key] for key in keys if key in done.rows}
    return StudyResults(
        dense=list(dense.rows.values()),
        rows=in_order,
        failed=failed,
        missing=len(cells) - len(in_order),
        sounds=[clip.sound for clip in evaluated_clips(corpus)],
    )


def network_of(study: Study, folder: Path, key: str, seed: int) -> Run:
    """The network of a cell, as a run that can be exported."""
    digest = corpus_digest(Corpus.load(study.corpus))
    training = next(t for t in study.trainings() if t.seed == seed)
    dense = Run.open(folder / dense_key(training, digest))
    return Run(folder / key, key, dense.config, dense.corpus)


def _job(cell: Cell, corpus: Path, folder: Path, digest: str) -> tuple[Job, int]:
    key, dense = cell.key(digest), dense_key(cell.training, digest)
    seed = cell.training.seed
    label = f"{cell.way.name}, {cell.keep:.3g} kept, seed {seed}"
    places = (corpus, folder / dense, folder / key, folder / f"{dense}-controls")
    return Job(key, label, cell_row, (cell, *places)), seed
