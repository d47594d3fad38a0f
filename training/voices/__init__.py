"""Voices: a network at control rate and the differentiable DSP that it drives."""

from tombola.training.voices.impact import ImpactModel
from tombola.training.voices.texture import TextureModel
from tombola.training.voices.tone import ToneModel
from tombola.training.voices.voice import Model

VOICES: dict[str, type[Model]] = {
    model.voice: model for model in (ToneModel, ImpactModel, TextureModel)
}
