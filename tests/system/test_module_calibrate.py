"""The calibration on the real image, in its own time: a board, and what goes wrong."""

import numpy as np
import pytest

from tombola.module.calibration.checks import BadPatchError
from tombola.module.calibration.patches import Patch
from tombola.module.calibration.run import run
from tombola.module.calibration.stages import all_stages, pitch_stage
from tombola.module.link import Link
from tombola.module.remote import RemoteModule
from tombola.virtual.console import obey
from tombola.virtual.front_end import FrontEnd
from tombola.virtual.image import Image
from tombola.virtual.module import HostPort, VirtualModule
from tombola.virtual.robot import Robot


def silent(_: object) -> None:
    pass


@pytest.fixture
def bench(small_image: Image) -> tuple[VirtualModule, Link]:
    """A random board, plugged in."""
    module = VirtualModule(small_image, FrontEnd.drawn(3))
    module.plug_in()
    port = HostPort(module)
    return module, Link(port, "the virtual module", port.seconds)


def test_a_board_is_calibrated(
    bench: tuple[VirtualModule, Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With shorter measurements than people get: nothing settles, nothing hums."""
    monkeypatch.setattr("tombola.module.calibration.run.BLOCKS", 40)
    monkeypatch.setattr("tombola.module.calibration.run.SETTLE", 8)
    module, link = bench
    remote = RemoteModule(link)
    robot = Robot(module, silent)
    for stage in all_stages((-3, 7)):
        outcome = run(stage, remote, robot, silent)
        assert outcome.after < outcome.stage.limit < outcome.before
    # The module itself: volts at the jacks, and after it was switched on anew.
    robot.patch(Patch("X", -2.5))
    module.run(50)
    assert remote.cv_volts()[1] == pytest.approx(-2.5, abs=3e-3)
    assert remote.calibration().pack() == outcome.calibration.pack()


def test_a_bad_patch_leaves_the_module_as_it_was(
    bench: tuple[VirtualModule, Link],
) -> None:
    module, link = bench
    remote = RemoteModule(link)
    before = remote.calibration().pack()

    class Clumsy(Robot):
        def patch(self, patch: Patch) -> None:
            wrong = {1.0: 3.0}.get(patch.volts or 0.0, patch.volts)
            super().patch(Patch(patch.jack, wrong))

    with pytest.raises(BadPatchError, match=r"V/OCT reads \+\S+ V, where \+1 V was"):
        run(pitch_stage(-1, 2), remote, Clumsy(module, silent), silent)
    assert remote.calibration().pack() == before


def test_cv_out_is_held_and_let_go(module: VirtualModule, link: Link) -> None:
    remote = RemoteModule(link)
    remote.hold_output(4095)
    module.run(20)
    assert module.cv_out() == pytest.approx(4.974, abs=0.01)
    remote.hold_output(None)
    module.run(20)
    assert module.cv_out() < 0.5
    remote.hold_output(4095)
    module.run(2100)
    assert module.cv_out() < 0.5, "it has to let go by itself"


def test_a_measurement_is_the_mean_of_what_the_jacks_read(
    bench: tuple[VirtualModule, Link],
) -> None:
    module, link = bench
    module.patch_cv("Y", 1.25)
    module.run(5)
    reading = RemoteModule(link).measure(100)
    volts = np.zeros((400, 6))
    volts[:, 2] = 1.25
    words = FrontEnd.drawn(3).cv_words(volts)
    assert reading.mean == pytest.approx(words.mean(axis=0), abs=0.5)
    for low, mean, high in zip(
        reading.minimum, reading.mean, reading.maximum, strict=True
    ):
        assert mean - 8 < low < mean < high < mean + 8


def test_a_cable_is_typed_in_and_out(module: VirtualModule, link: Link) -> None:
    remote = RemoteModule(link)
    obey(module, "cable X")
    remote.hold_output(3000)
    module.run(20)
    assert remote.cv_volts()[1] == pytest.approx(module.cv_out(), abs=0.01)
    obey(module, "cable")
    module.run(20)
    assert remote.cv_volts()[1] == pytest.approx(0.0, abs=0.01)
