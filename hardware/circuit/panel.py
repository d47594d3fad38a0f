"""The panel as firmware/schema/panel.toml describes it, for the hardware."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PANEL = Path(__file__).resolve().parents[2] / "firmware/schema/panel.toml"


@dataclass(frozen=True)
class Pin:
    """A pin of the Daisy Seed: its header name and the port behind it."""

    seed: str
    port: str


@dataclass(frozen=True)
class Control:
    """A knob, jack, button or light.

    position: its centre, mm from the panel's top left corner. range and volts_at_word:
    of a CV jack, volts (what the player may patch; what the ADC's first and last word
    stand for).
    """

    kind: str
    name: str
    position: tuple[float, float]
    pin: Pin | None
    range: tuple[float, float]
    volts_at_word: tuple[float, float]
    direction: str
    does: str

    def __str__(self) -> str:
        is_jack = self.kind in {"cv", "gate", "audio", "dac"}
        return f"{'jack' if is_jack else self.kind} {self.name}"

    @property
    def net(self) -> str:
        """The name as it stands in nets: V/OCT is V_OCT."""
        return re.sub(r"\W", "_", self.name)


@dataclass(frozen=True)
class Panel:
    """All controls, and what the knobs share."""

    size: tuple[float, float]
    hp: int
    gate_threshold: float
    gate_hysteresis: float
    knobs_pin: Pin
    select: tuple[Pin, ...]
    controls: tuple[Control, ...]

    def of(self, kind: str) -> tuple[Control, ...]:
        """Return the controls of one kind, such as knob, cv, gate or light."""
        return tuple(control for control in self.controls if control.kind == kind)


KINDS = ("knob", "cv", "gate", "audio", "out", "button", "light")


def _pin(row: dict[str, Any]) -> Pin:
    return Pin(row["seed"], row["port"])


def _control(kind: str, row: dict[str, Any]) -> Control:
    direction = "out" if kind in {"out", "light"} else row.get("direction", "in")
    return Control(
        kind=row.get("kind", kind) if kind == "out" else kind,
        name=row["name"],
        position=(row["position"][0], row["position"][1]),
        pin=_pin(row["pin"]) if "pin" in row else None,
        range=tuple(row.get("range", (0.0, 1.0))),
        volts_at_word=tuple(row.get("volts_at_word", (0.0, 0.0))),
        direction=direction,
        does=row.get("does", ""),
    )


def read_panel(path: Path = PANEL) -> Panel:
    """Read the panel from its TOML."""
    schema = tomllib.loads(path.read_text(encoding="utf-8"))
    panel = schema["panel"]
    controls = [_control(kind, row) for kind in KINDS for row in schema[kind]]
    return Panel(
        size=(panel["width_mm"], panel["height_mm"]),
        hp=panel["hp"],
        gate_threshold=panel["gate_threshold_v"],
        gate_hysteresis=panel["gate_hysteresis_v"],
        knobs_pin=_pin(schema["multiplexer"]["pin"]),
        select=tuple(_pin(row) for row in schema["multiplexer"]["select"]),
        controls=tuple(controls),
    )
