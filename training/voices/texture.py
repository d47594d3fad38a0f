"""The `texture` voice's networks: a convolutional decoder that plays as it goes.

Each layer hears a few steps of the past and none of the future, so that the module can
run it frame by frame and hear what a whole sequence would have given (RAVE in real
time: Caillon and Esling 2022, "Streamable Neural Audio Synthesis With Non-Causal
Convolutions"). A causal convolution is written as a linear layer over its kernel's
steps side by side, and a transposed convolution whose kernel is its stride as a linear
layer that makes several steps of one: what knows linear layers knows these, too. In the
.tflite they are CONV_2D and TRANSPOSE_CONV.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from scipy.ndimage import uniform_filter1d
from torch import Tensor, nn

from tombola.generated import sound
from tombola.training.corpus.brightness import brightness
from tombola.training.corpus.corpus import SOUNDING, Clip, Floats
from tombola.training.train.loss import Passage
from tombola.training.voices.encoder import TimbreEncoder
from tombola.training.voices.segments import (
    Segments,
    cut_audio,
    last_start,
    step_random,
)
from tombola.training.voices.texture_synth import (
    BANDS,
    OUTPUTS,
    STEPS,
    TAPS,
    random_noise,
    texture_synth,
    xorshift_noise,
)
from tombola.training.voices.voice import Decoder, Model, Widths

CONTROLS = 4 + sound.TEXTURE_FLUTTERS  # loudness, brightness, x, y, their flutter
KERNEL = 3
PAST = KERNEL - 1  # steps that a convolution keeps
STRIDES = (3, 4)  # from frames at 250 Hz to 750 Hz, and on to the bands' 3 kHz

# What is slower is the player's to move, what is faster is flutter: a fifth of a
# second, in frames.
SLOW = 51
LEAST_FLUTTER = 0.5  # dB and semitones: below it a sound stands still
ONSETS = 0.3  # share of the segments that are a clip's beginning


@dataclass(frozen=True)
class TextureWidths(Widths):
    """Units of the decoder's hidden layers; trimming makes them smaller.

    `input` and `frame` run at 250 Hz, `rise` and `middle` at 750 Hz, `fine` at 3 kHz.
    """

    input: int = 96
    frame: int = 320
    rise: int = 128
    middle: int = 96
    fine: int = 48


class TextureDecoder(Decoder):
    """Controls at 250 Hz to the taps of the bands' filters at 3 kHz."""

    def __init__(self, widths: TextureWidths | None = None) -> None:
        super().__init__()
        w = widths or TextureWidths()
        # A bias would be another one at each of the steps that are made of one.
        self.input = nn.Linear(CONTROLS, w.input)
        self.frame = nn.Linear(KERNEL * w.input, w.frame)
        self.rise = nn.Linear(w.frame, STRIDES[0] * w.rise, bias=False)
        self.middle = nn.Linear(KERNEL * w.rise, w.middle)
        self.fine = nn.Linear(w.middle, STRIDES[1] * w.fine, bias=False)
        self.head = nn.Linear(KERNEL * w.fine, OUTPUTS)
        with torch.no_grad():
            self.head.bias.copy_(_quiet_bias())

    @property
    def widths(self) -> TextureWidths:
        """How many units each layer has, trimmed or not."""
        return TextureWidths(
            self.input.out_features,
            self.frame.out_features,
            self.rise.out_features // STRIDES[0],
            self.middle.out_features,
            self.fine.out_features // STRIDES[1],
        )

    def example(self) -> tuple[Tensor, ...]:
        """Two frames and the past before them."""
        return torch.zeros(1, 2, CONTROLS), *silence(self.widths, 1)

    def rate(self, parameter: str) -> float:
        """Frames, thirds of a frame, or the bands' samples in a second."""
        layer = parameter.partition(".")[0]
        finer = {"middle": STRIDES[0], "fine": STRIDES[0], "head": STEPS}
        return sound.FRAME_RATE * finer.get(layer, 1)

    def values(self) -> int:
        """Of each layer its outputs; where there is a past, it and both together."""
        w, (first, second) = self.widths, STRIDES
        kept = (w.input, 1), (w.rise, first), (w.fine, first * second)
        behind = sum(units * (3 * PAST + steps) for units, steps in kept)
        each = w.input + w.frame + first * (w.rise + w.middle + second * w.fine)
        return CONTROLS + each + behind + STEPS * OUTPUTS

    def forward(
        self, controls: Tensor, frame: Tensor, rise: Tensor, fine: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Run over whole sequences.

        Args:
            controls: [B, T, 6] in -1..1: loudness, brightness, x, y, their flutter.
            frame, rise, fine: [B, 2, units] the past of the convolutions that read the
                layers `input`, `rise` and `fine`, as `silence` gives it at first.

        Returns:
            taps [B, T * 12, 27] in -1..1, and what is past after the last frame.
        """
        heard, frame = _windows(frame, torch.relu(self.input(controls)))
        x = torch.relu(self.rise(torch.relu(self.frame(heard))))
        heard, rise = _windows(rise, _finer(x, STRIDES[0]))
        x = torch.relu(self.fine(torch.relu(self.middle(heard))))
        heard, fine = _windows(fine, _finer(x, STRIDES[1]))
        return torch.tanh(self.head(heard)), frame, rise, fine


def silence(widths: Widths, batch: int) -> tuple[Tensor, ...]:
    """The past of each convolution before anything was played: [B, 2, units]."""
    assert isinstance(widths, TextureWidths)
    kept = widths.input, widths.rise, widths.fine
    return tuple(torch.zeros(batch, PAST, units) for units in kept)


def _windows(past: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Three steps side by side, the oldest first: [B, T, 3 units]; and what is past."""
    whole = torch.cat([past, x], 1)
    windows = torch.cat([whole[:, :-2], whole[:, 1:-1], whole[:, 2:]], -1)
    return windows, whole[:, -2:]


def _finer(x: Tensor, count: int) -> Tensor:
    """[B, T, count * units] to [B, T * count, units]."""
    steps: Tensor = x.unflatten(-1, (count, -1))  # type: ignore[no-untyped-call]
    return steps.flatten(1, 2)


def _quiet_bias() -> Tensor:
    """[27]: begin as white noise at -42 dB, of each band's first tap alone."""
    start = [0.05 if tap else 0.2 for taps in TAPS for tap in range(taps)]
    return torch.atanh(torch.tensor(start))


@dataclass(frozen=True, eq=False)
class Heard:
    """What the network hears of T frames of a sound.

    Attributes:
        loudness: [T] A-weighted dB, smoothed over a fifth of a second.
        brightness: [T] MIDI note of the spectral centroid, smoothed so, too.
        flutter: [T, 2] what the smoothing took from each, over three of its standard
            deviations in this sound, in -1..1. How much that is the place tells; the
            module, where nothing flutters by itself, draws it.
    """

    loudness: Floats
    brightness: Floats
    flutter: Floats


def hear(clip: Clip) -> Heard:
    """Take a clip's loudness and brightness apart into what is slow and flutter."""
    sounding = clip.loudness > SOUNDING
    slow, flutter = [], []
    for values in (np.asarray(clip.loudness), brightness(clip.timbre)):
        smooth = uniform_filter1d(values, SLOW, mode="nearest")
        fast = values - smooth
        deviation = float(fast[sounding].std()) if sounding.any() else 0.0
        span = sound.TEXTURE_FLUTTER_SPAN * max(deviation, LEAST_FLUTTER)
        slow.append(smooth)
        flutter.append((fast / span).clip(-1.0, 1.0))
    return Heard(slow[0], slow[1], np.stack(flutter, -1).astype(np.float32))


def cut_heard(heard: Heard, start: int, frames: int) -> tuple[Floats, Floats, Floats]:
    """The three parts from frame `start`, [frames] each; silence after the sound."""
    index = np.arange(start, start + frames)
    within = index < len(heard.loudness)
    held = index.clip(max=len(heard.loudness) - 1)
    floor = np.float32(sound.LOUDNESS_FLOOR)
    loudness = np.where(within, heard.loudness[held], floor)
    return loudness, heard.brightness[held], heard.flutter[held]


class TextureSegments(Segments):
    """Clips, cut into segments of `frames` frames, anywhere while they sound."""

    def __init__(self, clips: list[Clip], frames: int) -> None:
        super().__init__(clips, frames)
        self._heard = [hear(clip) for clip in clips]
        self._last = [last_start(clip, frames) for clip in clips]

    def batch(self, seed: int, step: int, size: int) -> tuple[Tensor, ...]:
        """Draw the segments of one step.

        Returns:
            [B, 80] descriptors, the parts of `Heard` [B, T, ...], [B, T * 192] samples.
        """
        random = np.random.default_rng((seed, step))
        chosen = self.choose(seed, step, size)
        picked = [self._pick(index, random) for index in chosen]
        columns = zip(*picked, strict=True)
        fields = [torch.from_numpy(np.stack(column)) for column in columns]
        return self.descriptors[chosen], *fields

    def _pick(self, index: int, random: np.random.Generator) -> tuple[Floats, ...]:
        onset, where = random.random(2)
        start = 0 if onset < ONSETS else int(where * max(0, self._last[index]))
        heard = cut_heard(self._heard[index], start, self.frames)
        return *heard, cut_audio(self.clips[index], start, self.frames)


class TextureModel(Model):
    """Encoder, decoder and synthesiser: a whole voice, from features to sound."""

    voice = "texture"
    own_widths = TextureWidths
    schedule: ClassVar = {"steps": 1000, "learning_rate": 4e-3, "rewind_step": 100}
    reduction: ClassVar = {"keep": 0.04}
    partials = 0
    bands = BANDS
    pitched = False

    def __init__(self, widths: Widths | None = None) -> None:
        super().__init__()
        assert widths is None or isinstance(widths, TextureWidths)
        self.encoder = TimbreEncoder()
        self.decoder = TextureDecoder(widths)

    def controls(
        self, loudness: Tensor, bright: Tensor, flutter: Tensor, places: Tensor
    ) -> Tensor:
        """[B, T] dB and MIDI notes, [B, T, 2] and places [B, 2] to [B, T, 6]."""
        level = 1.0 - loudness / sound.LOUDNESS_FLOOR * 2.0
        low, high = sound.TEXTURE_BRIGHTNESS_LOW, sound.TEXTURE_BRIGHTNESS_HIGH
        note = (bright - low) / (high - low) * 2.0 - 1.0
        scaled = torch.stack([level, note], -1).clamp(-1.0, 1.0)
        spread = places[:, None].expand(-1, loudness.shape[1], -1)
        return torch.cat([scaled, spread, flutter], -1)

    def taps(
        self, loudness: Tensor, bright: Tensor, flutter: Tensor, places: Tensor
    ) -> Tensor:
        """Run the decoder from silence: [B, T * 12, 27]."""
        controls = self.controls(loudness, bright, flutter, places)
        past = silence(self.decoder.widths, len(controls))
        taps: Tensor = self.decoder(controls, *past)[0]
        return taps

    @classmethod
    def segments(cls, clips: list[Clip], frames: int) -> TextureSegments:
        """Stretches of clips."""
        return TextureSegments(clips, frames)

    def passage(self, segments: Segments, seed: int, step: int, size: int) -> Passage:
        """Render the segments of a step with its noise, beside what they should be."""
        assert isinstance(segments, TextureSegments)
        batch = segments.batch(seed, step, size)
        descriptors, loudness, bright, flutter, audio = batch
        taps = self.taps(loudness, bright, flutter, self.encoder(descriptors))
        noise = random_noise(size, segments.frames, step_random(seed, step))
        return Passage(texture_synth(taps, loudness, noise), audio, taps)

    def play(self, clips: list[Clip], frames: int) -> Tensor:
        """Render what is heard of the clips at their places, out of silence."""
        cuts = [cut_heard(hear(clip), 0, frames) for clip in clips]
        loudness, bright, flutter = (
            torch.from_numpy(np.stack(part)) for part in zip(*cuts, strict=True)
        )
        places = torch.stack([self.place(torch.tensor(clip.timbre)) for clip in clips])
        taps = self.taps(loudness, bright, flutter, places)
        return texture_synth(taps, loudness, xorshift_noise(frames))
