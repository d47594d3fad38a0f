"""tombola module: what talks to a module, one file per command."""
