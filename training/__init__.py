"""From sounds to a trimmed, quantised network (imported as tombola.training)."""
