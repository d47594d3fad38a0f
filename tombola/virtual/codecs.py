"""The codec that has registers: the WM8731 of the Daisy Seed 1.1."""

from tombola.virtual.faults import FirmwareError

ADDRESS = 0x1A  # with CSB low (WM8731 data sheet, "2-wire serial control mode")
RESET, ACTIVE = 0x0F, 0x09
# Register: bits that matter for sound to pass, and what they have to be
# (data sheet, "Register map").
WANTED = {
    0x04: (0x1E, 0x12),  # DAC selected, no bypass, line input, microphone muted
    0x05: (0x08, 0x00),  # DAC not muted
    0x06: (0x9D, 0x00),  # power on; line in, ADC, DAC and outputs on
    0x07: (0x4F, 0x09),  # slave, left-justified, 24 bits
    0x08: (0x3F, 0x00),  # normal mode, 256 fs, 48 kHz
    ACTIVE: (0x01, 0x01),
}
# After reset: the data sheet's defaults of the registers above.
DEFAULTS = {0x04: 0x00A, 0x05: 0x008, 0x06: 0x09F, 0x07: 0x00A, 0x08: 0x000, ACTIVE: 0}


class Wm8731:
    """Seven bits of register number, nine of value, a message each."""

    def __init__(self) -> None:
        self._registers = dict(DEFAULTS)

    def write(self, address: int, message: bytes) -> bool:
        """Take a message; an empty one asks only whether anybody is there."""
        if address != ADDRESS:
            return False
        if message:
            if len(message) != 2:
                raise FirmwareError(
                    f"the WM8731 is sent {len(message)} bytes; it takes 2"
                )
            number, value = message[0] >> 1, (message[0] & 1) << 8 | message[1]
            if number == RESET:
                self._registers = dict(DEFAULTS)
            else:
                self._registers[number] = value
        return True

    def check(self) -> None:
        """Raise what would keep sound from passing."""
        for number, (mask, wanted) in WANTED.items():
            found = self._registers[number]
            if found & mask != wanted:
                raise FirmwareError(
                    f"the WM8731's register {number} is 0x{found:03X} when the audio "
                    f"starts; of the bits 0x{mask:02X}, 0x{wanted:02X} are needed"
                )
