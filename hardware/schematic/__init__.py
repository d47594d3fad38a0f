"""The schematic in KiCad's files, drawn from the declared circuit."""
