"""A computer at the module's USB: it enumerates the device and drives a serial port.

The order is a real host's (USB 2.0, 9.1.2 and 9.2.6; CDC 1.2; PSTN 1.2, 6.3): reset,
eight bytes of the device descriptor, reset, address, all descriptors, configuration,
line coding, line state. Then, each frame of 1 ms, bytes are sent and fetched.
"""

from collections.abc import Generator
from dataclasses import dataclass

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.rcc import Rcc
from tombola.virtual.peripherals.usb import Otg
from tombola.virtual.peripherals.usb_endpoint import ACK, NAK, STALL
from tombola.virtual.timeline import Timeline
from tombola.virtual.usb_descriptors import Descriptors, Interface, parse

FRAME = 1e-3  # s
PACKET_TIME = 50e-6  # s that a packet of 64 bytes takes at 12 Mbit/s
DEBOUNCE, RESET, RECOVERY = 0.1, 0.01, 0.002  # s (USB 2.0, 7.1.7.3, 7.1.7.5, 9.2.6.3)
PATIENCE = 0.5  # s that a stage of a control transfer may take (9.2.6.4: 50, 500 ms)
ADDRESS = 5
BUFFER = 4096  # bytes that wait for a reader before the device has to

Steps = Generator[float, None, None]  # seconds to wait until the next step


@dataclass
class Setup:
    """A control transfer's eight bytes (USB 2.0, table 9-2)."""

    type: int
    request: int
    value: int = 0
    index: int = 0
    length: int = 0

    def pack(self) -> bytes:
        """Bytes of the set-up packet."""
        words = (self.value, self.index, self.length)
        tail = b"".join(word.to_bytes(2, "little") for word in words)
        return bytes((self.type, self.request)) + tail


class StallError(Exception):
    """The device answered a control transfer with STALL."""


