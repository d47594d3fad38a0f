"""The module's circuit, schematic, simulation, board and panel, as code."""
