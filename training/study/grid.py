"""Runs jobs on Ray, each once: what is done stays done, what fails is told.

Every job's result is a JSON file in a folder. A job that has one is not run again, so a
grid may be stopped at any moment, or lose machines, and goes on where it was.
"""

import json
import os
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from tombola.errors import TombolaError
from tombola.files import write_json
from tombola.training.study.table import Row

# Ray's own report of its use would go over the network.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray

# How often a job is begun again whose machine or process died; an error is no death.
RETRIES = 4
_STORE = 100 * 2**20  # bytes: rows are small, and results go through files
_PATIENCE = 0.5  # seconds between two looks at what is done
_SHOWN = 8  # jobs that are listed


@dataclass(frozen=True)
class Job:
    """A piece of work with a row of figures as its result.

    Attributes:
        key: Names its file; letters, digits, '-', '_' and '.'.
        label: Names it to people.
        work: Called on some machine with `arguments`; both have to be picklable.
        arguments: A tuple.
    """

    key: str
    label: str
    work: Callable[..., Row]
    arguments: tuple[Any, ...] = ()


@dataclass
class Results:
    """What became of jobs.

    Attributes:
        rows: Results by the jobs' keys.
        failed: Why there is none, by the jobs' keys.
        open: Jobs that have neither yet.
        seconds: What each job took that was run now.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    open: dict[str, Job] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


@contextmanager
def machines(address: str | None, workers: int | None) -> Iterator[None]:
    """Use the Ray cluster at `address`, or this machine with `workers` processes.

    Raises:
        TombolaError: Nothing answers at `address`.
    """
    settings: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if address is not None:
        _require_answer(address)
    else:
        settings |= {
            "num_cpus": workers or os.cpu_count(),
            "include_dashboard": False,
            "object_store_memory": _STORE,
        }
    ray.init(address=address, **settings)
    try:
        yield
    finally:
        ray.shutdown()


def _require_answer(address: str) -> None:
    """Knock before Ray does, which would knock for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError) as error:
        raise TombolaError(
            f"no Ray cluster answers at '{address}' ({error}); give HOST:PORT of one "
            "that was started with: ray start --head"
        ) from error


def run_jobs(jobs: Sequence[Job], folder: Path) -> Results:
    """Run the jobs that have no result in `folder` yet, inside of `machines`.

    A result is `KEY.json`, written whole. The traceback of a job that failed is
    `KEY.error`; it is run again the next time.
    """
    results = _begin(jobs, folder)
    began = time.monotonic()
    with _screen(lambda: _picture(results, len(jobs), began)) as say:
        submitted = {
            _remote.remote(job.work, job.arguments): job
            for job in results.open.values()
        }
        while submitted:
            ready, _ = ray.wait(list(submitted), timeout=_PATIENCE)
            for reference in ready:
                job = submitted.pop(reference)
                del results.open[job.key]
                _take(reference, job, folder, results)
                say(_sentence(job, results))
            say(None)
    return results


def kept_results(jobs: Sequence[Job], folder: Path) -> Results:
    """What `run_jobs` has left in `folder` of these jobs; nothing is run."""
    results = _begin(jobs, folder)
    for key in results.open:
        path = folder / f"{key}.error"
        if path.exists():
            lines = path.read_text(encoding="utf-8").strip().splitlines()
            results.failed[key] = lines[-1].rpartition("tombola.errors.")[2]
    return results


def _begin(jobs: Sequence[Job], folder: Path) -> Results:
    """The results that are there already; what has none is open."""
    results = Results()
    for job in jobs:
        path = folder / f"{job.key}.json"
        if path.exists():
            results.rows[job.key] = json.loads(path.read_text(encoding="utf-8"))
        else:
            results.open[job.key] = job
    return results


@ray.remote(num_cpus=1, max_retries=RETRIES)
def _remote(work: Callable[..., Row], arguments: tuple[Any, ...]) -> tuple[Row, float]:
    began = time.monotonic()
    row = work(*arguments)
    return row, time.monotonic() - began


def _take(reference: Any, job: Job, folder: Path, results: Results) -> None:
    """Keep a job's result, or why it has none."""
    error_file = folder / f"{job.key}.error"
    try:
        row, seconds = ray.get(reference)
        write_json(folder / f"{job.key}.json", row)
    except Exception as error:  # whatever a job raises must not stop the others
        cause = getattr(error, "cause", None) or error
        results.failed[job.key] = f"{type(cause).__name__}: {cause}".splitlines()[0]
        folder.mkdir(parents=True, exist_ok=True)
        text = "".join(traceback.format_exception(error))
        error_file.write_text(text, encoding="utf-8")
        return
    error_file.unlink(missing_ok=True)
    results.rows[job.key] = row
    results.seconds.append(seconds)


def _sentence(job: Job, results: Results) -> str:
    if job.key in results.failed:
        return f"{job.label}: failed, {results.failed[job.key]}"
    return f"{job.label}: done in {results.seconds[-1]:.0f} s"


def _picture(results: Results, total: int, began: float) -> Group:
    """A line that sums up, and the jobs that come next or are being run."""
    elapsed = time.monotonic() - began
    here = len(results.seconds)
    left = "unknown"
    if here:
        left = f"{elapsed / here * len(results.open) / 60:.0f} min"
    line = (
        f"{len(results.rows)} of {total} done, {len(results.failed)} failed, "
        f"{elapsed / 60:.0f} min so far, left: {left}"
    )
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for job in list(results.open.values())[:_SHOWN]:
        table.add_row(job.label)
    return Group(line, table)


@contextmanager
def _screen(
    picture: Callable[[], Group],
) -> Iterator[Callable[[str | None], None]]:
    """Show a live picture, with a line above it for what is said.

    In a log there are the lines alone.
    """
    console = Console(stderr=True)
    if not console.is_terminal:

        def print_line(text: str | None) -> None:
            if text is not None:
                console.print(text, highlight=False)

        yield print_line
        return
    with Live(picture(), console=console, refresh_per_second=2) as live:

        def say(text: str | None) -> None:
            if text is not None:
                live.console.print(text, highlight=False)
            live.update(picture())

        yield say
