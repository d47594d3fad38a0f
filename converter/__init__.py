"""From .tflite to a ticket for the module (imported as tombola.converter).

    converted = convert(Path("harp.tflite").read_bytes())
    Path("harp.ticket").write_bytes(converted.ticket)
    amplitudes = converted.step({"controls": controls})["amplitudes"]

The way through the files: `reader` makes a `graph` of the file, `lower` a `program` of
instructions, `plan` finds memory for it, `pack` writes the ticket, `report` says what
became of it; `verify` holds it against ai-edge-litert, operator by operator.
"""

from tombola.converter.converted import Converted, convert

__all__ = ["Converted", "convert"]
