"""What the firmware does that the real module would not survive."""

from tombola.errors import TombolaError


class FirmwareError(TombolaError):
    """The firmware did something that the chip forbids or that is not modelled."""