class UsbHost:
    """Plugged into a device from the start; `unplug` and `plug` move the cable.

    to_device, from_device: bytes that wait to be sent, and that were fetched.
    ready: whether the serial port is open. task: control transfers to be done beside,
    until it is None again. descriptors: what the device said of itself.
    """

    def __init__(self, otg: Otg, timeline: Timeline, rcc: Rcc) -> None:
        self._otg = otg
        self._timeline = timeline
        self._rcc = rcc
        self._address = 0
        self._plug = 0  # counts, so that steps of an earlier one end
        self.to_device = bytearray()
        self.from_device = bytearray()
        self.ready = False
        self.fetching = True  # whether a program has the port open
        self.descriptors: Descriptors | None = None
        self.task: Steps | None = None
        self.plug()

    def plug(self) -> None:
        """Put the cable in."""
        self._plug += 1
        self._advance(self._run(), self._plug)

    def unplug(self) -> None:
        """Pull the cable: the device hears nothing any more."""
        self._plug += 1
        self.ready = False
        self.to_device.clear()
        self.from_device.clear()
        self._timeline.after(self._rcc.cycles(3 * FRAME), self._otg.suspend)

    def _advance(self, steps: Steps, plug: int) -> None:
        """Do a step, and the next when it is time."""

        def step() -> None:
            if plug != self._plug:
                return
            seconds = next(steps)
            self._timeline.after(self._rcc.cycles(seconds), step)

        step()

    def _run(self) -> Steps:
        while True:
            while not self._otg.connected:
                yield FRAME
            yield DEBOUNCE
            yield from self._enumerate()
            self.ready = True
            while self._otg.connected:
                yield PACKET_TIME if self._move() else FRAME
                if self.task is not None:
                    yield from self.task
                    self.task = None
            self.ready = False

    def _move(self) -> bool:
        """Send and fetch a packet each; tell whether to go on within this frame.

        What the device does not take at once is offered again (USB 2.0, 8.5.2).
        """
        sends = bool(self.to_device)
        if sends:
            packet = bytes(self.to_device[: self._out.packet])
            answer = self._otg.out(self._out.number, packet)
            self._refuse_stall(answer)
            if answer == ACK:
                del self.to_device[: len(packet)]
        if self.fetching and len(self.from_device) < BUFFER:
            fetched = self._otg.take(self._in.number)
            if isinstance(fetched, bytes):
                self.from_device += fetched
                return True
            self._refuse_stall(fetched)
        return sends

    def _refuse_stall(self, answer: str) -> None:
        if answer == STALL:
            raise FirmwareError("the USB device stalls one of its data endpoints")

    def _enumerate(self) -> Steps:
        yield from self._reset()
        head = yield from self.read(0x80, 6, 0x0100, 0, 64)
        if len(head) < 8 or head[7] != 64:
            raise FirmwareError(f"the USB device begins its descriptor with {head!r}")
        yield from self._reset()
        yield from self.write(Setup(0x00, 5, ADDRESS))
        self._address = ADDRESS
        yield RECOVERY
        device = yield from self.read(0x80, 6, 0x0100, 0, 18)
        yield from self.expect_stall(Setup(0x80, 6, 0x0600, 0, 10))
        short = yield from self.read(0x80, 6, 0x0200, 0, 9)
        total = int.from_bytes(short[2:4], "little")
        configuration = yield from self.read(0x80, 6, 0x0200, 0, total)
        strings = []
        for number in range(4):
            language = 0x0409 if number else 0
            text = yield from self.read(0x80, 6, 0x0300 + number, language, 255)
            strings.append(text)
        self.descriptors = parse(device, configuration, strings)
        yield from self._configure(self.descriptors)

    def _configure(self, descriptors: Descriptors) -> Steps:
        yield from self.write(Setup(0x00, 9, descriptors.configuration))
        control, data = descriptors.interfaces
        coding = bytes.fromhex("00 c2 01 00 00 00 08")  # 115200 8N1
        line = Setup(0x21, 0x20, 0, control.number, len(coding))
        yield from self.write(line, coding)
        kept = yield from self.read(0xA1, 0x21, 0, control.number, len(coding))
        if kept != coding:
            raise FirmwareError(f"the USB device keeps the line coding {kept.hex()}")
        yield from self.write(Setup(0x21, 0x22, 3, control.number))  # DTR, RTS
        self._out, self._in = _bulk(data)

    def _reset(self) -> Steps:
        self._address = 0
        self._otg.reset_bus()
        yield RESET
        yield RECOVERY

    def setup(self, setup: Setup) -> None:
        """Begin a control transfer."""
        if self._otg.address != self._address:
            raise FirmwareError(
                f"the USB device listens to address {self._otg.address}, and not to "
                f"{self._address}, which the host gave it"
            )
        self._otg.setup(setup.pack())

    def read(
        self, kind: int, request: int, value: int, index: int, length: int
    ) -> Generator[float, None, bytes]:
        """Do a control transfer that reads, and return what came."""
        self.setup(Setup(kind, request, value, index, length))
        received = b""
        while True:
            packet = yield from self._fetch()
            received += packet
            if len(packet) < 64 or len(received) >= length:
                break
        yield from self._send(b"")
        return received

    def write(self, setup: Setup, content: bytes = b"") -> Steps:
        """Do a control transfer that writes."""
        self.setup(setup)
        if content:
            yield from self._send(content)
        done = yield from self._fetch()
        if done:
            raise FirmwareError(f"the USB device ends a transfer with {done!r}")

    def expect_stall(self, setup: Setup) -> Steps:
        """Ask for what a full-speed device has not (USB 2.0, 9.6.2)."""
        self.setup(setup)
        try:
            answer = yield from self._fetch()
        except StallError:
            return
        raise FirmwareError(f"the USB device answers {setup} with {answer!r}")

    def _fetch(self) -> Generator[float, None, bytes]:
        waited = 0.0
        while waited < PATIENCE:
            yield PACKET_TIME
            waited += PACKET_TIME
            packet = self._otg.take(0)
            if isinstance(packet, bytes):
                return packet
            if packet == STALL:
                raise StallError
        raise FirmwareError(f"the USB device is silent for {PATIENCE} s")

    def _send(self, packet: bytes) -> Steps:
        waited = 0.0
        while waited < PATIENCE:
            yield PACKET_TIME
            waited += PACKET_TIME
            answer = self._otg.out(0, packet)
            if answer == STALL:
                raise StallError
            if answer != NAK:
                return
        raise FirmwareError(f"the USB device takes nothing for {PATIENCE} s")


def _bulk(data: Interface) -> tuple["_Pipe", "_Pipe"]:
    """Return the pipes of the data interface, OUT and IN."""
    pipes = {
        bool(e.address & 0x80): _Pipe(e.address & 0xF, e.packet) for e in data.endpoints
    }
    return pipes[False], pipes[True]


@dataclass(frozen=True)
class _Pipe:
    number: int
    packet: int
