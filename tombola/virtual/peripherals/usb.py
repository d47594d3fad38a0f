"""USB OTG: the second core, as a full-speed device (RM 57, OTG2).

The program's side are the registers and FIFOs; the host's side are the tokens of
USB 2.0 chapter 8: setup, out and take, each answered with a handshake.
"""

from collections.abc import Callable
from typing import ClassVar

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.bank import Bank, Layout, Register
from tombola.virtual.peripherals.usb_endpoint import (
    ACK,
    NAK,
    SETUP_DONE,
    STALL,
    TRANSFERRED,
    Endpoint,
)
from tombola.virtual.peripherals.usb_fifo import (
    OUT_DATA,
    OUT_DONE,
    SETUP_DATA,
    SETUP_STAGE_DONE,
    ReceiveFifo,
)
from tombola.virtual.peripherals.usb_settings import (
    DEVICE,
    FULL_SPEED,
    SESSION,
    TRANSCEIVER,
    check_settings,
)

BASE = 0x40080000
INTERRUPT = 101
ENDPOINTS = 3  # that are modelled, IN and OUT

# GINTSTS and GINTMSK.
RECEIVED = 1 << 4
SUSPENDED, RESET, ENUMERATED = 1 << 11, 1 << 12, 1 << 13
IN_EVENTS, OUT_EVENTS, RESUMED = 1 << 18, 1 << 19, 1 << 31
BUS_EVENTS = SUSPENDED | RESET | ENUMERATED | RESUMED
MASKABLE = BUS_EVENTS | RECEIVED | IN_EVENTS | OUT_EVENTS

AHB_IDLE, CORE_RESET, FLUSH_RX, FLUSH_TX = 1 << 31, 1, 1 << 4, 1 << 5
ALL_FIFOS = 16
DISCONNECTED = 1 << 1  # DCTL: SDIS


