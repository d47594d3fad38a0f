"""What the network hears of a sound: pitch, loudness and timbre at 250 Hz."""

import tempfile
from dataclasses import dataclass
from functools import cache
from getpass import getuser
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from scipy.sparse import csr_array

from tombola.generated.sound import FRAME, SAMPLE_RATE
from tombola.training.corpus.corpus import (
    TIMBRE_BANDS,
    TIMBRE_HIGH,
    TIMBRE_LOW,
    Floats,
)

# Librosa compiles a part of itself when it is first loaded, into a cache that two
# processes can tear: whoever reads it then crashes (numba issue 10128). So they take
# turns; naming `yin` loads it, for librosa is lazy.
LOADING = FileLock(Path(tempfile.gettempdir()) / f"tombola-librosa-{getuser()}.lock")
with LOADING:
    import librosa

    librosa.yin  # noqa: B018

# Half of the longest window: what `listen` must see before and after its samples.
MARGIN = 2048
_LOWEST, _HIGHEST = 30.0, 4500.0  # Hz: the tone voice's range with a little to spare
_PITCH_WINDOW = 2 * MARGIN  # 85 ms: more than two periods of the lowest pitch
_PITCH_HOP = 4 * FRAME  # 62.5 Hz follows any vibrato; the frames between are filled in
# YIN's threshold. At the usual 0.1 a string whose fundamental is 20 dB below its octave
# is heard an octave up: 2 % of the default notes' frames.
_THRESHOLD = 0.05
_VOICED = 0.9  # correlation of a pitched window with itself one period later
_SMOOTHING = 3  # pitch frames: a slip in a single one is taken out
_SHORT_FROM = 150.0  # Hz: from here up half the window holds periods enough
# A pitch repeats as well as the best when its difference is at most this much more.
_AS_WELL, _AS_WELL_AT_LEAST = 4.0, 0.004
_SPECTRUM_WINDOW = 2048  # 43 ms
_MIDDLE_C = 60.0  # MIDI note
_SILENCE = 1e-10  # power that keeps the logarithms finite: -100 dB


@dataclass(frozen=True, eq=False)
class Features:
    """Of T frames; frame t is centred on sample 192 (t + 1).

    Attributes:
        pitch: [T] MIDI notes; NaN where no pitch is heard.
        loudness: [T] A-weighted RMS in dB; a full-scale sine at 1 kHz is at -3 dB.
        timbre: [T, 40] power in mel bands over 30 Hz..20 kHz, each in dB relative to
            their sum, so that level is left out; silence is flat at -16 dB.
    """

    pitch: Floats
    loudness: Floats
    timbre: Floats


def listen(audio: Floats) -> Features:
    """Hear `audio` [MARGIN + N + MARGIN] at 48 kHz as N // 192 frames."""
    frames = (len(audio) - 2 * MARGIN) // FRAME
    loudness, timbre = _spectral(audio, frames)
    return Features(_pitch(audio, frames), loudness, timbre)


def fill(pitch: Floats) -> Floats:
    """Interpolate [T] MIDI notes where they are NaN, and hold them at the ends.

    Where none is heard at all, it is middle C.
    """
    heard = np.flatnonzero(np.isfinite(pitch))
    if not len(heard):
        return np.full(len(pitch), _MIDDLE_C, np.float32)
    places = np.arange(len(pitch))
    return np.interp(places, heard, pitch[heard]).astype(np.float32)


def _spectral(audio: Floats, frames: int) -> tuple[Floats, Floats]:
    """Loudness [T] and timbre [T, 40] from one short-time spectrum."""
    inset = FRAME + MARGIN - _SPECTRUM_WINDOW // 2
    spectrum = librosa.stft(
        audio[inset:], n_fft=_SPECTRUM_WINDOW, hop_length=FRAME, center=False
    )
    spectrum = spectrum[:, :frames]
    power = spectrum.real**2 + spectrum.imag**2
    # Parseval: the mean square of a Hann-windowed frame is this share of the one-sided
    # power, the window's own mean square being 3/8.
    mean_square = 2.0 / (0.375 * _SPECTRUM_WINDOW**2)
    loudness = librosa.power_to_db(
        mean_square * np.einsum("k,kt->t", _a_weights(), power),
        amin=_SILENCE,
        top_db=None,
    )
    mel = mean_square * (_mel_filters() @ power) + _SILENCE
    timbre = 10.0 * np.log10(mel / mel.sum(axis=0))
    return loudness.astype(np.float32), timbre.T.astype(np.float32)


@cache
def _a_weights() -> Floats:
    """A-weighting (IEC 61672-1) of power, for each bin of the spectrum."""
    frequencies = librosa.fft_frequencies(sr=SAMPLE_RATE, n_fft=_SPECTRUM_WINDOW)
    weights = librosa.db_to_power(librosa.A_weighting(frequencies[1:], min_db=None))
    return np.concatenate([[0.0], weights]).astype(np.float32)


