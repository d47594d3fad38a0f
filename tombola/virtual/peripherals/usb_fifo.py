"""The USB core's one receive FIFO: what came, in order (RM 57, peripheral FIFOs)."""

from collections import deque

from tombola.virtual.faults import FirmwareError

# Kinds of entries: GRXSTSP, PKTSTS.
OUT_DATA, OUT_DONE, SETUP_STAGE_DONE, SETUP_DATA = 2, 3, 4, 6


class ReceiveFifo:
    """Entries of a status and perhaps a packet, which the program takes out in turn."""

    def __init__(self) -> None:
        self._entries: deque[tuple[int, int, bytes]] = deque()
        self._popped = bytearray()  # of the packet whose status was taken

    def __bool__(self) -> bool:
        return bool(self._entries)

    def clear(self) -> None:
        """Forget all of it."""
        self._entries.clear()
        self._popped.clear()

    def push(self, kind: int, endpoint: int, packet: bytes) -> None:
        """Let something arrive."""
        self._entries.append((kind, endpoint, packet))

    def has_room(self, size: int, words: int) -> bool:
        """Tell whether a packet, and the entry of its end, fit into so many words."""
        used = sum(1 + _words(len(packet)) for _, _, packet in self._entries)
        return used + 2 + _words(size) <= words

    def pop(self) -> tuple[int, int, int]:
        """Take the next status: kind, endpoint, bytes of the packet behind it."""
        if self._popped:
            raise FirmwareError(
                f"OTG2_GRXSTSP is read with {len(self._popped)} B of the last packet "
                "still in the FIFO"
            )
        if not self._entries:
            raise FirmwareError("OTG2_GRXSTSP is read while nothing was received")
        kind, endpoint, packet = self._entries.popleft()
        self._popped = bytearray(packet.ljust(4 * _words(len(packet)), b"\0"))
        return kind, endpoint, len(packet)

    def read(self) -> int:
        """Take the packet's next word."""
        if not self._popped:
            raise FirmwareError("OTG2's receive FIFO is read beyond its packet")
        word = int.from_bytes(self._popped[:4], "little")
        del self._popped[:4]
        return word


def _words(size: int) -> int:
    return -(-size // 4)
