"""hardware/frontend.toml as constants for Python; the firmware knows only its ends."""

from typing import Any

CLASSES = '''"""What the simulated circuit does between the jacks and the chip."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CvInput:
    """A CV jack's way to the ADC.

    volts_at_word: at the jack, for the first and last word. range_v: where it is
    straight. zero_sd_v, gain_sd: the spread over modules of the volts in the middle of
    the ADC's scale, and of the gain as a share of itself. drift_v: rms, what 20 K add.
    noise_v: rms, at the jack.
    """

    name: str
    volts_at_word: tuple[float, float]
    range_v: tuple[float, float]
    zero_sd_v: float
    gain_sd: float
    drift_v: float
    noise_v: float
    bandwidth_hz: float


@dataclass(frozen=True)
class GateInput:
    """The volts at which a gate jack is high again, and low again."""

    name: str
    rises_v: float
    falls_v: float


@dataclass(frozen=True)
class CvOutput:
    """The way from the DAC to the jack CV: as CvInput, for the DAC's words."""

    volts_at_word: tuple[float, float]
    zero_sd_v: float
    gain_sd: float


'''


def _row(kind: str, row: dict[str, Any]) -> str:
    fields = (
        f"{key}={tuple(value) if isinstance(value, list) else value!r}"
        for key, value in row.items()
    )
    return f"{kind}({', '.join(fields)})"


def _rows(name: str, kind: str, rows: list[dict[str, Any]]) -> str:
    lines = "".join(f"    {_row(kind, row)},\n" for row in rows)
    return f"{name}: tuple[{kind}, ...] = (\n{lines})\n"


def python(table: dict[str, Any], header: str) -> str:
    """Python: the CV jacks, the gates and CV out as simulated."""
    return "".join(
        [
            header,
            CLASSES,
            _rows("CV_INPUTS", "CvInput", table["cv"]),
            _rows("GATE_INPUTS", "GateInput", table["gate"]),
            f"CV_OUTPUT = {_row('CvOutput', table['cv_out'])}\n",
        ]
    )
