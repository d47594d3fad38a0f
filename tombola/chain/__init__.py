"""The chain: a folder of sounds becomes a voice that plays on the module."""
