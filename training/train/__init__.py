"""Training a voice on a corpus."""