@cache
def _mel_filters() -> csr_array:
    """[40, bins], sparse: BLAS on small matrices is slow where cores are shared."""
    filters = librosa.filters.mel(
        sr=SAMPLE_RATE,
        n_fft=_SPECTRUM_WINDOW,
        n_mels=TIMBRE_BANDS,
        fmin=TIMBRE_LOW,
        fmax=TIMBRE_HIGH,
        htk=True,
        norm=None,
    )
    return csr_array(filters)


def _pitch(audio: Floats, frames: int) -> Floats:
    """YIN (de Cheveigne and Kawahara 2002) where the sound repeats, NaN elsewhere."""
    points = -(-frames // 4) + 1
    windows = _windows(audio, points, _PITCH_WINDOW)
    hertz, repetition = _right_octave(windows, _yin(audio, points, _PITCH_WINDOW))
    # A short window follows vibrato; it is believed where it agrees with the long one.
    short = _yin(audio, points, _PITCH_WINDOW // 2)
    near = np.abs(np.log2(short / hertz)) < 1 / 12
    hertz = np.where(near & (hertz > _SHORT_FROM), short, hertz)
    voiced = (repetition > _VOICED) & _begun(windows)
    if not voiced.any():
        return np.full(frames, np.nan, np.float32)
    smooth = _median(fill(np.where(voiced, librosa.hz_to_midi(hertz), np.nan)))
    between = np.arange(frames) / 4
    pitch = np.interp(between, np.arange(points), smooth)
    pitch[~voiced[np.rint(between).astype(int)]] = np.nan
    return pitch.astype(np.float32)


def _begun(windows: Floats) -> NDArray[np.bool_]:
    """Say where a window is full of sound: in a half-empty one YIN hears multiples.

    What is missed so at an attack is filled in from the note that follows.
    """
    quarters = np.square(windows).reshape(len(windows), 4, -1).sum(axis=2)
    begun: NDArray[np.bool_] = quarters[:, 0] > 0.25 * quarters.mean(axis=1)
    return begun


def _windows(audio: Floats, points: int, length: int) -> Floats:
    """[points, length] windows around every fourth frame."""
    inset = FRAME + MARGIN - length // 2
    needed = (points - 1) * _PITCH_HOP + length
    sound = np.pad(audio[inset:], (0, max(0, needed - len(audio) + inset)))[:needed]
    return np.lib.stride_tricks.sliding_window_view(sound, length)[::_PITCH_HOP]


def _yin(audio: Floats, points: int, length: int) -> NDArray[np.float64]:
    hertz: NDArray[np.float64] = librosa.yin(
        _windows(audio, points, length),
        fmin=_LOWEST * _PITCH_WINDOW / length,
        fmax=_HIGHEST,
        sr=SAMPLE_RATE,
        frame_length=length,
        hop_length=length,
        center=False,
        trough_threshold=_THRESHOLD,
    )[:, 0]
    return hertz


def _right_octave(
    windows: Floats, hertz: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of YIN's pitch, its octaves and its twelfth, the highest that repeats as well.

    Half a period repeats badly if there are odd partials; two or three repeat like one.
    """
    octaves = hertz * np.array([[3.0], [2.0], [1.0], [0.5]])
    audible = (octaves >= _LOWEST) & (octaves <= _HIGHEST)
    octaves = np.where(audible, octaves, hertz)
    repetitions = np.array([_repetition(windows, octave) for octave in octaves])
    difference = np.where(audible, 1.0 - repetitions, np.inf)
    good = difference <= _AS_WELL * difference.min(axis=0) + _AS_WELL_AT_LEAST
    chosen = good.argmax(axis=0), np.arange(len(hertz))
    return octaves[chosen], repetitions[chosen]


def _repetition(windows: Floats, hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation, -1..1, of each window's beginning with itself a period later.

    It is the peak of a parabola through three lags, the period being no whole number.
    """
    lags = np.rint(SAMPLE_RATE / hertz).astype(int)
    width = _PITCH_WINDOW - round(SAMPLE_RATE / _LOWEST) - 2
    now = windows[:, :width]
    correlations = []
    for lag in (lags - 1, lags, lags + 1):
        later = np.take_along_axis(windows, np.arange(width) + lag[:, None], axis=1)
        energy = np.einsum("ij,ij->i", now, now) * np.einsum("ij,ij->i", later, later)
        product = np.einsum("ij,ij->i", now, later)
        correlations.append(product / np.sqrt(energy + (width * _SILENCE) ** 2))
    before, at, after = correlations
    bend = np.maximum(2.0 * at - before - after, 1e-6)
    place = np.clip(0.5 * (after - before) / bend, -1.0, 1.0)
    peak: NDArray[np.float64] = at + 0.25 * (after - before) * place
    return np.minimum(peak, 1.0)


def _median(notes: Floats) -> Floats:
    padded = np.pad(notes, _SMOOTHING // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTHING)
    return np.median(windows, axis=1).astype(np.float32)
