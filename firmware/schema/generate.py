"""Turn the schemas into constants for C++ and Python.

    python firmware/schema/generate.py           write firmware/, tombola/generated
    python firmware/schema/generate.py --check   exit 1 if they would be different

Generated files are committed, so that a reader and a player's install have them; a
test runs --check.
"""

import hashlib
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "firmware" / "schema"
COMMAND = "python firmware/schema/generate.py"


def _camel(name: str) -> str:
    """PITCH_LOW, V/OCT -> PitchLow, VOct."""
    words = "".join(c if c.isalnum() else " " for c in name).split()
    return "".join(word[:1].upper() + word[1:].lower() for word in words)


def _header(source: Path, comment: str) -> str:
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    return (
        f"{comment} Generated from {source.relative_to(ROOT)} ({digest}) by:\n"
        f"{comment}   {COMMAND}\n"
    )


def _cpp_value(value: float) -> tuple[str, str]:
    if isinstance(value, int):
        return "int", str(value)
    return "float", f"{value!r}f"


def sound_h(schema: dict[str, Any], header: str) -> str:
    """C++ constants; a section other than [audio] and [controls] prefixes its names."""
    lines = [header, "#pragma once\n\nnamespace tombola {\n\n"]
    for section, values in schema.items():
        prefix = "" if section in {"audio", "controls"} else _camel(section)
        for name, value in values.items():
            kind, text = _cpp_value(value)
            lines.append(f"constexpr {kind} k{prefix}{_camel(name)} = {text};\n")
    lines.append(
        "constexpr int kFrame = kBlock * kFrameBlocks;\n\n}  // namespace tombola\n"
    )
    return "".join(lines)


def sound_py(schema: dict[str, Any], header: str) -> str:
    """Python constants, named as in C++ but in capitals."""
    lines = [header, '"""What all parts agree on about sound."""\n\n']
    for section, values in schema.items():
        prefix = "" if section in {"audio", "controls"} else f"{section.upper()}_"
        lines += [
            f"{prefix}{name.upper()} = {value!r}\n" for name, value in values.items()
        ]
    lines.append("FRAME = BLOCK * FRAME_BLOCKS\nFRAME_RATE = SAMPLE_RATE / FRAME\n")
    return "".join(lines)


def _cpp_pin(entry: dict[str, Any]) -> str:
    port = entry["port"]
    active_low = "true" if entry.get("active_low") else "false"
    return f"{{'{port[1]}', {int(port[2:])}, {entry.get('adc', -1)}, {active_low}}}"


def _pin(entry: dict[str, Any]) -> dict[str, Any]:
    """A part's pin, which is low while the part is on where the part says so."""
    return {**entry["pin"], "active_low": entry.get("active_low", False)}


def _cpp_enum(kind: str, entries: list[dict[str, Any]]) -> str:
    names = "".join(f"  k{kind}{_camel(e['name'])},\n" for e in entries)
    return f"enum {kind} : int {{\n{names}  k{kind}Count,\n}};\n\n"


def _cpp_pins(name: str, pins: list[dict[str, Any]]) -> str:
    rows = "".join(f"    {_cpp_pin(pin)},  // {pin['seed']}\n" for pin in pins)
    return f"constexpr Pin k{name}[] = {{\n{rows}}};\n\n"