class Otg(Bank):
    """The device core. `set_line(level)` drives its interrupt.

    check(): called when the pull-up is switched on; raises what would keep the bus
    silent. address: that the host gave.
    """

    layout: ClassVar[Layout] = {
        0x000: Register("GOTGCTL", 0, SESSION),
        0x008: Register("GAHBCFG", 0, 1),
        0x00C: Register("GUSBCFG", 0x1440, 0x3C00 | DEVICE),
        0x010: Register("GRSTCTL", AHB_IDLE),
        0x014: Register("GINTSTS"),
        0x018: Register("GINTMSK", 0, MASKABLE),
        0x020: Register("GRXSTSP", 0, 0),
        0x024: Register("GRXFSIZ", 0x200, 0xFFFF),
        0x028: Register("DIEPTXF0", 0x02000200),
        0x038: Register("GCCFG", 0, TRANSCEIVER),
        **{
            0x104 + 4 * (n - 1): Register(f"DIEPTXF{n}", 0x02000200)
            for n in range(1, ENDPOINTS)
        },
        0x800: Register("DCFG", 0x02200000, 0x7F0 | FULL_SPEED),
        0x804: Register("DCTL", DISCONNECTED, DISCONNECTED),
        0x810: Register("DIEPMSK", 0, TRANSFERRED),
        0x814: Register("DOEPMSK", 0, TRANSFERRED | SETUP_DONE),
        0x818: Register("DAINT", 0, 0),
        0x81C: Register("DAINTMSK"),
        **{
            base + 0x20 * n + offset: Register(f"D{side}EP{name}{n}")
            for base, side in ((0x900, "I"), (0xB00, "O"))
            for n in range(ENDPOINTS)
            for offset, name in ((0, "CTL"), (8, "INT"), (16, "TSIZ"))
        },
        0xE00: Register("PCGCCTL", 0, 0),
        **{0x1000 * (n + 1): Register(f"DFIFO{n}") for n in range(ENDPOINTS)},
    }

    def __init__(
        self,
        clocked: Callable[[], bool],
        set_line: Callable[[bool], None],
        check: Callable[[], None],
    ) -> None:
        self.ins = [Endpoint(f"OTG2's IN endpoint {n}") for n in range(ENDPOINTS)]
        self.outs = [Endpoint(f"OTG2's OUT endpoint {n}") for n in range(ENDPOINTS)]
        for n in range(ENDPOINTS):
            self._publish("I", n, self.ins[n])
            self._publish("O", n, self.outs[n])
        super().__init__("OTG2", clocked)
        self._set_line = set_line
        self._check = check
        self._events = 0
        self._received = ReceiveFifo()

    # The program's side.

    def write_gahbcfg(self, value: int) -> None:
        """Let interrupts out."""
        self._keep("GAHBCFG", value)
        self._call()

    def write_gintmsk(self, value: int) -> None:
        """Choose the events that interrupt."""
        self._keep("GINTMSK", value)
        self._call()

    def read_gintsts(self) -> int:
        """Events; CMOD is 0 in a device."""
        pending = self._events | bool(self._received) * RECEIVED
        daint = self.read_daint() & self.word["DAINTMSK"]
        pending |= bool(daint & 0xFFFF) * IN_EVENTS | bool(daint >> 16) * OUT_EVENTS
        if self.word["GUSBCFG"] & DEVICE != DEVICE:
            pending |= 1
        return pending

    def write_gintsts(self, value: int) -> None:
        """Forget events of the bus by ones."""
        self._events &= ~value
        self._call()

    def write_grstctl(self, value: int) -> None:
        """Reset the core, or empty FIFOs; the bits fall by themselves."""
        if value & ~(AHB_IDLE | CORE_RESET | FLUSH_RX | FLUSH_TX | 0x1F << 6):
            raise FirmwareError(
                f"OTG2_GRSTCTL is written with 0x{value:08X}: bits not modelled"
            )
        if value & CORE_RESET:
            self._reset_core()
        if value & FLUSH_RX:
            self._received.clear()
        if value & FLUSH_TX:
            number = value >> 6 & 0x1F
            for n, endpoint in enumerate(self.ins):
                if number in {n, ALL_FIFOS}:
                    endpoint.fifo.clear()
        self._call()

    def read_grxstsp(self) -> int:
        """Take the status of the next thing received; its bytes are read next."""
        kind, number, size = self._received.pop()
        if kind == OUT_DONE:
            self.outs[number].raise_event(TRANSFERRED)
        elif kind == SETUP_STAGE_DONE:
            self.outs[number].raise_event(SETUP_DONE)
        self._call()
        return number | size << 4 | kind << 17

    def read_dfifo0(self) -> int:
        """Take a word of the packet whose status was taken."""
        return self._received.read()

    def write_dctl(self, value: int) -> None:
        """Connect, and clear the global NAKs, which are never set here."""
        value &= ~(1 << 8 | 1 << 10)
        if self.word["DCTL"] & DISCONNECTED and not value & DISCONNECTED:
            check_settings(self.word, ENDPOINTS)
            self._check()
        self._keep("DCTL", value)

    def read_daint(self) -> int:
        """Endpoints with events that their mask lets through."""
        bits = 0
        for n in range(ENDPOINTS):
            bits |= bool(self.ins[n].events & self.word["DIEPMSK"]) << n
            bits |= bool(self.outs[n].events & self.word["DOEPMSK"]) << n + 16
        return bits

    def write_daintmsk(self, value: int) -> None:
        """Choose the endpoints that interrupt."""
        self.word["DAINTMSK"] = value
        self._call()

    # The host's side.

    @property
    def connected(self) -> bool:
        """Whether the pull-up on D+ shows a device."""
        return not self.word["DCTL"] & DISCONNECTED

    @property
    def address(self) -> int:
        """Address to which the core listens."""
        return self.word["DCFG"] >> 4 & 0x7F

    def reset_bus(self) -> None:
        """SE0 for 10 ms and more (USB 2.0, 7.1.7.5): address 0, endpoints shut."""
        for endpoint in (*self.ins[1:], *self.outs[1:]):
            endpoint.active = False
        self._received.clear()
        self._happen(RESET | ENUMERATED)

    def suspend(self) -> None:
        """No start of frame for 3 ms."""
        self._happen(SUSPENDED)

    def resume(self) -> None:
        """The bus is heard again."""
        self._happen(RESUMED)

    def setup(self, packet: bytes) -> None:
        """Eight bytes of a control transfer, which a device may not refuse."""
        self.ins[0].stalled = self.outs[0].stalled = False
        self.ins[0].naks = self.outs[0].naks = True
        self.outs[0].enabled = False
        self._received.push(SETUP_DATA, 0, packet)
        self._received.push(SETUP_STAGE_DONE, 0, b"")
        self._call()

    def out(self, number: int, packet: bytes) -> str:
        """Send a data packet; ACK, NAK or STALL."""
        endpoint = self.outs[number]
        if number and not endpoint.active:
            raise FirmwareError(f"{endpoint.name} is not active; the host would wait")
        if endpoint.stalled:
            return STALL
        if not endpoint.enabled or endpoint.naks or not self._has_room(packet):
            return NAK
        if len(packet) > endpoint.bytes:
            raise FirmwareError(f"{endpoint.name} is sent more than it has room for")
        self._received.push(OUT_DATA, number, packet)
        if endpoint.count_packet(len(packet)):
            self._received.push(OUT_DONE, number, b"")
        self._call()
        return ACK

    def take(self, number: int) -> bytes | str:
        """Fetch a data packet; its bytes, NAK or STALL."""
        endpoint = self.ins[number]
        if number and not endpoint.active:
            raise FirmwareError(f"{endpoint.name} is not active; the host would wait")
        if endpoint.stalled:
            return STALL
        size = min(endpoint.bytes, endpoint.packet)
        whole = len(endpoint.fifo) >= size
        if not endpoint.enabled or endpoint.naks or not whole:
            return NAK
        packet = bytes(endpoint.fifo[:size])
        del endpoint.fifo[: -(-size // 4) * 4]
        if endpoint.count_packet(size):
            endpoint.raise_event(TRANSFERRED)
        self._call()
        return packet

    def _has_room(self, packet: bytes) -> bool:
        return self._received.has_room(len(packet), self.word["GRXFSIZ"])

    def _happen(self, events: int) -> None:
        self._events |= events
        self._call()

    def _call(self) -> None:
        allowed = self.word["GAHBCFG"] & 1
        pending = self.read_gintsts() & self.word["GINTMSK"]
        self._set_line(bool(allowed and pending))

    def _keep(self, name: str, value: int) -> None:
        """Store a register's modelled bits, and refuse a change of others."""
        register = next(r for r in self.layout.values() if r.name == name)
        if (value ^ self.word[name]) & ~register.writable:
            raise FirmwareError(
                f"OTG2_{name} is written with 0x{value:08X}: bits not modelled"
            )
        self.word[name] = value

    def _publish(self, side: str, number: int, endpoint: Endpoint) -> None:
        """Give an endpoint's registers, whose names differ by a number, to the bank."""

        def control(value: int) -> None:
            endpoint.control(value, data_endpoint=number > 0)
            if side == "I" and number == 0:
                self.outs[0].packet = endpoint.packet
            self._call()

        def forget(value: int) -> None:
            endpoint.events &= ~value
            self._call()

        def fill(value: int) -> None:
            depth = self.word[f"DIEPTXF{number}"] >> 16
            endpoint.fill(value, depth)

        ports: dict[str, Callable[..., object]] = {
            f"read_d{side.lower()}epctl{number}": endpoint.status,
            f"write_d{side.lower()}epctl{number}": control,
            f"read_d{side.lower()}epint{number}": lambda: endpoint.events,
            f"write_d{side.lower()}epint{number}": forget,
            f"read_d{side.lower()}eptsiz{number}": endpoint.size,
            f"write_d{side.lower()}eptsiz{number}": endpoint.set_size,
        }
        if side == "I":
            ports[f"write_dfifo{number}"] = fill
        for name, port in ports.items():
            setattr(self, name, port)

    def reset(self) -> None:
        """Reset by RCC: everything is as after power-on."""
        self.word.update({r.name: r.reset for r in self.layout.values()})
        self._reset_core()
        self._call()

    def _reset_core(self) -> None:
        """GRSTCTL.CSRST: everything but the choice of what the core is."""
        if not self.word["GUSBCFG"] & 1 << 6:
            raise FirmwareError("OTG2 is reset before PHYSEL selects its transceiver")
        for register in self.layout.values():
            if register.name not in {"GUSBCFG", "GCCFG", "GOTGCTL"}:
                self.word[register.name] = register.reset
        for endpoint in (*self.ins, *self.outs):
            endpoint.reset()
        self._received.clear()
        self._events = 0
