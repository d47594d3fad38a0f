"""One look at a module's panel, as a table for people."""

from rich.table import Table
from rich.text import Text

from tombola.generated import panel
from tombola.generated.protocol import StatusAnswer
from tombola.module.words import slot

BAR = 16  # characters
QUIET_DB = -60.0  # at which a level's bar is empty


def bar(share: float) -> str:
    """Return a bar that is full at 1."""
    filled = round(BAR * min(max(share, 0.0), 1.0))
    return "█" * filled + "░" * (BAR - filled)


def view(status: StatusAnswer) -> Table:
    """Return knobs, jacks, levels, lights and load."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for part, position in zip(panel.KNOBS, status.knobs, strict=True):
        table.add_row("knob", part.name, bar(position), f"{position:.0%}")
    jacks = zip(panel.CVS, status.cv_volts, status.cv_words, strict=True)
    for part, volts, word in jacks:
        low, high = part.range
        share = (volts - low) / (high - low)
        table.add_row("CV", part.name, bar(share), f"{_volts(volts)}  ({word})")
    gates = (*panel.GATES, *panel.BUTTONS)
    for bit, part in enumerate(gates):
        table.add_row("gate" if part in panel.GATES else "button", part.name,
                      *_lamp(bool(status.gates >> bit & 1)))  # fmt: skip
    low, high = panel.OUTS[0].range
    volts = status.cv_out_volts
    table.add_row("out", "CV", bar((volts - low) / (high - low)), _volts(volts))
    table.add_row("out", "GATE", *_lamp(bool(status.gate_out)))
    for name, level in (("IN", status.input_db), ("L, R", status.output_db)):
        table.add_row("level", name, bar(1 - level / QUIET_DB), f"{level:.1f} dBFS")
    count = len(panel.LIGHTS)
    lights = "".join("●" if status.lights >> i & 1 else "○" for i in range(count))
    table.add_row("lights", "", lights, slot(status.slot))
    table.add_row("load", "", bar(status.load), f"{status.load:.0%}")
    return table


def _volts(volts: float) -> str:
    return f"{round(volts, 3) + 0.0:+.3f} V"  # + 0.0: -0.0004 is +0.000


def _lamp(on: bool) -> tuple[Text, str]:
    return Text("●" if on else "○"), "high" if on else "low"
