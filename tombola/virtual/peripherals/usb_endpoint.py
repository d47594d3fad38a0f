"""One side, IN or OUT, of an endpoint of the USB core (RM 57, OTG_DIEPCTLx)."""

from tombola.virtual.faults import FirmwareError

ACK, NAK, STALL = "ACK", "NAK", "STALL"

TRANSFERRED, DISABLED, SETUP_DONE = 1 << 0, 1 << 1, 1 << 3

ACTIVE, NAK_STATUS, STALLED = 1 << 15, 1 << 17, 1 << 21
CLEAR_NAK, SET_NAK, DATA0 = 1 << 26, 1 << 27, 1 << 28
DISABLE, ENABLE = 1 << 30, 1 << 31
TYPE, FIFO_NUMBER = 3 << 18, 0xF << 22
SIZE = 0x7FF
KNOWN = (
    SIZE | ACTIVE | NAK_STATUS | TYPE | STALLED | FIFO_NUMBER
    | CLEAR_NAK | SET_NAK | DATA0 | DISABLE | ENABLE
)  # fmt: skip


class Endpoint:
    """What the core knows of it.

    packet: bytes of a full packet. bytes, packets: of the transfer, that are left.
    fifo: bytes that wait to be fetched, in whole words.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.reset()

    def reset(self) -> None:
        """Return to the state after a reset of the core."""
        self.active = self.enabled = self.stalled = False
        self.naks = True
        self.packet = 64
        self.bytes = self.packets = self.setups = 0
        self.events = 0
        self.fifo = bytearray()
        self._kept = 0

    def status(self) -> int:
        """Control register as it reads."""
        return (
            self._kept
            | self.active * ACTIVE
            | self.naks * NAK_STATUS
            | self.stalled * STALLED
            | self.enabled * ENABLE
        )

    def control(self, value: int, *, data_endpoint: bool) -> None:
        """Write the control register."""
        if value & ~KNOWN:
            raise FirmwareError(
                f"{self.name} is controlled with 0x{value:08X}: bits not modelled"
            )
        self._kept = value & (SIZE | TYPE | FIFO_NUMBER)
        if data_endpoint:
            self.packet = value & SIZE
            self.active = bool(value & ACTIVE)
            self.stalled = bool(value & STALLED)
        else:
            if value & 3:
                raise FirmwareError(f"{self.name} has packets of other than 64 bytes")
            # On endpoint 0 a STALL ends with the next set-up, never by the program.
            self.stalled = self.stalled or bool(value & STALLED)
        if value & SET_NAK:
            self.naks = True
        if value & CLEAR_NAK:
            self.naks = False
        if value & DISABLE and self.enabled:
            self.enabled = False
            self.events |= DISABLED
        elif value & ENABLE:
            if not self.packets:
                raise FirmwareError(f"{self.name} is enabled for no packet")
            self.enabled = True

    def size(self) -> int:
        """Transfer size register as it reads."""
        return self.bytes | self.packets << 19 | self.setups << 29

    def set_size(self, value: int) -> None:
        """Write the transfer size register."""
        self.bytes, self.packets = value & 0x7FFFF, value >> 19 & 0x3FF
        self.setups = value >> 29 & 3

    def fill(self, word: int, depth: int) -> None:
        """Put a word into the FIFO, which has `depth`."""
        if not self.enabled:
            raise FirmwareError(f"{self.name} is filled before it is enabled")
        if len(self.fifo) >= 4 * depth:
            raise FirmwareError(f"{self.name}'s FIFO of {depth} words runs over")
        self.fifo += word.to_bytes(4, "little")

    def count_packet(self, size: int) -> bool:
        """Take a packet off the transfer; tell whether that was the last."""
        self.bytes -= size
        self.packets -= 1
        if self.packets and self.bytes and size == self.packet:
            return False
        self.enabled = False
        self.naks = True
        return True

    def raise_event(self, event: int) -> None:
        """Let something have happened."""
        self.events |= event
