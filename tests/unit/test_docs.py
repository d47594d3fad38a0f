"""What the documentation tells people to type exists, and its links lead somewhere."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tombola.cli import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("*/**/*.md")])
PAGES = [p for p in PAGES if not {".venv", "build"} & set(p.relative_to(ROOT).parts)]


def commands() -> Iterator[tuple[str, str]]:
    """(page, command line) of every shell block, without comments."""
    for page in PAGES:
        blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S)
        for line in "".join(blocks).replace("\\\n", " ").splitlines():
            text = line.partition("  #")[0].strip()
            if text:
                yield str(page.relative_to(ROOT)), text


def links() -> Iterator[tuple[str, str]]:
    """(page, target) of every relative link and picture."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
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


def test_generated_constants_are_up_to_date() -> None:
    check = subprocess.run(
        [sys.executable, "firmware/schema/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout
