"""A grid of reductions, on one machine or on many."""
