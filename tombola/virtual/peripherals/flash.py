"""The flash's interface: wait states (RM 4.9.1)."""

from typing import ClassVar

from tombola.virtual.peripherals.bank import Bank, Layout, Register

# Highest bus frequency in MHz for 0, 1, ... wait states (RM table 17, VOS1 and VOS0).
BUS_MHZ = (70, 140, 210, 225, 240)


class Flash(Bank):
    """FLASH_ACR; programming and erasing are not modelled."""

    layout: ClassVar[Layout] = {0x00: Register("ACR", 0x37, 0x3F)}

    def fast_enough(self, bus_hz: float) -> bool:
        """Tell whether the wait states suffice for a bus of `bus_hz`."""
        waits = min(self.word["ACR"] & 0xF, len(BUS_MHZ) - 1)
        return bus_hz <= BUS_MHZ[waits] * 1e6


class Dbgmcu(Bank):
    """DBGMCU_IDC: an STM32H750 of revision V (RM 61.5.8)."""

    layout: ClassVar[Layout] = {0x00: Register("IDCODE", 0x20036450, 0)}


class UniqueId(Bank):
    """Ninety-six bits that tell chips apart (RM 61.1); this is the virtual one."""

    layout: ClassVar[Layout] = {
        0x0: Register("ID0", 0x00750000, 0),
        0x4: Register("ID1", 0x544F4D42, 0),
        0x8: Register("ID2", 0x4F4C4120, 0),
    }