def panel_h(schema: dict[str, Any], header: str) -> str:
    """C++: enums of knobs, CVs, gates and lights, their pins and ranges."""
    panel = schema["panel"]
    parts = [
        header,
        "#pragma once\n\nnamespace tombola {\n\n",
        "// A port letter and number; adc is the ADC1 channel or -1; active_low: the\n"
        "// pin is low while the gate is high or the button is down.\n"
        "struct Pin {\n  char port;\n  int number;\n  int adc;\n"
        "  bool active_low;\n};\n\n",
        "// Volts at ADC word 0 and at word 65535 of an ideal front end.\n"
        "struct CvRange {\n  float volts_at_zero;\n  float volts_at_full;\n};\n\n",
        _cpp_enum("Knob", schema["knob"]),
        _cpp_enum("Cv", schema["cv"]),
        _cpp_enum("Gate", schema["gate"]),
        "constexpr int kLightCount = " + str(len(schema["light"])) + ";\n\n",
        "constexpr float kPitchAtZeroVolts = "
        f"{panel['pitch_at_zero_volts']!r}f;  // MIDI note\n",
        f"constexpr float kPitchKnobRange = {schema['knob'][0]['range'][1]!r}f;"
        "  // semitones either way\n\n",
        "constexpr CvRange kCvRanges[] = {\n",
        *(
            f"    {{{e['volts_at_word'][0]!r}f, {e['volts_at_word'][1]!r}f}},"
            f"  // {e['name']}\n"
            for e in schema["cv"]
        ),
        "};\n\n",
        _cpp_pins("CvPins", [e["pin"] for e in schema["cv"]]),
        _cpp_pins("KnobPin", [schema["multiplexer"]["pin"]]),
        _cpp_pins("KnobSelectPins", schema["multiplexer"]["select"]),
        _cpp_pins("GatePins", [_pin(e) for e in schema["gate"]]),
        _cpp_pins("ButtonPins", [_pin(e) for e in schema["button"]]),
        _cpp_pins("LightPins", [e["pin"] for e in schema["light"]]),
        _cpp_pins("CvOutPin", [e["pin"] for e in schema["out"] if e["kind"] == "dac"]),
        _cpp_pins(
            "GateOutPin", [e["pin"] for e in schema["out"] if e["kind"] == "gate"]
        ),
        "}  // namespace tombola\n",
    ]
    return "".join(parts)


PANEL_CLASSES = '''"""The panel: knobs, jacks, button and lights."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pin:
    """A pin of the Daisy Seed: its header name, STM32 port, and ADC1 channel or -1."""

    seed: str
    port: str
    adc: int = -1


@dataclass(frozen=True)
class Part:
    """One thing on the panel: name, centre in mm from the top left, what it does."""

    name: str
    position: tuple[float, float]
    does: str = ""
    pin: Pin | None = None
    range: tuple[float, float] = (0.0, 1.0)
    unit: str = ""
    active_low: bool = False
    volts_at_word: tuple[float, float] = (0.0, 0.0)
    direction: str = "in"
    kind: str = ""


'''


def _py_value(value: Any) -> str:
    if isinstance(value, dict):
        return "Pin(" + ", ".join(f"{k}={_py_value(v)}" for k, v in value.items()) + ")"
    if isinstance(value, list):
        return "(" + ", ".join(_py_value(v) for v in value) + ",)"
    return repr(value)


def _py_parts(name: str, entries: list[dict[str, Any]]) -> str:
    rows = "".join(
        "    Part("
        + ", ".join(f"{k}={_py_value(v)}" for k, v in entry.items())
        + "),\n"
        for entry in entries
    )
    return f"{name}: tuple[Part, ...] = (\n{rows})\n"


def panel_py(schema: dict[str, Any], header: str) -> str:
    """Python: the same panel as tuples of parts."""
    mux = schema["multiplexer"]
    parts = [
        header,
        PANEL_CLASSES,
        *(f"{k.upper()} = {v!r}\n" for k, v in schema["panel"].items()),
        f"KNOB_PIN = {_py_value(mux['pin'])}\n",
        f"KNOB_SELECT_PINS: tuple[Pin, ...] = {_py_value(mux['select'])}\n",
    ]
    groups = ["knob", "cv", "gate", "audio", "out", "button", "light"]
    parts += [_py_parts(f"{group.upper()}S", schema[group]) for group in groups]
    return "".join(parts)


def generated() -> dict[Path, str]:
    """Return every generated file's path and content."""
    files = {}
    for stem, cpp, python in (
        ("sound", sound_h, sound_py),
        ("panel", panel_h, panel_py),
    ):
        source = SCHEMA / f"{stem}.toml"
        schema = tomllib.loads(source.read_text(encoding="utf-8"))
        files[ROOT / f"firmware/generated/{stem}.h"] = cpp(
            schema, _header(source, "//")
        )
        files[ROOT / f"tombola/generated/{stem}.py"] = python(
            schema, _header(source, "#")
        )
    package = ROOT / "tombola/generated/__init__.py"
    files[package] = (
        '"""Constants made from firmware/schema; see generate.py there."""\n'
    )
    return files


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
