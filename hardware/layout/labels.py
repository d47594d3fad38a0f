"""What is printed on the board beside references: names, polarities, whose it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hardware.circuit.panel import Control, Panel
from hardware.layout.footprints import Place
from hardware.layout.items import Drawing, Point

Box = tuple[float, float, float, float]  # left, top, right, bottom

# Printers hold 0.8 mm letters with lines of 0.13 mm.
SMALL, WEIGHT = 0.8, 0.16
# KiCad's letters, as shares of their height: how far the next one is, and how far they
# reach above and below their middle.
ADVANCE, RISE, DROP = 0.92, 0.63, 0.54
JACKS = {"cv", "gate", "audio", "dac"}


def text_box(words: str, centre: Point, height: float, angle: float) -> Box:
    """Return the room that a text takes; angle: 0 or 90."""
    long = (len(words) * ADVANCE + WEIGHT) * height / 2
    rise, drop = RISE * height, DROP * height
    x, y = centre
    if angle % 180 == 0:
        return x - long, y - rise, x + long, y + drop
    return x - rise, y - long, x + rise, y + long


@dataclass(frozen=True)
class Label:
    """A text at a place: side F or B, height in mm, angle 0 or 90."""

    words: str
    centre: Point
    side: str
    height: float = 1.0
    angle: float = 0.0


BENCH_PINS = ("3V3", "SWDIO", "SWCLK", "SWO", "NRST", "TX", "RX", "GND")
# From the upper edge down.
TEST_POINTS = ("V/OCT", "+12V", "-12V", "+5V", "+3V3A", "-3V3REF", "GND")
ABOUT = (
    Label("TOMBOLA", (49.0, 38.0), "B", 1.6),
    Label("rev A", (49.0, 40.6), "B", 1.2),
    Label("CERN-OHL-P-2.0", (49.0, 43.0), "B", 0.9),
    Label("DAISY SEED", (49.0, 18.6), "B", 1.2),
    Label("USB at this end", (49.0, 14.0), "B", 0.8),
    Label("TOMBOLA rev A", (18.0, 11.6), "F", 1.5),
    Label("CERN-OHL-P-2.0", (62.0, 11.2), "F", 1.2),
)
# In the bus header's shroud.
POLARITY = (
    Label("STRIPE", (4.1, 15.87), "B", 0.8, 90),
    Label("-12V", (5.35, 15.87), "B", 1.0, 90),
    Label("+12V", (19.4, 15.87), "B", 1.0, 90),
)


def labels(panel: Panel, test_points: Sequence[Point], bench: Place) -> Iterator[Label]:
    """Yield the texts that have a place of their own."""
    yield from ABOUT
    yield from POLARITY
    for words, (x, y) in zip(TEST_POINTS, test_points, strict=True):
        away = 1.8 + len(words) * ADVANCE / 2
        yield Label(words, (x + (away if x < 10.0 else -away), y), "B")
    for i, words in enumerate(BENCH_PINS):
        x, y = bench.at((0.0, 2.54 * i))
        yield Label(words, (x - 1.7 - len(words) * ADVANCE * 0.4, y), "B", SMALL)
    for control in panel.controls:
        yield from _control_labels(control)


def _control_labels(control: Control) -> Iterator[Label]:
    """Yield a control's name: below it in front, between a jack's pins behind.

    A plus stands at a light's anode.
    """
    x, y = control.position
    if control.kind in JACKS:
        words = control.name + (" OUT" if control.direction == "out" else "")
        yield Label(words, (x, y + 7.4), "F", 1.2)
        yield Label(words, (x, y + 0.75), "B", SMALL if len(words) > 6 else 1.0, 90)
    elif control.kind == "knob":
        yield Label(control.name, (x, y + 10.2), "F", 1.2)
    elif control.kind == "button":
        yield Label(control.name, (x, y + 5.6), "F", 1.2)
    elif control.kind == "light":
        yield Label(control.name, (x, y + 3.4), "F", 1.0)
        for side in "FB":
            yield Label("+", (x + 2.9, y), side, 1.0)


def draw_label(drawing: Drawing, label: Label) -> None:
    """Print a text that has a place of its own."""
    layer = f"{label.side}.SilkS"
    drawing.text(
        label.words, label.centre, layer, label.height, label.angle, weight=WEIGHT
    )
