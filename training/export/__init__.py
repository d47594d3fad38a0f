"""Quantising a network and writing it as .tflite."""
