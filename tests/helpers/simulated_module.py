"""A front end with cables in it, that a calibration can measure without a firmware."""

import numpy as np

from tombola.generated.panel import CVS
from tombola.generated.protocol import MeasureAnswer
from tombola.generated.settings import Calibration
from tombola.module.calibration.checks import BadPatchError
from tombola.module.calibration.patches import Patch
from tombola.module.calibration.scale import cv_volts, jack_index
from tombola.virtual.front_end import FrontEnd


class SimulatedModule:
    """The jacks of a board, and a calibration that is kept as a module keeps it.

    volts: at the jacks; `source` is what a source adds to what it is set to, and
    `follows` is the jack that CV out is patched to.
    """

    def __init__(self, front_end: FrontEnd) -> None:
        self.front_end = front_end
        self.volts = np.zeros(len(CVS))
        self.source = 0.0
        self.noise = 0.0
        self.follows: int | None = None
        self.word = 2048
        self.kept = Calibration.unpack(Calibration().pack())
        self.saves = 0

    def words(self, blocks: int) -> np.ndarray:
        """Return the ADC's words, uint16 [blocks, 6]."""
        volts = np.tile(self.volts, (blocks, 1))
        if self.follows is not None:
            volts[:, self.follows] = self.front_end.cv_out_volts(self.word)
        hum = np.sin(2 * np.pi * 50 * np.arange(blocks) / 1000)
        return self.front_end.cv_words(volts + self.noise * hum[:, None])

    def measure(self, blocks: int) -> MeasureAnswer:
        words = self.words(blocks)
        mean, low, high = words.mean(axis=0), words.min(axis=0), words.max(axis=0)
        return MeasureAnswer(tuple(mean), tuple(low), tuple(high))

    def cv_volts(self) -> tuple[float, ...]:
        words = self.words(16).mean(axis=0)
        return tuple(float(cv_volts(self.kept, i, w)) for i, w in enumerate(words))

    def hold_output(self, word: int | None) -> None:
        self.word = 2048 if word is None else word

    def calibration(self) -> Calibration:
        return self.kept

    def calibrate(self, calibration: Calibration) -> None:
        self.kept = Calibration.unpack(calibration.pack())
        self.saves += 1


class Robot:
    """Patches what it is asked to; `mistake` changes what it is asked to first."""

    def __init__(self, module: SimulatedModule) -> None:
        self.module = module
        self.mistake = lambda patch: patch
        self.told: list[str] = []

    def patch(self, patch: Patch) -> None:
        asked = self.mistake(patch)
        self.module.volts = np.zeros(len(CVS))
        self.module.follows = None
        if asked.jack is None:
            return
        if asked.volts is None:
            self.module.follows = jack_index(asked.jack)
        else:
            jack = jack_index(asked.jack)
            self.module.volts[jack] = asked.volts + self.module.source

    def again(self, error: BadPatchError) -> bool:
        self.told.append(str(error))
        return False
