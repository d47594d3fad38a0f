"""How well a network sounds."""
