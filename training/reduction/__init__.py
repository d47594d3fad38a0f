"""Trimming a network to a winning ticket."""
