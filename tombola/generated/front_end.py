# Generated from hardware/frontend.toml (1a5d2a1785829ec0) by:
#   python firmware/schema/generate.py
"""What the simulated circuit does between the jacks and the chip."""

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


CV_INPUTS: tuple[CvInput, ...] = (
    CvInput(name='V/OCT', volts_at_word=(7.285, -3.158), range_v=(-3.12, 7.26), zero_sd_v=0.01202, gain_sd=0.0004753, drift_v=0.002735, noise_v=2.468e-05, bandwidth_hz=1070.0),
    CvInput(name='X', volts_at_word=(5.205, -5.238), range_v=(-5.18, 5.18), zero_sd_v=0.02822, gain_sd=0.004707, drift_v=0.006793, noise_v=2.372e-05, bandwidth_hz=1070.0),
    CvInput(name='Y', volts_at_word=(5.205, -5.238), range_v=(-5.18, 5.18), zero_sd_v=0.02659, gain_sd=0.004485, drift_v=0.007033, noise_v=2.372e-05, bandwidth_hz=1070.0),
    CvInput(name='COLOR', volts_at_word=(5.205, -5.238), range_v=(-5.18, 5.18), zero_sd_v=0.02578, gain_sd=0.00462, drift_v=0.007681, noise_v=2.372e-05, bandwidth_hz=1070.0),
    CvInput(name='LEVEL', volts_at_word=(5.205, -5.238), range_v=(-5.18, 5.18), zero_sd_v=0.02667, gain_sd=0.004866, drift_v=0.006848, noise_v=2.372e-05, bandwidth_hz=1070.0),
    CvInput(name='TICKET', volts_at_word=(5.205, -5.238), range_v=(-5.18, 5.18), zero_sd_v=0.02547, gain_sd=0.004543, drift_v=0.006964, noise_v=2.372e-05, bandwidth_hz=1070.0),
)
GATE_INPUTS: tuple[GateInput, ...] = (
    GateInput(name='GATE', rises_v=1.725, falls_v=1.315),
    GateInput(name='DRAW', rises_v=1.725, falls_v=1.315),
)
CV_OUTPUT = CvOutput(volts_at_word=(-4.98, 4.974), zero_sd_v=0.004101, gain_sd=0.0002966)
