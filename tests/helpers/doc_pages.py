"""The pages of the documentation, and what they tell people to type."""

import re
from collections.abc import Iterator
from pathlib import Path

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
