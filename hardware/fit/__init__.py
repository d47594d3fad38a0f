"""Whether panel, board and parts fit: beside each other and in three dimensions."""
