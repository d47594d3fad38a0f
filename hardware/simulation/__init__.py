"""The declared circuit in ngspice: ranges, limits, noise, tolerances, loads."""
