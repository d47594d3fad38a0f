"""Hands that patch a virtual module as a calibration asks."""

from collections.abc import Callable

from tombola.generated.panel import CVS
from tombola.module.calibration.checks import BadPatchError
from tombola.module.calibration.patches import Patch
from tombola.virtual.module import VirtualModule


class Robot:
    """Patches exact volts at once, and tells what it does."""

    def __init__(self, module: VirtualModule, tell: Callable[[str], None]) -> None:
        self._module = module
        self._tell = tell

    def patch(self, patch: Patch) -> None:
        """Take out what was patched, and put in what is asked for."""
        self._tell(f"(robot) {patch.words()}")
        for jack in CVS:
            self._module.patch_cv(jack.name, 0.0)
        self._module.patch_cable(patch.jack if patch.volts is None else None)
        if patch.jack is not None and patch.volts is not None:
            self._module.patch_cv(patch.jack, patch.volts)

    def again(self, error: BadPatchError) -> bool:
        """It would do the same again."""
        return False
