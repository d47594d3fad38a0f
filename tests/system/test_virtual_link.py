"""The serial link on the virtual module: the real image, from the USB's tokens up."""

import numpy as np
import pytest
from module_report import note

from tombola.generated.protocol import USB_PRODUCT, USB_VENDOR, Command, Result, Target
from tombola.module import frames
from tombola.module.link import Link, LostError, RefusedError
from tombola.virtual.image import Image
from tombola.virtual.module import HostPort, VirtualModule
from tombola.virtual.usb_examination import examine

GARBAGE_FRAMES = 10_000
BY_SOFTWARE = 4  # of INFO's start


def test_the_module_enumerates_as_a_serial_port(module: VirtualModule) -> None:
    found = module.host.descriptors
    assert found is not None
    assert (found.vendor, found.product) == (USB_VENDOR, USB_PRODUCT)
    assert found.product_name == "Tombola"
    assert found.serial_number == "00750000544F4D424F4C4120"


def test_info_and_status_tell_what_is(module: VirtualModule, link: Link) -> None:
    module.patch_cv("V/OCT", 2.5)
    module.patch_gate("DRAW", 5.0)
    module.run(20)
    info, status = link.info(), link.status()
    assert info.state == 1, "it does not play"
    assert 0 < info.blocks <= module.milliseconds
    assert (info.late_blocks, info.late_frames, info.fault_exception) == (0, 0, 0)
    assert status.cv_volts[0] == pytest.approx(2.5, abs=1e-3)
    assert status.cv_volts[1] == pytest.approx(0.0, abs=1e-3)
    assert status.gates == 0b10
    assert status.blocks >= info.blocks


def test_what_the_module_does_not_know_is_told(link: Link) -> None:
    with pytest.raises(RefusedError, match="wrong length") as refused:
        link.ask(Command.STATUS, b"\0")
    assert refused.value.result == Result.SIZE


def test_a_cable_that_is_pulled_is_a_hang_up_and_comes_back(
    module: VirtualModule, link: Link
) -> None:
    before = link.info().blocks
    # In the middle of a request.
    module.host.to_device += frames.request(9, Command.INFO)[:5]
    module.run(2)
    module.host.unplug()
    with pytest.raises(LostError, match="does not answer"):
        link.info()
    module.host.plug()
    module.plug_in()
    info = link.info()
    assert info.blocks > before
    assert info.late_blocks == 0


def test_the_host_may_be_faster_than_the_interrupt(small_image: Image) -> None:
    """A set-up that comes with the end of the last transfer is not mixed up with it."""
    module = VirtualModule(small_image)
    module.plug_in()
    for _ in range(3):
        module.host.unplug()
        module.run(5)
        module.host.plug()
        module.plug_in()
    port = HostPort(module)
    assert Link(port, "module", port.seconds).info().state == 1


def test_the_module_starts_anew_and_enumerates_again(
    module: VirtualModule, link: Link
) -> None:
    module.run(50)
    before = link.info().blocks
    link.reboot(Target.MODULE)
    module.run(10)
    assert not module.host.ready
    module.plug_in()
    info = link.info()
    assert info.blocks < before
    assert info.start == BY_SOFTWARE


def test_the_module_goes_into_the_chips_loader(
    module: VirtualModule, link: Link
) -> None:
    link.reboot(Target.LOADER)
    module.run(10)
    assert module.in_loader
    with pytest.raises(LostError):
        link.info()


def garbage(random: np.random.Generator) -> bytes:
    """Return the bytes of a frame that is none: noise, harmed, cut, or unheard of."""
    body = random.bytes(int(random.integers(0, 40)))
    command = random.choice(list(Command))
    wire = bytearray(frames.request(int(random.integers(256)), command, body))
    match random.integers(4):
        case 0:
            return random.bytes(len(wire)) + b"\0"
        case 1:
            wire[int(random.integers(len(wire) - 1))] ^= 1 << int(random.integers(8))
            return bytes(wire)
        case 2:
            return bytes(wire[: int(random.integers(1, len(wire) - 1))]) + b"\0"
    # Whole, and so it gets an answer; but one that may not change the sound.
    known = [c.value for c in Command]
    unheard_of = [n for n in range(128) if n not in known]
    return frames.request(int(random.integers(256)), random.choice(unheard_of), body)


def play(image: Image, flood: bytes) -> tuple[np.ndarray, VirtualModule]:
    """Return 0.7 s of sound of a module that plays and is sent a flood."""
    module = VirtualModule(image)
    module.plug_in()
    blocks: list[np.ndarray] = []
    module.on_audio = lambda block: blocks.append(block.copy())
    module.patch_cv("V/OCT", 1.0)
    module.patch_gate("GATE", 5.0)
    module.host.to_device += flood
    for _ in range(700):
        module.run(1)
        module.host.from_device.clear()
    return np.concatenate(blocks), module


def test_ten_thousand_frames_of_garbage_do_not_touch_the_sound(
    small_image: Image,
) -> None:
    random = np.random.default_rng(10_000)
    flood = b"".join(garbage(random) for _ in range(GARBAGE_FRAMES))
    quiet, _ = play(small_image, b"")
    flooded, module = play(small_image, flood)
    assert np.abs(quiet).max() > 1 << 16, "nothing is heard"
    np.testing.assert_array_equal(flooded, quiet, "the flood is heard")
    assert not module.host.to_device, "the flood did not arrive"
    port = HostPort(module)
    link = Link(port, "module", port.seconds)
    info = link.info()
    assert info.bad_frames > GARBAGE_FRAMES // 4
    assert (info.late_blocks, info.late_frames) == (0, 0)
    assert info.fault_exception == 0
    note(protocol_fuzz_frames=GARBAGE_FRAMES)


def test_the_device_answers_as_usb_demands(module: VirtualModule, link: Link) -> None:
    assert link.info().state == 1
    module.host.task = examine(module.host, module.board.chip.otg)
    module.run(50)
    assert module.host.task is None, "the examination did not come to its end"
    assert link.info().late_blocks == 0


def test_a_host_that_fetches_nothing_gets_it_all_later(module: VirtualModule) -> None:
    requests = 100  # whose answers are more than the module has room for
    module.host.fetching = False
    for sequence in range(requests):
        module.host.to_device += frames.request(sequence, Command.STATUS)
    module.run(100)
    module.host.fetching = True
    port = HostPort(module)
    received = b"".join(port.read(4096) for _ in range(20))
    answers = [frames.answer(part) for part in received.split(b"\0")]
    sequences = [answer.sequence for answer in answers if answer is not None]
    assert sequences == list(range(requests))


def test_a_bus_that_sleeps_and_wakes_goes_on(module: VirtualModule, link: Link) -> None:
    assert link.info().state == 1
    module.board.chip.otg.suspend()
    module.run(20)
    module.board.chip.otg.resume()
    assert link.info().late_blocks == 0
