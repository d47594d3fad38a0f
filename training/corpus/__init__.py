"""A folder of sounds becomes pitch, loudness and timbre."""
