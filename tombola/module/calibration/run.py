"""Playing a stage of the calibration on a module: measure, check, write, look again."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from tombola.generated.panel import CVS
from tombola.generated.protocol import MeasureAnswer
from tombola.generated.settings import Calibration
from tombola.module.calibration import scale
from tombola.module.calibration.checks import (
    BadPatchError,
    check_limits,
    check_reading,
)
from tombola.module.calibration.patches import Patch, volts_in_words
from tombola.module.calibration.stages import Point, Stage, Step

BLOCKS = 200  # of a measurement: ten periods of 50 Hz, twelve of 60 Hz
SETTLE = 50  # blocks before it, for a hand to leave the cable
ALIKE = 5e-3  # volts between the module's look at a jack and the mean over BLOCKS


class Module(Protocol):
    """What a calibration asks of a module."""

    def measure(self, blocks: int) -> MeasureAnswer:
        """Return what the CV jacks read over so many blocks of 1 ms."""

    def cv_volts(self) -> tuple[float, ...]:
        """Return the volts that the module itself makes of its six CV jacks."""

    def hold_output(self, word: int | None) -> None:
        """Hold the jack CV at a word of the DAC; None lets go."""

    def calibration(self) -> Calibration:
        """Return the calibration in force."""

    def calibrate(self, calibration: Calibration) -> None:
        """Put a calibration in force, and save it."""


class Hands(Protocol):
    """Who patches the cables: a person, or a robot at a virtual module."""

    def patch(self, patch: Patch) -> None:
        """Come back when it is done."""

    def again(self, error: BadPatchError) -> bool:
        """Tell what was wrong; return whether the same is to be measured again."""


@dataclass(frozen=True)
class Outcome:
    """A stage that passed: its points, and the calibration that is in force now."""

    stage: Stage
    points: list[Point]
    calibration: Calibration

    @property
    def before(self) -> float:
        """The largest error of the old calibration, in the stage's unit."""
        return max(abs(point.before) for point in self.points)

    @property
    def after(self) -> float:
        """The largest error of the new one."""
        return max(abs(point.after) for point in self.points)

    def report(self) -> dict[str, Any]:
        """Return what a JSON says of it."""
        return {
            "stage": self.stage.name,
            "unit": self.stage.unit,
            "limit": self.stage.limit,
            "before": self.before,
            "after": self.after,
            "points": [asdict(point) for point in self.points],
        }


def run(
    stage: Stage, module: Module, hands: Hands, tell: Callable[[str], None]
) -> Outcome:
    """Measure all steps, and again backwards; write the calibration if they agree.

    Nothing is written before the last measurement is good, and then in one piece, so
    that whatever ends it (an exception, Ctrl-C, a hang-up) leaves the old one in force.

    Raises:
        BadPatchError: What was measured cannot be right; nothing was saved.
        TombolaError: The link's.
    """
    bench = _Bench(module, hands)
    old = module.calibration()
    try:
        first = [bench.measure(step) for step in stage.steps]
        new = stage.fit(old, first)
        check_limits(new)
        tell("Now the same again, backwards, to see that it holds.")
        second = [bench.measure(step) for step in reversed(stage.steps)]
    finally:
        bench.let_go()
    outcome = Outcome(stage, stage.points(old, new, second), new)
    if outcome.after > stage.limit:
        raise BadPatchError(_not_repeated(outcome))
    module.calibrate(new)
    try:
        _look_again(module, new)
    except BadPatchError:
        module.calibrate(old)
        raise
    return outcome


class _Bench:
    """A module and the hands at it, which know what they have patched."""

    def __init__(self, module: Module, hands: Hands) -> None:
        self._module, self._hands = module, hands
        self._patched: Patch | None = None
        self._holding = False

    def measure(self, step: Step) -> tuple[Step, MeasureAnswer]:
        """Return a good reading, with as many attempts as the hands want."""
        while True:
            if step.patch != self._patched:
                self._hands.patch(step.patch)
            if step.word is not None:
                self._holding = True
                self._module.hold_output(step.word)
            self._module.measure(SETTLE)
            reading = self._module.measure(BLOCKS)
            try:
                check_reading(step.patch, reading)
            except BadPatchError as error:
                self._patched = None
                if not self._hands.again(error):
                    raise
            else:
                self._patched = step.patch
                return step, reading

    def let_go(self) -> None:
        """Give the jack CV back to the instrument."""
        if self._holding:
            self._module.hold_output(None)


def _not_repeated(outcome: Outcome) -> str:
    worst = max(outcome.points, key=lambda point: abs(point.after))
    unit = outcome.stage.unit
    return (
        f"{worst.jack} at {volts_in_words(worst.volts)} was {abs(worst.after):.1f} "
        f"{unit} off when it was measured again, and {outcome.stage.limit:g} {unit} "
        "is the most; let the source and the module warm up, and try again"
    )


def _look_again(module: Module, new: Calibration) -> None:
    """Raise BadPatchError unless the module itself now reads what we do."""
    if module.calibration().pack() != new.pack():
        raise BadPatchError(
            "the module kept another calibration than it was sent; flash the firmware "
            "that belongs to this tombola: tombola module flash"
        )
    words = module.measure(BLOCKS).mean
    for i, own in enumerate(module.cv_volts()):
        ours = float(scale.cv_volts(new, i, words[i]))
        if abs(own - ours) > ALIKE:
            raise BadPatchError(
                f"{CVS[i].name} is {own:.3f} V to the module and {ours:.3f} V by what "
                "was measured; leave the cables in until it is done, and try again"
            )
