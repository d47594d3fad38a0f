"""Constants made from firmware/schema; see generate.py there."""
