"""sound.toml as constants for C++ and Python."""

from typing import Any

from schema_text import camel


def _cpp_value(value: float) -> tuple[str, str]:
    if isinstance(value, int):
        return "int", str(value)
    return "float", f"{value!r}f"


def cpp(schema: dict[str, Any], header: str) -> str:
    """C++ constants; a section other than [audio] and [controls] prefixes its names."""
    lines = [header, "#pragma once\n\nnamespace tombola {\n\n"]
    for section, values in schema.items():
        prefix = "" if section in {"audio", "controls"} else camel(section)
        for name, value in values.items():
            kind, text = _cpp_value(value)
            lines.append(f"constexpr {kind} k{prefix}{camel(name)} = {text};\n")
    lines.append(
        "constexpr int kFrame = kBlock * kFrameBlocks;\n\n}  // namespace tombola\n"
    )
    return "".join(lines)


def python(schema: dict[str, Any], header: str) -> str:
    """Python constants, named as in C++ but in capitals."""
    lines = [header, '"""What all parts agree on about sound."""\n\n']
    for section, values in schema.items():
        prefix = "" if section in {"audio", "controls"} else f"{section.upper()}_"
        lines += [
            f"{prefix}{name.upper()} = {value!r}\n" for name, value in values.items()
        ]
    lines.append("FRAME = BLOCK * FRAME_BLOCKS\nFRAME_RATE = SAMPLE_RATE / FRAME\n")
    return "".join(lines)
