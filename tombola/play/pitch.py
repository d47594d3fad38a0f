"""The pitch of a steady harmonic tone, to a fraction of a cent.

A first estimate comes from the difference function of YIN (de Cheveigne and Kawahara
2002, eqs. 6 and 8), which needs no fundamental in the sound. It is refined by the
phases of the partials: each is demodulated by its nominal frequency, and what its phase
still turns by, over longer and longer times, corrects the fundamental.
"""

import numpy as np
from numpy.typing import NDArray

from tombola.generated.sound import SAMPLE_RATE

PERIODS_MIN = 6  # periods that an estimate needs
PERIODS_IN_WINDOW = 4  # a Hann window of so many has its zeros on the other partials
HOPS_A_PERIOD = 2
PARTIALS_MAX = 40
PARTIAL_HERTZ_MAX = 20000.0
PARTIAL_FLOOR = 1e-3  # amplitude of the weakest partial used, to the strongest's
OCTAVE_POWER = 1e-3  # -30 dB: weaker partials in between make it the octave
LAGS_A_SAMPLE = 4
EXPECTED_MARGIN = 0.15  # YIN's difference may be higher by this at the expected pitch
APERIODIC = 0.5  # YIN's difference above which a sound has no pitch

Samples = NDArray[np.float64]


def fundamental(samples: Samples, expected: float) -> float | None:
    """Return the fundamental of a steady tone in Hz, or None if it has no pitch.

    samples: float [samples] at 48 kHz. expected: Hz, decides between estimates that fit
    the sound equally well; the result may lie anywhere from a third to eight times it.
    """
    longest = int(3.2 * SAMPLE_RATE / expected)
    longest = min(longest, len(samples) // 2)
    if longest < 2 * SAMPLE_RATE / expected or len(samples) < (
        PERIODS_MIN * SAMPLE_RATE / expected
    ):
        return None
    coarse = _coarse(samples, expected, longest)
    if coarse is None:
        return None
    hertz = _refine(samples, coarse)
    return _octave_of(samples, hertz)


def cents(hertz: float, reference: float) -> float:
    """Return the interval from `reference` to `hertz` in cents."""
    return float(1200.0 * np.log2(hertz / reference))


def _difference(samples: Samples, longest: int) -> Samples:
    """Return YIN's cumulative mean normalised difference for lags of quarter samples.

    Up to `longest` samples. Between samples the correlation is interpolated by a longer
    inverse FFT: at 4 kHz a period is only twelve samples.
    """
    count = len(samples) - longest
    size = 1 << (len(samples) + count - 1).bit_length()
    head = np.fft.rfft(samples[:count], size)
    cross = np.conj(head) * np.fft.rfft(samples, size)
    lags = np.arange(LAGS_A_SAMPLE * longest + 1)
    product = LAGS_A_SAMPLE * np.fft.irfft(cross, LAGS_A_SAMPLE * size)[lags]
    power = np.concatenate([[0.0], np.cumsum(samples**2)])
    energy = power[count:] - power[: len(power) - count]
    energy = np.interp(lags / LAGS_A_SAMPLE, np.arange(len(energy)), energy)
    difference = energy[0] + energy - 2.0 * product
    mean = np.cumsum(difference[1:]) / lags[1:]
    return np.concatenate([[1.0], difference[1:] / np.maximum(mean, 1e-30)])


def _coarse(samples: Samples, expected: float, longest: int) -> float | None:
    """Return a fundamental to a few per cent; the expected one where it fits."""
    difference = _difference(samples, longest)
    period = LAGS_A_SAMPLE * SAMPLE_RATE / expected
    shortest = max(2 * LAGS_A_SAMPLE, int(period / 8))
    best = float(difference[shortest:].min())
    if best > APERIODIC:
        return None
    near = range(int(period * 0.94), int(np.ceil(period * 1.06)) + 1)
    lag = min(near, key=lambda place: difference[place])
    if difference[lag] > best + EXPECTED_MARGIN:
        dips = np.flatnonzero(difference[shortest:] <= best + 0.02) + shortest
        lag = int(dips[0])
        while lag < len(difference) - 1 and difference[lag + 1] < difference[lag]:
            lag += 1
    return LAGS_A_SAMPLE * SAMPLE_RATE / _vertex(difference, lag)


def _vertex(curve: Samples, place: int) -> float:
    """Return where the parabola through three points around `place` is lowest."""
    if not 0 < place < len(curve) - 1:
        return float(place)
    before, here, after = curve[place - 1 : place + 2]
    bend = before - 2 * here + after
    shift = 0.0 if bend <= 0 else 0.5 * (before - after) / bend
    return place + float(np.clip(shift, -1, 1))


def _partials(samples: Samples, hertz: float) -> tuple[NDArray[np.complex128], int]:
    """Demodulate every partial; return values [partials, places] and the hop.

    The window is some whole periods, so that a partial's neighbours fall on its zeros.
    """
    period = SAMPLE_RATE / hertz
    size = round(PERIODS_IN_WINDOW * period)
    hop = max(1, round(period / HOPS_A_PERIOD))
    count = max(1, min(PARTIALS_MAX, int(PARTIAL_HERTZ_MAX / hertz)))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(size) + 0.5) / size)
    starts = np.arange(0, len(samples) - size + 1, hop)
    places = starts[:, None] + np.arange(size)
    framed = samples[places] * window
    turn = -2j * np.pi * hertz / SAMPLE_RATE
    carrier = np.exp(turn * np.arange(size))
    within = np.cumprod(np.broadcast_to(carrier, (count, size)), axis=0)
    values = np.einsum("ks,ps->kp", within, framed)  # small: BLAS threads cost more
    values *= np.exp(turn * np.outer(np.arange(1, count + 1), starts))
    return values, hop


