"""Turn the schemas into code for C++ and Python, tables and a picture of pages.

    python firmware/schema/generate.py           write generated/ in firmware/ and
                                                 tombola/, tables in docs/formats/,
                                                 the panel's picture in docs/play/
    python firmware/schema/generate.py --check   exit 1 if they would be different

Generated files are committed, so that a reader and a player's install have them; a
test runs --check.
"""

import sys
import tomllib
from pathlib import Path

import front_end_schema
import panel_picture
import panel_schema
import protocol_schema
import settings_schema
import sound_schema
from schema_text import COMMAND, ROOT, SCHEMA, header, with_tables

# Each schema has a module with cpp() and python(), which make a file's text. Some have
# tables(), which makes what docs/formats says of it.
WRITERS = {
    "sound": sound_schema,
    "panel": panel_schema,
    "protocol": protocol_schema,
    "settings": settings_schema,
}
FRONT_END = ROOT / "hardware" / "frontend.toml"
VERSION = ROOT / "tombola" / "__init__.py"


def generated() -> dict[Path, str]:
    """Return every generated file's path and content."""
    files: dict[Path, str] = {}
    for stem, writer in WRITERS.items():
        source = SCHEMA / f"{stem}.toml"
        schema = tomllib.loads(source.read_text(encoding="utf-8"))
        files[ROOT / f"firmware/generated/{stem}.h"] = writer.cpp(
            schema, header(source, "//")
        )
        files[ROOT / f"tombola/generated/{stem}.py"] = writer.python(
            schema, header(source, "#")
        )
        if hasattr(writer, "tables"):
            page = ROOT / f"docs/formats/{stem}.md"
            text = page.read_text(encoding="utf-8")
            files[page] = with_tables(source, text, writer.tables(schema))
    files[ROOT / "tombola/generated/front_end.py"] = front_end_schema.python(
        tomllib.loads(FRONT_END.read_text(encoding="utf-8")), header(FRONT_END, "#")
    )
    panel = SCHEMA / "panel.toml"
    files[ROOT / "docs/play/panel.svg"] = panel_picture.svg(
        tomllib.loads(panel.read_text(encoding="utf-8")), header(panel, "")
    )
    files[ROOT / "firmware/generated/version.h"] = _version_h()
    package = ROOT / "tombola/generated/__init__.py"
    files[package] = (
        '"""Constants made from firmware/schema; see generate.py there."""\n'
    )
    return files


def _version_h() -> str:
    """C++: the version that the Python package has, and so the firmware beside it."""
    words = VERSION.read_text(encoding="utf-8").split()
    version = words[words.index("__version__") + 2].strip('"')
    return (
        header(VERSION, "//") + "#pragma once\n\nnamespace tombola {\n\n"
        f'constexpr char kVersion[] = "{version}";\n\n}}  // namespace tombola\n'
    )


def main() -> int:
    """Write the files, or check them."""
    files = generated()
    if "--check" in sys.argv[1:]:
        stale = [
            p for p, text in files.items() if not p.exists() or p.read_text() != text
        ]
        for path in stale:
            print(
                f"{path.relative_to(ROOT)} is not what its schema says; run {COMMAND}"
            )
        return 1 if stale else 0
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
