"""What is in a network, and how two of them compare."""
