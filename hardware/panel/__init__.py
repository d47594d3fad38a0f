"""The front panel: its holes, its names and its drawing."""
