"""What a module's jacks measure, and the calibration that makes it right."""
