"""The `tone` voice's networks: a recurrent decoder and the encoder that stays behind.

The decoder is what is trimmed, quantised and played on the module. The encoder only
lays the sounds out on the timbre plane during training.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tombola.generated import sound
from tombola.training.corpus.corpus import TIMBRE_BANDS
from tombola.training.voices.synth import OUTPUTS, tone_synth

CONTROLS = 4  # pitch, loudness, x, y

# The stretch of a sound, from its beginning, that decides its place: half a second.
PLACE_FRAMES = 125


@dataclass(frozen=True)
class ToneWidths:
    """Units of the decoder's three hidden layers; trimming makes them smaller."""

    input: int = 96
    hidden: int = 192
    output: int = 128


class ToneDecoder(nn.Module):
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


class TimbreEncoder(nn.Module):
    """What a sound is like, to its place on the timbre plane."""

    def __init__(self, hidden: int = 64) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(2 * TIMBRE_BANDS))
        self.register_buffer("scale", torch.ones(2 * TIMBRE_BANDS))
        self.layers = nn.Sequential(
            nn.Linear(2 * TIMBRE_BANDS, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 2),
            nn.Tanh(),
        )

    mean: Tensor
    scale: Tensor

    def standardise(self, descriptors: Tensor) -> None:
        """Measure a corpus' `describe` descriptors [N, 80], to weigh them alike."""
        self.mean.copy_(descriptors.mean(0))
        self.scale.copy_(descriptors.std(0, correction=0).clamp(min=1e-3))

    def forward(self, descriptors: Tensor) -> Tensor:
        """[B, 80] descriptors to [B, 2] places in -1..1."""
        places: Tensor = self.layers((descriptors - self.mean) / self.scale)
        return places


def describe(timbre: Tensor) -> Tensor:
    """Sum up a log-mel spectrogram [T, 40], whatever its level: [80].

    The first 40 are the spectrum's mean shape, the rest how much each band moves.
    """
    beginning = timbre[:PLACE_FRAMES]
    shape = beginning - beginning.mean(-1, keepdim=True)
    return torch.cat([shape.mean(0), shape.std(0, correction=0)])


def scale_controls(pitch: Tensor, loudness: Tensor) -> Tensor:
    """MIDI notes and dB, both [...], to what the network hears: [..., 2] in -1..1."""
    span = sound.PITCH_HIGH - sound.PITCH_LOW
    note = (pitch - sound.PITCH_LOW) / span * 2.0 - 1.0
    level = 1.0 - loudness / sound.LOUDNESS_FLOOR * 2.0
    return torch.stack([note, level], -1).clamp(-1.0, 1.0)


class ToneModel(nn.Module):
    """Encoder, decoder and synthesiser: a whole voice, from features to sound."""

    def __init__(self, widths: ToneWidths | None = None) -> None:
        super().__init__()
        self.encoder = TimbreEncoder()
        self.decoder = ToneDecoder(widths)

    def controls(self, pitch: Tensor, loudness: Tensor, places: Tensor) -> Tensor:
        """[B, T] MIDI notes, [B, T] dB and [B, 2] places to controls [B, T, 4]."""
        spread = places[:, None].expand(-1, pitch.shape[1], -1)
        return torch.cat([scale_controls(pitch, loudness), spread], -1)

    def place(self, timbre: Tensor) -> Tensor:
        """Find the place [2] of one sound from its log-mel spectrogram [T, 40]."""
        place: Tensor = self.encoder(describe(timbre)[None])[0]
        return place

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
