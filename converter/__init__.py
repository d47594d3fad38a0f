"""From .tflite to a ticket for the module (imported as tombola.converter)."""
