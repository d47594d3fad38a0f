"""What the USB core has to be set to before it shows itself on the bus (RM 57)."""

from collections.abc import Mapping

from tombola.virtual.faults import FirmwareError

DEVICE = 1 << 30 | 1 << 6  # GUSBCFG: FDMOD, PHYSEL
SESSION = 0xC0  # GOTGCTL: BVALOEN, BVALOVAL
TRANSCEIVER = 1 << 16  # GCCFG: PWRDWN, which is 1 when it is on
FULL_SPEED = 3  # DCFG: DSPD
TURNAROUND = 6  # GUSBCFG: TRDT, at a bus above 32 MHz
FIFO_WORDS, LEAST_WORDS = 1024, 16


def check_settings(word: Mapping[str, int], endpoints: int) -> None:
    """Raise FirmwareError for what would keep the core silent, or have it lose bytes.

    word: registers by name. endpoints: how many IN endpoints have a FIFO.
    """
    wanted = (
        (word["GUSBCFG"] & DEVICE == DEVICE, "GUSBCFG is not a device's"),
        (word["GUSBCFG"] >> 10 & 0xF >= TURNAROUND, f"TRDT is below {TURNAROUND}"),
        (word["GCCFG"] & TRANSCEIVER, "GCCFG.PWRDWN keeps it off"),
        (word["GOTGCTL"] == SESSION, "VBUS is not wired, nor overridden"),
        (word["DCFG"] & 3 == FULL_SPEED, "DCFG.DSPD is not full speed"),
    )
    for good, complaint in wanted:
        if not good:
            raise FirmwareError(f"OTG2 connects to the bus, but {complaint}")
    end = word["GRXFSIZ"]
    for n in range(endpoints):
        start, depth = word[f"DIEPTXF{n}"] & 0xFFFF, word[f"DIEPTXF{n}"] >> 16
        if start < end or depth < LEAST_WORDS or start + depth > FIFO_WORDS:
            raise FirmwareError(
                f"OTG2_DIEPTXF{n} puts {depth} words at {start}; they overlap, are "
                f"fewer than {LEAST_WORDS}, or end beyond {FIFO_WORDS}"
            )
        end = start + depth
