"""The stages that lead from a folder of sounds to samples of the module's firmware."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from tombola.chain.stages import Stages, digest_of_code, digest_of_files
from tombola.converter import Converted, convert
from tombola.converter.verify import quantised, random_inputs, verify
from tombola.errors import TombolaError
from tombola.files import write_json
from tombola.play.measure import compare
from tombola.play.patch import panel_track
from tombola.play.patch_files import load
from tombola.play.record import record
from tombola.play.render import (
    IMAGE_FILES,
    build_firmware,
    play_on_host,
    play_on_module,
    require_firmware_tools,
)
from tombola.play.ticket_file import voice_of
from tombola.progress import bar
from tombola.training.corpus.corpus import Corpus
from tombola.training.corpus.defaults import sounds_for
from tombola.training.corpus.picture import draw as draw_corpus
from tombola.training.corpus.reading import read_corpus
from tombola.training.export.run import export_run
from tombola.training.reduction.lottery import ReduceConfig
from tombola.training.reduction.ticket import reduce
from tombola.training.train.listen import plot_losses, write_examples
from tombola.training.train.run import Run, TrainConfig

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent
# tombola/patches: what is measured, and what is there to be heard.
PATCHES = ("scale", "tour")
# Parts of the package that play and draw them.
PLAYERS = ("generated", "patches", "play", "virtual")


@dataclass(frozen=True)
class Chain:
    """Where the stages of one voice left their results.

    Attributes:
        name: Of the voice.
        corpus: A corpus and corpus.png.
        dense, reduced: Runs.
        ticket: NAME.tflite, NAME.ticket and its report NAME.json, export.json,
            verify.json and controls.npy, 1,000 real steps of held-out sounds.
        firmware: tombola.elf, tombola.bin and sizes.json.
        played: What the module made of the patches, and compare.json.
        seconds: What each stage took when it ran, by its name.
        made: The stages that ran in this call.
    """

    name: str
    corpus: Path
    dense: Path
    reduced: Path
    ticket: Path
    firmware: Path
    played: Path
    seconds: dict[str, float]
    made: list[str]


def run_chain(
    sounds: Path | None,
    name: str,
    licence: str | None,
    work: Path,
    training: TrainConfig,
    reduction: ReduceConfig,
) -> Chain:
    """Run all stages whose inputs changed; the others keep their results.

    Args:
        sounds: The folder of sounds; None renders the default ones.
        name: Of the voice, and of its files.
        licence: Of the sounds.
        work: Where the stages keep their folders.
        training: Of the dense network.
        reduction: Of that network to a ticket.

    Raises:
        TombolaError: The sounds cannot be used, or a tool is missing.
    """
    require_firmware_tools()
    if sounds is not None and not sounds.is_dir():
        raise TombolaError(f"'{sounds}' is not a folder; name one that holds sounds")
    folder = work / name
    with _alone(folder):
        stages = Stages(folder, click.echo)
        corpus = _corpus(stages, sounds, name, licence, training.voice)
        dense = _dense(stages, corpus, training)
        reduced = _reduced(stages, corpus, dense, reduction)
        ticket = _ticket(stages, corpus, reduced, name)
        firmware = _firmware(stages, ticket / f"{name}.ticket")
        played = _played(stages, ticket / f"{name}.ticket", firmware)
        return Chain(
            name,
            corpus,
            dense,
            reduced,
            ticket,
            firmware,
            played,
            stages.seconds,
            stages.made,
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a lock on `folder`, so that two calls do not make the same stage."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TombolaError(
                f"'{folder}' is in use by another tombola make; wait for it, or "
                "choose another --name"
            ) from error
        yield


def _corpus(
    stages: Stages, sounds: Path | None, name: str, licence: str | None, voice: str
) -> Path:
    code, default = _code("corpus"), sounds_for(voice)
    if sounds is None:

        def render(folder: Path) -> None:
            default.render(folder / default.name)

        sounds = stages.run(default.name, {"code": code}, render) / default.name
        licence = licence or default.licence

    def make(folder: Path) -> None:
        corpus = read_corpus(sounds, name, licence or "not stated", voice)
        corpus.save(folder / "corpus")
        draw_corpus(corpus, folder / "corpus.png")
        click.echo(corpus.summary())

    files = (path for path in sounds.rglob("*") if path.is_file())
    content = digest_of_files(files, sounds)
    inputs = {
        "sounds": content,
        "name": name,
        "licence": licence,
        "voice": voice,
        "code": code,
    }
    return stages.run("corpus", inputs, make)


def _dense(stages: Stages, corpus: Path, config: TrainConfig) -> Path:
    def make(folder: Path) -> None:
        sounds = Corpus.load(corpus / "corpus")
        run = Run.create(folder, sounds, config, corpus / "corpus")
        plot_losses(folder / "loss.png", run.train(sounds))
        write_examples(folder / "examples", sounds, run.load_model())

    inputs = {
        "corpus": corpus.name,
        "config": asdict(config),
        "code": _code("voices", "train"),
    }
    return stages.run("train", inputs, make, resumes=True)


def _reduced(stages: Stages, corpus: Path, dense: Path, config: ReduceConfig) -> Path:
    def make(folder: Path) -> None:
        sounds = Corpus.load(corpus / "corpus")
        Console().print(reduce(sounds, Run.open(dense), config, folder).table())

    inputs = {
        "dense": dense.name,
        "config": asdict(config),
        "code": _code("voices", "train", "reduction"),
    }
    return stages.run("reduce", inputs, make, resumes=True)


def _ticket(stages: Stages, corpus: Path, reduced: Path, name: str) -> Path:
    def make(folder: Path) -> None:
        sounds = Corpus.load(corpus / "corpus")
        exported = export_run(Run.open(reduced), sounds, name)
        (folder / f"{name}.tflite").write_bytes(exported.content)
        write_json(folder / "export.json", {"snr_db": exported.snr._asdict()})
        np.save(folder / "controls.npy", exported.controls)
        converted = convert(exported.content)
        (folder / f"{name}.ticket").write_bytes(converted.ticket)
        write_json(folder / f"{name}.json", converted.report)
        differing = _differing_operators(exported.content, converted, exported.controls)
        write_json(folder / "verify.json", {"differing_operators": differing})
        click.echo(f"torch against .tflite, free-running: {exported.snr}")

    inputs = {
        "reduced": reduced.name,
        "name": name,
        "code": [
            _code("voices", "export"),
            digest_of_code(ROOT / "converter", ROOT / "firmware" / "core" / "nn"),
        ],
    }
    return stages.run("ticket", inputs, make)


def _differing_operators(
    tflite: bytes, converted: Converted, controls: NDArray[np.float32]
) -> list[str]:
    """Name the operators that differ from litert's, over random and real controls."""
    runs = (
        random_inputs(converted, len(controls), 0),
        {"controls": quantised(converted, "controls", controls)},
    )
    with bar("verify every operator", 2 * len(controls)) as progress:
        comparisons = verify(tflite, runs, advance=progress.advance)
    return sorted({c.name for c in comparisons if c.differing})


