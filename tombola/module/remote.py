"""A module at the other end of a link: its jacks, settings and calibration."""

from tombola.generated.protocol import (
    Command,
    MeasureAnswer,
    MeasureRequest,
    OutputRequest,
)
from tombola.generated.settings import Calibration, Settings
from tombola.module.link import Link

# A virtual module is slower than its own clock, down to this share of it.
SLOWEST = 0.1


class RemoteModule:
    """A module's measurements and records, by name. Raises what the link raises."""

    def __init__(self, link: Link) -> None:
        self.link = link

    def measure(self, blocks: int) -> MeasureAnswer:
        """Return what the CV jacks read over so many blocks of 1 ms."""
        seconds = blocks / 1000 / SLOWEST
        request = MeasureRequest(blocks).pack()
        return MeasureAnswer.unpack(self.link.ask(Command.MEASURE, request, seconds))

    def cv_volts(self) -> tuple[float, ...]:
        """Return the volts that the module itself makes of its six CV jacks."""
        return self.link.status().cv_volts

    def hold_output(self, word: int | None) -> None:
        """Hold the jack CV at a word of the DAC, 0..4095; None lets go."""
        request = OutputRequest(word or 0, word is not None)
        self.link.ask(Command.OUTPUT, request.pack())

    def calibration(self) -> Calibration:
        """Return the calibration in force."""
        return Calibration.unpack(self.link.ask(Command.CALIBRATION_READ))

    def calibrate(self, calibration: Calibration) -> None:
        """Put a calibration in force, and save it."""
        self.link.ask(Command.CALIBRATION_WRITE, calibration.pack())

    def settings(self) -> Settings:
        """Return the settings in force."""
        return Settings.unpack(self.link.ask(Command.SETTINGS_READ))

    def set(self, settings: Settings) -> None:
        """Put settings in force, and save them."""
        self.link.ask(Command.SETTINGS_WRITE, settings.pack())

    def reset_settings(self) -> None:
        """Put the settings back to what they were at first; the calibration stays."""
        self.link.ask(Command.SETTINGS_DEFAULTS)
