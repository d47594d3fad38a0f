"""The boards: where every part lies, its tracks, and how KiCad's file says so."""