def _firmware(stages: Stages, ticket: Path) -> Path:
    def make(folder: Path) -> None:
        built = build_firmware(ticket.read_bytes()).parent
        for file in IMAGE_FILES:
            shutil.copyfile(built / file, folder / file)

    inputs = {
        "ticket": digest_of_files([ticket], ticket.parent),
        "code": digest_of_code(ROOT / "firmware"),
    }
    return stages.run("firmware", inputs, make)


def _played(stages: Stages, ticket: Path, firmware: Path) -> Path:
    def make(folder: Path) -> None:
        comparisons = {
            patch: _play_both(patch, ticket, firmware / "tombola.elf", folder)
            for patch in PATCHES
        }
        write_json(folder / "compare.json", comparisons)

    inputs = {
        "firmware": firmware.name,
        "code": [
            digest_of_code(*(PACKAGE / part for part in PLAYERS)),
            digest_of_files([PACKAGE / "performance.py"], PACKAGE),
        ],
    }
    return stages.run("play", inputs, make)


def _play_both(name: str, ticket: Path, elf: Path, folder: Path) -> dict[str, Any]:
    """Play one of Tombola's patches on the module, and compare the host with it."""
    patch = load(Path("patches", f"{name}.toml"))
    track = panel_track(patch)
    image = ticket.read_bytes()
    host = play_on_host(image, track)
    module = play_on_module(elf, track)
    about = {
        "patch": patch.name,
        "ticket": ticket.name,
        "voice": voice_of(image),
        "on": "module",
    }
    record(folder / f"{name}-module.wav", patch, track, module, about)
    return compare(host, module)


def _code(*parts: str) -> str:
    """Digest of parts of the training, and of what all parts agree on."""
    folders = [ROOT / "training" / part for part in parts]
    return digest_of_code(PACKAGE / "generated", *folders)
