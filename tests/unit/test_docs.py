"""What the documentation tells people to type exists, and its links lead somewhere."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import mido
import numpy as np
import pytest
import soundfile
from doc_pages import PAGES, ROOT, commands

from tombola.cli import cli
from tombola.generated import panel

RUN = ("tombola play", "tombola convert", "tombola verify", "tombola corpus")


def links() -> Iterator[tuple[str, str]]:
    """(page, target) of every relative link and picture."""
    for page in PAGES:
        text = page.read_text()
        targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
        for target in targets + re.findall(r'src="([^":]+)"', text):
            yield str(page.relative_to(ROOT)), target


def test_there_are_pages_commands_and_links() -> None:
    assert len(PAGES) > 8
    assert len(list(commands())) > 10
    assert len(list(links())) > 10


@pytest.mark.parametrize(("page", "target"), list(links()))
def test_links_lead_somewhere(page: str, target: str) -> None:
    assert (ROOT / page).parent.joinpath(target).exists(), f"{page}: {target}"


@pytest.mark.parametrize(("page", "line"), list(commands()))
def test_commands_can_be_typed(page: str, line: str) -> None:
    words = shlex.split(line)
    if words[0] == "make":
        targets = [w for w in words[1:] if "=" not in w]
        known = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
        assert set(targets) <= set(known), f"{page}: {line}"
    elif words[0] == "tombola":
        parse(words[1:])
    else:
        assert words[0] in {"dfu-util", "python", "pip", "git", "cd"}, f"{page}: {line}"


def parse(words: list[str]) -> None:
    """Parse a command line as tombola would; a bad one raises click's UsageError."""
    context = cli.make_context("tombola", list(words), resilient_parsing=False)
    command = cli.get_command(context, words[0])
    assert command is not None, f"there is no command '{words[0]}'"
    try:
        command.make_context(words[0], words[1:], parent=context)
    except click.BadParameter as error:
        # A file of the reader's own need not exist here; any other mistake counts.
        if "does not exist" not in error.message:
            raise


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the pages speak of."""
    folder = tmp_path_factory.mktemp("desk")
    for name in ("harp.ticket", "harp.tflite"):
        shutil.copy(ROOT / "firmware" / "tickets" / name, folder)
    example = (ROOT / "docs" / "play" / "patches.md").read_text()
    found = re.search(r"^```toml\n(.*?)^```", example, re.M | re.S)
    assert found is not None
    (folder / "two.toml").write_text(found[1])
    song = mido.MidiFile(tracks=[mido.MidiTrack()])
    song.tracks[0].append(mido.Message("note_on", note=60, velocity=90))
    song.tracks[0].append(mido.Message("note_off", note=60, time=480))
    song.save(folder / "song.mid")
    sounds = folder / "sounds" / "harp"
    sounds.mkdir(parents=True)
    seconds = np.arange(48000) / 48000
    for hertz in (220.0, 330.0):
        tone = 0.3 * np.sin(2 * np.pi * hertz * seconds)
        soundfile.write(sounds / f"{hertz:.0f}.wav", tone, 48000)
    return folder


@pytest.mark.parametrize(
    "line",
    sorted({line for _, line in commands() if line.startswith(RUN)}),
)
def test_quick_commands_do_what_the_pages_say(line: str, desk: Path) -> None:
    """The long ones (make, train, reduce, export) are run by tests of their own."""
    tombola = Path(sys.executable).with_name("tombola")
    words = shlex.split(line.replace("~", str(desk)))[1:]
    done = subprocess.run(
        [tombola, *words], cwd=desk, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_manual_knows_every_control() -> None:
    manual = (ROOT / "docs" / "play" / "panel.md").read_text()
    rows = {"knob": panel.KNOBS, "jack": [*panel.CVS, *panel.GATES, *panel.AUDIOS]}
    for kind, parts in {**rows, "output": panel.OUTS}.items():
        named = re.findall(r"^\| ([A-Z/, ]+?) \|", manual, re.M)
        known = {name for row in named for name in row.split(", ")}
        for part in parts:
            assert part.name in known, f"the {kind} {part.name} has no row"


def test_generated_constants_are_up_to_date() -> None:
    check = subprocess.run(
        [sys.executable, "firmware/schema/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout
