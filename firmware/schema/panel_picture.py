"""panel.toml as the picture of the front panel in docs/play."""

import math
from typing import Any

BLACK, WHITE, GOLD, CAP, RED = "#17181c", "#f4f1e8", "#c9a24b", "#2c2e35", "#d9532c"
SCALE = 8  # pixels a millimetre
TEXT = 2.3  # mm
# Half of a pot's turn, in degrees from the top.
TURN = 150

Part = dict[str, Any]


def svg(schema: Part, comment: str) -> str:
    """Return the panel as SVG; lengths in mm, from the top left as in panel.toml."""
    panel = schema["panel"]
    width, height = panel["width_mm"], panel["height_mm"]
    shapes = [
        _rectangle(0, 0, width, height, BLACK, 1.2),
        _text(width / 2, 12, "TOMBOLA", 6, weight=700, spacing=2.2),
        *(shape for knob in schema["knob"] for shape in _knob(knob)),
        *(shape for light in schema["light"] for shape in _light(light)),
        *(shape for button in schema["button"] for shape in _button(button)),
        *(shape for group in ("cv", "gate") for j in schema[group] for shape in _in(j)),
        *(shape for jack in schema["audio"] for shape in _jack(jack)),
        *(shape for jack in schema["out"] for shape in _out(jack)),
    ]
    size = f'width="{width * SCALE:g}" height="{height * SCALE:g}"'
    return (
        f"<!--\n{comment}-->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
        f'viewBox="0 0 {width:g} {height:g}" font-family="Helvetica, Arial, '
        'sans-serif" text-anchor="middle">\n'
        "<title>The front panel of Tombola</title>\n" + "\n".join(shapes) + "\n</svg>\n"
    )


def _rectangle(
    x: float, y: float, width: float, height: float, fill: str, round_: float
) -> str:
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
        f'rx="{round_:g}" fill="{fill}"/>'
    )


def _circle(
    x: float, y: float, radius: float, fill: str, line: str = "none", wide: float = 0
) -> str:
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" '
        f'stroke="{line}" stroke-width="{wide:g}"/>'
    )


def _text(
    x: float,
    y: float,
    words: str,
    size: float = TEXT,
    fill: str = WHITE,
    weight: int = 400,
    spacing: float = 0.15,
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" '
        f'font-weight="{weight}" letter-spacing="{spacing:g}">{words}</text>'
    )


def _line(
    x: float, y: float, degrees: float, near: float, far: float, colour: str
) -> str:
    """A stroke from a centre outwards, degrees clockwise from the top."""
    across, up = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    ends = [(x + across * r, y - up * r) for r in (near, far)]
    (x1, y1), (x2, y2) = ends
    return (
        f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" '
        f'stroke="{colour}" stroke-width="0.35"/>'
    )


def _knob(part: Part) -> list[str]:
    x, y = part["position"]
    marks = range(-TURN, TURN + 1, TURN // 5)
    return [
        *(_line(x, y, mark, 6.4, 7.3, GOLD) for mark in marks),
        _circle(x, y, 5.6, CAP, WHITE, 0.3),
        _line(x, y, 0, 2.2, 5.3, WHITE),
        _text(x, y + 10.4, part["name"]),
    ]


def _light(part: Part) -> list[str]:
    x, y = part["position"]
    return [
        _circle(x, y, 1.5, RED, WHITE, 0.2),
        _text(x, y - 2.6, part["name"], 2.0),
    ]


def _button(part: Part) -> list[str]:
    x, y = part["position"]
    return [
        _circle(x, y, 3.2, CAP, WHITE, 0.4),
        _text(x, y + 6.4, part["name"]),
    ]


def _socket(x: float, y: float) -> list[str]:
    return [_circle(x, y, 4.0, BLACK, GOLD, 1.3), _circle(x, y, 1.8, "#000000")]


def _in(part: Part) -> list[str]:
    x, y = part["position"]
    return [*_socket(x, y), _text(x, y - 6.0, part["name"])]


def _out(part: Part) -> list[str]:
    """An output's name is dark on white."""
    x, y = part["position"]
    width = 1.75 * len(part["name"]) + 2.0
    box = _rectangle(x - width / 2, y - 8.1, width, 3.0, WHITE, 0.5)
    return [*_socket(x, y), box, _text(x, y - 5.8, part["name"], fill=BLACK)]


def _jack(part: Part) -> list[str]:
    return _out(part) if part["direction"] == "out" else _in(part)
