"""The declared circuit: every part with its nets, from which all else is made."""
