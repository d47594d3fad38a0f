"""The analogue parts between the jacks and the chip, exact or as parts come.

The circuit's transfer functions and its parts' spread are simulated
(hardware/frontend.toml). What the chip and the Seed add, from their data sheets:

- the Seed's 3.3 V is the ADC's and the DAC's scale. Offsets are made from it, so that
  0 V at a jack keeps its word and only the gain follows;
- the converters' offset, and their integral non-linearity: a curve that is zero at both
  ends of the scale, which no straight line takes out;
- noise of the ADC and at the jacks, white over a block's mean of 16 readings.
"""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tombola.generated.front_end import CV_INPUTS, CV_OUTPUT, GATE_INPUTS

ADC_MAX, DAC_MAX = 65535, 4095
# Of the Seed's 3.3 V: 2 %, its regulator's class (docs/build, what a bench must check).
REFERENCE = 0.02
# DS12556, "ADC accuracy" and "DAC accuracy", single-ended: offset and integral
# non-linearity, at most, in words of 16 and 12 bits; signal to noise 75 dB, which is
# 4 words rms, and 16 readings make one.
ADC_OFFSET, ADC_LINEARITY = 10.0, 14.0
DAC_OFFSET, DAC_LINEARITY = 8.0, 4.0
ADC_NOISE = 4.0 / 16**0.5
WAVES = 5  # half waves of sine that a curve of non-linearity is made of

Curve = NDArray[np.float64]


class FrontEnd:
    """One board. Volts are those at the jacks; an unplugged jack has 0 V.

    Use `exact` or `drawn`.
    """

    def __init__(self, rng: np.random.Generator | None) -> None:
        draw = _Draw(rng)
        self._noise = np.random.default_rng(rng.integers(1 << 32)) if rng else None
        self._ends = np.array([cv.volts_at_word for cv in CV_INPUTS])
        span = self._ends[:, 1] - self._ends[:, 0]
        zero = draw.normal([cv.zero_sd_v for cv in CV_INPUTS])
        gain = 1.0 + draw.normal([cv.gain_sd for cv in CV_INPUTS])
        reference = 1.0 + draw.at_most(REFERENCE)
        # The share of the ADC's scale at 0 V, and what a volt adds to it.
        middle = self._ends.mean(axis=1) + zero
        self._share = 0.5 - middle * gain / span
        self._slope = gain / span / reference
        self._limits = self._amplifier_limits(span)
        self._adc_offset = draw.at_most(ADC_OFFSET)
        self._adc_curve = draw.curve(ADC_LINEARITY)
        low, high = CV_OUTPUT.volts_at_word
        self._out_span = (high - low) * (1.0 + draw.normal([CV_OUTPUT.gain_sd])[0])
        self._out_middle = (low + high) / 2 + draw.normal([CV_OUTPUT.zero_sd_v])[0]
        self._out_scale = reference
        self._dac_offset = draw.at_most(DAC_OFFSET)
        self._dac_curve = draw.curve(DAC_LINEARITY)

    @classmethod
    def exact(cls) -> Self:
        """Return a board of exact parts, without noise."""
        return cls(None)

    @classmethod
    def drawn(cls, seed: int) -> Self:
        """Return the board with this number; it and its noise repeat."""
        return cls(np.random.default_rng(seed))

    def cv_words(self, volts: ArrayLike) -> NDArray[np.uint16]:
        """Return the ADC's words, uint16 [..., 6], for volts at the jacks [..., 6]."""
        at_jack = np.asarray(volts, np.float64)
        if self._noise is not None:
            rms = [cv.noise_v for cv in CV_INPUTS]
            at_jack = at_jack + rms * self._noise.standard_normal(at_jack.shape)
        share = np.clip(self._share + self._slope * at_jack, *self._limits)
        words = ADC_MAX * share + self._adc_offset + _bend(share, self._adc_curve)
        if self._noise is not None:
            words = words + ADC_NOISE * self._noise.standard_normal(words.shape)
        return np.asarray(np.rint(np.clip(words, 0, ADC_MAX)), np.uint16)

    def cv_out_volts(self, word: int) -> float:
        """Return the volts at the jack CV for the DAC's word, 0..4095."""
        bent = word + self._dac_offset + _bend(word / DAC_MAX, self._dac_curve)
        share = np.clip(bent / DAC_MAX, 0.0, 1.0)
        volts = self._out_middle + self._out_span * (share - 0.5)
        return float(volts * self._out_scale)

    def gates(self, volts: ArrayLike, were: int) -> int:
        """Return the gates that are high, bit i gate i, for the volts at their jacks.

        were: those that were high before, because the inputs have hysteresis.
        """
        high = 0
        for bit, (gate, level) in enumerate(
            zip(GATE_INPUTS, np.ravel(volts), strict=True)
        ):
            threshold = gate.falls_v if were >> bit & 1 else gate.rises_v
            high |= int(level > threshold) << bit
        return high

    def _amplifier_limits(self, span: Curve) -> tuple[Curve, Curve]:
        """Shares of the scale at which the amplifiers end: highest and lowest volts."""
        reach = np.array([cv.range_v for cv in CV_INPUTS])
        shares = (reach - self._ends[:, :1]) / span[:, None]
        return shares.min(axis=1), shares.max(axis=1)


class _Draw:
    """Deviations of parts, all zero without a generator.

    What lies beyond three standard deviations was sorted out.
    """

    def __init__(self, rng: np.random.Generator | None) -> None:
        self._rng = rng

    def normal(self, sd: ArrayLike) -> Curve:
        sds = np.asarray(sd, np.float64)
        if self._rng is None:
            return np.zeros_like(sds)
        return sds * np.clip(self._rng.standard_normal(sds.shape), -3.0, 3.0)

    def at_most(self, limit: float) -> float:
        return float(self.normal(limit / 3))

    def curve(self, limit: float) -> Curve:
        """Amplitudes of half waves whose sum reaches somewhere up to `limit`."""
        if self._rng is None:
            return np.zeros(WAVES)
        waves = self._rng.standard_normal(WAVES)
        peak = np.abs(_bend(np.linspace(0.0, 1.0, 1001), waves)).max()
        return np.asarray(waves / peak * limit * self._rng.uniform(0.3, 1.0))


def _bend(share: ArrayLike, curve: Curve) -> Curve:
    """Words that the non-linearity adds at a share of the scale, [...]."""
    phase = np.pi * np.asarray(share, np.float64)[..., None]
    return np.asarray(np.sin(phase * np.arange(1, WAVES + 1)) @ curve)
