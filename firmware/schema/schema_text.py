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