def _refine(samples: Samples, hertz: float) -> float:
    """Correct `hertz` by the partials' phases over ever longer times."""
    lag = 1
    while True:
        values, hop = _partials(samples, hertz)
        places = values.shape[1]
        if lag >= places:
            return hertz
        # Only partials whose phase cannot have turned by more than half a turn yet.
        count = len(values) if lag > 1 else min(len(values), 6)
        hertz += _correction(values[:count], lag, hop)
        if 3 * lag > 2 * places:
            return hertz
        lag = min(2 * lag, max(lag + 1, 2 * places // 3))


def _correction(values: NDArray[np.complex128], lag: int, hop: int) -> float:
    """Return how many Hz the fundamental is above the one demodulated with.

    Each partial's phase advance over `lag` hops, weighted by the inverse of the
    variance that its own coherence tells.
    """
    numbers = np.arange(1, len(values) + 1)
    before, after = values[:, :-lag], values[:, lag:]
    advance = (after * np.conj(before)).sum(axis=1)
    power = np.sqrt(
        (np.abs(before) ** 2).sum(axis=1) * (np.abs(after) ** 2).sum(axis=1)
    )
    coherence = np.abs(advance) / np.maximum(power, 1e-30)
    strong = power >= PARTIAL_FLOOR**2 * power.max()
    weights = strong * numbers**2 * coherence**2 / (1.0001 - coherence**2)
    seconds = lag * hop / SAMPLE_RATE
    hertz = np.angle(advance) / (2 * np.pi * seconds) / numbers
    return float((weights * hertz).sum() / np.maximum(weights.sum(), 1e-30))


def _octave_of(samples: Samples, hertz: float) -> float:
    """Return `hertz`, or a multiple of it if only its multiples are in the sound."""
    values, _ = _partials(samples, hertz)
    power = (np.abs(values) ** 2).sum(axis=1)
    for multiple in (3, 2):
        between = np.arange(1, len(power) + 1) % multiple != 0
        if len(power) >= 2 * multiple and (
            power[between].sum() < OCTAVE_POWER * power.sum()
        ):
            return _refine(samples, hertz * multiple)
    return hertz
