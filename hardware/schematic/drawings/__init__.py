"""How each sheet is drawn; its nets are checked against the circuit."""
