"""Talking to a module over its USB serial port."""
