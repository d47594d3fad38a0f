"""Networks and half-way trainings as safetensors files: arrays and text, no code."""

from pathlib import Path

from tombola.training.voices.tone import ToneModel


def save_model(path: Path, model: ToneModel) -> None:
    """Write a network with its widths."""
    raise NotImplementedError


def load_model(path: Path) -> ToneModel:
    """Read a network of whatever widths `save_model` wrote."""
    raise NotImplementedError
