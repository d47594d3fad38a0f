"""panel.toml as enums and tables for C++ and Python."""

from typing import Any

from schema_text import camel


def _cpp_pin(entry: dict[str, Any]) -> str:
    port = entry["port"]
    active_low = "true" if entry.get("active_low") else "false"
    return f"{{'{port[1]}', {int(port[2:])}, {entry.get('adc', -1)}, {active_low}}}"


def _pin(entry: dict[str, Any]) -> dict[str, Any]:
    """A part's pin, which is low while the part is on where the part says so."""
    return {**entry["pin"], "active_low": entry.get("active_low", False)}


def _cpp_enum(kind: str, entries: list[dict[str, Any]]) -> str:
    names = "".join(f"  k{kind}{camel(e['name'])},\n" for e in entries)
    return f"enum {kind} : int {{\n{names}  k{kind}Count,\n}};\n\n"


def _cpp_pins(name: str, pins: list[dict[str, Any]]) -> str:
    rows = "".join(f"    {_cpp_pin(pin)},  // {pin['seed']}\n" for pin in pins)
    return f"constexpr Pin k{name}[] = {{\n{rows}}};\n\n"


def cpp(schema: dict[str, Any], header: str) -> str:
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


def python(schema: dict[str, Any], header: str) -> str:
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
