"""Voices: a network at control rate and the differentiable DSP that it drives."""
