"""The core: Unicorn's Cortex-M7 with time, exceptions and faults.

One instruction is one cycle. The chip needs more for some and less for others; what
this gives is exact and repeatable, and makes overruns happen.
"""

import ctypes
import struct

from unicorn import Uc, UcError
from unicorn import arm_const as arm
from unicorn import unicorn_const as uc
from unicorn.unicorn_py3.unicorn import uclib

from tombola.virtual._clock import Clock
from tombola.virtual.bus import Bus
from tombola.virtual.exceptions import Exceptions
from tombola.virtual.faults import FirmwareError
from tombola.virtual.image import Image
from tombola.virtual.timeline import Timeline

NOWHERE = 0xFFFFFFFC  # an address that is never executed
WFI = 0xBF30
ACCESSES = {
    uc.UC_MEM_READ_UNMAPPED: "reads",
    uc.UC_MEM_WRITE_UNMAPPED: "writes",
    uc.UC_MEM_FETCH_UNMAPPED: "executes",
    uc.UC_MEM_READ_PROT: "reads",
    uc.UC_MEM_WRITE_PROT: "writes",
    uc.UC_MEM_FETCH_PROT: "executes",
}


class Core:
    """A Cortex-M7 that runs an image; memory and peripherals are attached to `engine`.

    executed: exception number (0 is the main program) -> instructions so far.
    """

    def __init__(self, image: Image) -> None:
        self.image = image
        self.engine = Uc(uc.UC_ARCH_ARM, uc.UC_MODE_THUMB)
        self.engine.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M7)
        self.clock = Clock(
            self.engine._uch.value,
            *(_address(name) for name in ("uc_hook_add", "uc_emu_stop", "uc_mem_read")),
        )
        self.timeline = Timeline(self.clock)
        self.exceptions = Exceptions(self.engine)
        self.bus = Bus(self.engine)
        self.executed: dict[int, int] = {0: 0}
        self.stopped = False
        self._interrupt: tuple[int, int] | None = None
        self._access = ""
        self.engine.hook_add(uc.UC_HOOK_INTR, self._on_interrupt)
        self.engine.hook_add(uc.UC_HOOK_MEM_INVALID, self._on_invalid)

    @property
    def pc(self) -> int:
        """Where the core is."""
        return int(self.engine.reg_read(arm.UC_ARM_REG_PC))

    def reset(self, vectors: int) -> None:
        """Load the stack pointer and the program counter from the vector table."""
        stack, entry = struct.unpack("<II", self.engine.mem_read(vectors, 8))
        if not entry & 1:
            raise FirmwareError(
                f"the vector table at 0x{vectors:08X} has no reset handler"
            )
        self.engine.reg_write(arm.UC_ARM_REG_SP, stack)
        self.engine.reg_write(arm.UC_ARM_REG_LR, 0xFFFFFFFF)
        self.engine.reg_write(arm.UC_ARM_REG_PC, entry)

    def run(self, until: int) -> None:
        """Run to a time in cycles since reset, or until `stopped` is set."""
        while not self.stopped and self.clock.now < until:
            self.timeline.fire()
            if self.stopped:
                return
            masked = self.exceptions.take()
            # A masked exception is taken when the mask falls: look at every block.
            self.clock.deadline = self.clock.now + 1 if masked else self._due(until)
            if self._resume():
                self._sleep(until)

    def pend(self, exception: int) -> None:
        """Make an exception pending, and stop the core if it is to be taken."""
        self.exceptions.pend(exception)
        self.reconsider()

    def reconsider(self) -> None:
        """Stop the core if a pending exception outranks what runs."""
        if self.exceptions.preempts():
            self.timeline.stop()

    def forget_permissions(self) -> None:
        """Have Unicorn look anew at what memory allows, for it remembers by page."""
        self.engine.ctl(uc.UC_CTL_TLB_FLUSH, uc.UC_CTL_IO_WRITE)

    def _due(self, until: int) -> int:
        """When the core has to stop at the latest."""
        due = self.timeline.next
        return until if due is None else min(until, due)

    def _resume(self) -> bool:
        """Run until something happens, and see to it; tell whether the core sleeps."""
        begin, context = self.clock.now, self.exceptions.current
        self.clock.expired = False
        self._interrupt = None
        try:
            self.engine.emu_start(self.pc | 1, NOWHERE)
        except UcError as error:
            what = self._access or f"stops ({error})"
            raise FirmwareError(
                f"the firmware {what}; at {self.image.where(self.pc)}"
            ) from None
        fault, self.bus.fault = self.bus.fault, None
        if isinstance(fault, FirmwareError):
            raise FirmwareError(f"{fault}; at {self.image.where(self.pc)}")
        if fault is not None:
            raise fault
        passed = self.clock.now - begin
        self.executed[context] = self.executed.get(context, 0) + passed
        if self._interrupt is not None:
            self._on_exception(*self._interrupt)
            return False
        return not self.clock.expired

    def _on_exception(self, number: int, pc: int) -> None:
        # Unicorn reports an exception return as one (8) or as a failed fetch (3).
        if number in {3, 8} and pc >= 0xFFFFFFE0:
            self.exceptions.leave(pc | 1)
        elif number == 3:
            raise FirmwareError(
                f"the firmware executes at 0x{pc:08X}, where no code is"
            )
        else:
            where = self.image.where(pc)
            raise FirmwareError(
                f"the core raises exception {number}, not modelled; at {where}"
            )

    def _sleep(self, until: int) -> None:
        """WFI: nothing happens until the next event (ARM B1.5.19)."""
        (last,) = struct.unpack("<H", self.engine.mem_read(self.pc - 2, 2))
        if last != WFI:
            raise FirmwareError(
                f"the core stops for no reason at {self.image.where(self.pc)}"
            )
        if not self.exceptions.preempts():  # a mask would not keep it asleep
            self.clock.now = max(self.clock.now, self._due(until))

    def _on_interrupt(self, engine: Uc, number: int, _: object) -> None:
        self._interrupt = (number, self.pc)
        engine.emu_stop()

    def _on_invalid(
        self, _: Uc, access: int, address: int, size: int, value: int, __: object
    ) -> bool:
        kind = "protected" if access in _PROTECTED else "empty"
        self._access = (
            f"{ACCESSES.get(access, 'touches')} {size} bytes of {kind} memory "
            f"at 0x{address:08X}"
        )
        return False


_PROTECTED = {uc.UC_MEM_READ_PROT, uc.UC_MEM_WRITE_PROT, uc.UC_MEM_FETCH_PROT}


def _address(function: str) -> int:
    """Address of one of Unicorn's C functions."""
    return ctypes.cast(getattr(uclib, function), ctypes.c_void_p).value or 0
