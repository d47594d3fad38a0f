"""What every schema's generator writes alike."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "firmware" / "schema"
COMMAND = "python firmware/schema/generate.py"


def camel(name: str) -> str:
    """PITCH_LOW, V/OCT -> PitchLow, VOct."""
    words = "".join(c if c.isalnum() else " " for c in name).split()
    return "".join(word[:1].upper() + word[1:].lower() for word in words)


def header(source: Path, comment: str) -> str:
    """Return the comment that says what a file was made from, and by what."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    return (
        f"{comment} Generated from {source.relative_to(ROOT)} ({digest}) by:\n"
        f"{comment}   {COMMAND}\n"
    )


def with_tables(source: Path, page: str, tables: str) -> str:
    """Return a page with what stands between its two marks made anew.

    Raises ValueError when the page has no such marks.
    """
    begin = f"<!-- from {source.relative_to(ROOT)}, by generate.py -->\n"
    before, found, rest = page.partition(begin)
    _, end, after = rest.partition("<!-- end -->\n")
    if not found or not end:
        raise ValueError(f"the page for {source.name} has no marks for its tables")
    return before + begin + tables + end + after
