"""The `tone` voice's networks: a recurrent decoder and the encoder that stays behind.

The decoder is what is trimmed, quantised and played on the module. The encoder only
lays the sounds out on the timbre plane during training.
"""

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from tombola.generated import sound
from tombola.training.corpus.corpus import Clip
from tombola.training.train.loss import Passage
from tombola.training.voices.encoder import TimbreEncoder
from tombola.training.voices.segments import (
    Segments,
    ToneSegments,
    cut_features,
    step_random,
)
from tombola.training.voices.synth import (
    OUTPUTS,
    random_spectrum,
    tone_synth,
    xorshift_spectrum,
)
from tombola.training.voices.voice import Decoder, Model, Widths

CONTROLS = 4  # pitch, loudness, x, y
_GATES = 3


@dataclass(frozen=True)
class ToneWidths(Widths):
    """Units of the decoder's three hidden layers; trimming makes them smaller."""

    input: int = 96
    hidden: int = 192
    output: int = 128


class ToneDecoder(Decoder):
    """Controls at 250 Hz to the amplitudes of partials and noise bands."""

    def __init__(self, widths: ToneWidths | None = None) -> None:
        super().__init__()
        widths = widths or ToneWidths()
        self.input = nn.Linear(CONTROLS, widths.input)
        self.gru = nn.GRU(widths.input, widths.hidden, batch_first=True)
        self.output = nn.Linear(widths.hidden, widths.output)
        self.head = nn.Linear(widths.output, OUTPUTS)
        with torch.no_grad():
            self.head.bias.copy_(_quiet_bias())

    @property
    def widths(self) -> ToneWidths:
        """How many units each layer has, trimmed or not."""
        return ToneWidths(
            self.input.out_features, self.gru.hidden_size, self.output.out_features
        )

    def example(self) -> tuple[Tensor, ...]:
        """Two frames and the state before them."""
        state = torch.zeros(1, 1, self.widths.hidden)
        return torch.zeros(1, 2, CONTROLS), state

    def rate(self, parameter: str) -> float:
        """Every weight is multiplied once a frame."""
        return sound.FRAME_RATE

    def values(self) -> int:
        """Controls, layers, both products of each gate, both states, amplitudes."""
        w = self.widths
        gru = (2 * _GATES + 2) * w.hidden
        return CONTROLS + w.input + gru + w.output + OUTPUTS

    def forward(
        self, controls: Tensor, state: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Run over whole sequences.

        Args:
            controls: [B, T, 4] in -1..1: pitch, loudness, x, y.
            state: [1, B, hidden] of the GRU before the first frame; None is zero.

        Returns:
            amplitudes [B, T, 130] in 0..1, and the state after the last frame.
        """
        hidden, state = self.gru(torch.relu(self.input(controls)), state)
        amplitudes = torch.sigmoid(self.head(torch.relu(self.output(hidden))))
        return amplitudes, state


def _quiet_bias() -> Tensor:
    """[130]: begin as a soft sawtooth: partials as 1/n over noise at -60 dB.

    The synthesiser cubes each value, so a cube root stands here.
    """
    number = torch.arange(1, sound.TONE_PARTIALS + 1)
    start = torch.cat(
        [
            torch.tensor([0.4]),
            0.9 * number ** (-1.0 / 3.0),
            torch.full((sound.TONE_BANDS,), 0.1),
        ]
    )
    return torch.logit(start)


def scale_controls(pitch: Tensor, loudness: Tensor) -> Tensor:
    """MIDI notes and dB, both [...], to what the network hears: [..., 2] in -1..1."""
    span = sound.PITCH_HIGH - sound.PITCH_LOW
    note = (pitch - sound.PITCH_LOW) / span * 2.0 - 1.0
    level = 1.0 - loudness / sound.LOUDNESS_FLOOR * 2.0
    return torch.stack([note, level], -1).clamp(-1.0, 1.0)


class ToneModel(Model):
    """Encoder, decoder and synthesiser: a whole voice, from features to sound."""

    voice = "tone"
    own_widths = ToneWidths
    partials = sound.TONE_PARTIALS
    bands = sound.TONE_BANDS
    pitched = True

    def __init__(self, widths: Widths | None = None) -> None:
        super().__init__()
        assert widths is None or isinstance(widths, ToneWidths)
        self.encoder = TimbreEncoder()
        self.decoder = ToneDecoder(widths)

    def controls(self, pitch: Tensor, loudness: Tensor, places: Tensor) -> Tensor:
        """[B, T] MIDI notes, [B, T] dB and [B, 2] places to controls [B, T, 4]."""
        spread = places[:, None].expand(-1, pitch.shape[1], -1)
        return torch.cat([scale_controls(pitch, loudness), spread], -1)

    def forward(
        self,
        pitch: Tensor,
        loudness: Tensor,
        places: Tensor,
        spectrum: Tensor,
    ) -> Tensor:
        """Render [B, T] MIDI notes and dB at places [B, 2] as [B, T * 192] samples.

        From a state of zero; `spectrum` is the noise's, as `tone_synth` takes it.
        """
        amplitudes, _ = self.decoder(self.controls(pitch, loudness, places))
        return tone_synth(amplitudes, pitch, loudness, spectrum)

    @classmethod
    def segments(cls, clips: list[Clip], frames: int) -> ToneSegments:
        """Onsets and stretches from inside of notes."""
        return ToneSegments(clips, frames)

    def passage(self, segments: Segments, seed: int, step: int, size: int) -> Passage:
        """Render the segments of a step with its noise, beside what they should be."""
        assert isinstance(segments, ToneSegments)
        batch = segments.batch(seed, step, size)
        places = self.encoder(batch.descriptors)
        with torch.no_grad():
            lead = self.controls(batch.lead_pitch, batch.lead_loudness, places)
            _, state = self.decoder(lead)
            state *= batch.led[:, None]
        random = step_random(seed, step)
        spectrum = random_spectrum(size, segments.frames, random)
        controls = self.controls(batch.pitch, batch.loudness, places)
        amplitudes, _ = self.decoder(controls, state)
        heard = tone_synth(amplitudes, batch.pitch, batch.loudness, spectrum)
        return Passage(heard, batch.audio, amplitudes)

    def play(self, clips: list[Clip], frames: int) -> Tensor:
        """Render the clips' pitch and loudness at their places, from no state."""
        cuts = [cut_features(clip, 0, frames) for clip in clips]
        pitch, loudness = (
            torch.from_numpy(np.stack(part)) for part in zip(*cuts, strict=True)
        )
        places = torch.stack([self.place(torch.tensor(clip.timbre)) for clip in clips])
        heard: Tensor = self(pitch, loudness, places, module_noise(frames))
        return heard


@functools.lru_cache(maxsize=2)
def module_noise(frames: int) -> Tensor:
    """[frames, 257] the noise of the module's first frames, as a spectrum."""
    return torch.from_numpy(xorshift_spectrum(frames))
