"""The virtual module: the firmware image on an emulated Cortex-M7."""
