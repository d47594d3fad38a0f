"""Tombola: deep generative audio networks on a Eurorack module."""

__version__ = "0.1.0"
