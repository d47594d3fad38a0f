"""What is plugged in while something is measured."""

from dataclasses import dataclass

UNPLUGGED = 0.0  # volts at a jack with nothing in it: its switch joins it to ground


@dataclass(frozen=True)
class Patch:
    """The cables at the module.

    jack: the CV input that something is plugged into; None: nothing is. volts: of the
    source that is; None: the module's own jack CV.
    """

    jack: str | None = None
    volts: float | None = UNPLUGGED

    def words(self) -> str:
        """Return what a person has to do for it."""
        if self.jack is None:
            return "take every cable out of the six CV inputs"
        if self.volts is None:
            return f"patch a cable from the jack CV to the jack {self.jack}"
        return f"patch {volts_in_words(self.volts)} into {self.jack}"


def volts_in_words(volts: float) -> str:
    """3.0 -> +3 V, -0.004 -> 0 V."""
    rounded = round(volts, 2)
    return f"{rounded:+g} V" if rounded else "0 V"
