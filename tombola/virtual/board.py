"""The Daisy Seed and the panel around the chip.

The front end is ideal: a jack or knob is the ADC word that it gives, a gate is a level.
"""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from tombola.generated import panel
from tombola.virtual.chip import Chip
from tombola.virtual.codecs import Wm8731
from tombola.virtual.faults import FirmwareError
from tombola.virtual.flash_chip import FlashChip
from tombola.virtual.image import Image
from tombola.virtual.peripherals.gpio import ANALOG, OUTPUT, Gpio

SAI_PINS = (2, 3, 4, 5, 6)  # of port E
SAI_FUNCTION, I2C_FUNCTION = 6, 4
# QUADSPI's port, pin and function: those that are always used, and IO2 and IO3, which
# are the chip's write protection and hold while it uses one line (both active low).
FLASH_PINS = (("F", 8, 10), ("F", 9, 10), ("F", 10, 9), ("G", 6, 10))
FLASH_QUAD_PINS = (("F", 7, 9), ("F", 6, 9))


class Revision(Enum):
    """The Daisy Seed's revisions, by their codec; the order is the firmware's."""

    AK4556 = 0
    PCM3060 = 1
    WM8731 = 2


# The pin of port D that a revision ties low; the others float.
STRAPS = {Revision.WM8731: 3, Revision.PCM3060: 4}


class Board:
    """A module with `image` in its flash, powered on, with nothing patched.

    flash_chip: the one beside the processor, with what an earlier module left there; a
    new one if none is given.
    """

    def __init__(
        self,
        image: Image,
        revision: Revision = Revision.AK4556,
        flash_chip: FlashChip | None = None,
    ) -> None:
        self.revision = revision
        self.chip = Chip(image, self._sample, flash_chip)
        self._wm8731 = Wm8731()
        self._cv = np.zeros(len(panel.CVS), np.uint16)
        self._knobs = np.zeros(len(panel.KNOBS), np.uint16)
        self._gate_pins = [
            (*self._pin(part.pin), part.active_low)
            for part in (*panel.GATES, *panel.BUTTONS)
        ]
        self._select_pins = [self._pin(pin) for pin in panel.KNOB_SELECT_PINS]
        self._light_pins = [self._pin(light.pin) for light in panel.LIGHTS]
        (self._gate_out,) = (
            self._pin(part.pin) for part in panel.OUTS if part.kind == "gate"
        )
        if revision in STRAPS:
            self.chip.gpio["D"].drive(STRAPS[revision], False)
        if revision is Revision.WM8731:
            self.chip.i2c.device = self._i2c_device
        self.chip.sai.on_start = self._check_codec
        self.chip.quadspi.check_pins = self._check_flash_pins
        self.set_gates(0)

    def set_words(self, cv: NDArray[np.uint16], knobs: NDArray[np.uint16]) -> None:
        """Put ADC words on the CV jacks, uint16 [6], and the knobs, uint16 [8]."""
        self._cv, self._knobs = cv, knobs

    def set_gates(self, bits: int) -> None:
        """Set GATE (bit 0), DRAW (bit 1) and the SLOT button (bit 2)."""
        for bit, (port, number, active_low) in enumerate(self._gate_pins):
            port.drive(number, bool(bits >> bit & 1) != active_low)

    def knob_select(self) -> int:
        """Knob that the multiplexer passes on."""
        return _word(self._select_pins)

    def lights(self) -> int:
        """Lights that are on; bit i is light i."""
        return _word(self._light_pins)

    def gate(self) -> int:
        """Level of the jack GATE out."""
        return _word([self._gate_out])

    def cv(self) -> int:
        """12-bit word behind the jack CV out."""
        return self.chip.dac.output()

    def _pin(self, pin: panel.Pin | None) -> tuple[Gpio, int]:
        """PG10 -> GPIOG, 10."""
        if pin is None:
            raise ValueError("a part of the panel has no pin")
        return self.chip.gpio[pin.port[1]], int(pin.port[2:])

    def _check_analog(self, pin: panel.Pin) -> None:
        port, number = self._pin(pin)
        if port.mode(number) != ANALOG:
            raise FirmwareError(f"{pin.port} is converted but is not in analog mode")

    def _sample(self, channel: int) -> int:
        """16-bit word that the ADC reads at a channel."""
        if channel == panel.KNOB_PIN.adc:
            self._check_analog(panel.KNOB_PIN)
            return int(self._knobs[self.knob_select()])
        for word, part in zip(self._cv, panel.CVS, strict=True):
            if part.pin is not None and part.pin.adc == channel:
                self._check_analog(part.pin)
                return int(word)
        raise FirmwareError(
            f"ADC1 converts channel {channel}, to which nothing is wired"
        )

    def _i2c_device(self, address: int, message: bytes) -> bool:
        for port, number in (("H", 4), ("B", 11)):
            if self.chip.gpio[port].function(number) != I2C_FUNCTION:
                raise FirmwareError(f"I2C2 is used but P{port}{number} is not its pin")
        return self._wm8731.write(address, message)

    def _check_flash_pins(self, quad: bool) -> None:
        """What would keep the flash chip from hearing QUADSPI."""
        for port, number, function in (*FLASH_PINS, *FLASH_QUAD_PINS):
            gpio = self.chip.gpio[port]
            spare = not quad and (port, number, function) in FLASH_QUAD_PINS
            if spare and gpio.mode(number) == OUTPUT and gpio.output(number):
                continue
            if gpio.function(number) != function:
                raise FirmwareError(
                    f"QUADSPI is used but P{port}{number} is not its pin"
                )

    def _check_codec(self) -> None:
        """What would keep this board's codec silent when the audio starts."""
        for number in SAI_PINS:
            if self.chip.gpio["E"].function(number) != SAI_FUNCTION:
                raise FirmwareError(f"SAI1 is used but PE{number} is not its pin")
        a_receives = bool(self.chip.sai.word["ACR1"] & 1)
        if a_receives != (self.revision is Revision.WM8731):
            raise FirmwareError(
                f"SAI1's directions are not those of the {self.revision.name}"
            )
        if self.revision is Revision.WM8731:
            self._wm8731.check()
            return
        wanted = self.revision is Revision.AK4556  # out of reset; no de-emphasis
        if self.chip.gpio["B"].output(11) != wanted:
            raise FirmwareError(
                f"PB11 is {'low' if wanted else 'high'} when the audio starts, which "
                f"the {self.revision.name} does not want"
            )


def _word(pins: list[tuple[Gpio, int]]) -> int:
    """Output levels as bits, the first pin's the lowest."""
    return sum(port.output(number) << bit for bit, (port, number) in enumerate(pins))
