"""Exceptions as the core takes them: priorities, stacking, return (ARM B1.5).

Unicorn has no interrupt controller, so entry and return are done here, between two
basic blocks. Thread mode runs on the main stack, the only one that is modelled.
"""

import struct

from unicorn import UC_PROT_WRITE, Uc
from unicorn import arm_const as arm

from tombola.virtual.faults import FirmwareError
from tombola.virtual.peripherals.nvic import FIRST, Nvic
from tombola.virtual.peripherals.system import SystemControl
from tombola.virtual.registers import Registers

THREAD = 256  # an execution priority below every exception's
PROCESS_STACK = 1 << 1  # CONTROL.SPSEL
FP_ACTIVE = 1 << 2  # CONTROL.FPCA
BASIC_RETURN = 1 << 4  # in EXC_RETURN: the frame has no floating-point registers
THUMB = 1 << 24
ALIGNED = 1 << 9  # in the stacked xPSR: one word of padding

# What is stacked, in order (ARM B1.5.6).
BASIC = (
    arm.UC_ARM_REG_R0,
    arm.UC_ARM_REG_R1,
    arm.UC_ARM_REG_R2,
    arm.UC_ARM_REG_R3,
    arm.UC_ARM_REG_R12,
    arm.UC_ARM_REG_LR,
    arm.UC_ARM_REG_PC,
)
FLOATING = (*range(arm.UC_ARM_REG_D0, arm.UC_ARM_REG_D0 + 8), arm.UC_ARM_REG_FPSCR)
# xPSR comes before PC: to write it moves no Thumb bit that PC needs.
STATE = (arm.UC_ARM_REG_SP, arm.UC_ARM_REG_CONTROL, arm.UC_ARM_REG_XPSR)
ENTRY = (arm.UC_ARM_REG_LR, arm.UC_ARM_REG_PC)
MASKS = (
    arm.UC_ARM_REG_PRIMASK,
    arm.UC_ARM_REG_FAULTMASK,
    arm.UC_ARM_REG_BASEPRI,
)
BASIC_FRAME = struct.Struct("<8I")
# S0..S15 as eight doubles, FPSCR, and a reserved word.
FLOATING_FRAME = struct.Struct("<8Q I 4x")


class Exceptions:
    """Pending and active exceptions of one core."""

    def __init__(self, engine: Uc) -> None:
        self._engine = engine
        self._pending: set[int] = set()
        self._active: list[int] = []
        self._basic = Registers(engine, (*STATE, *BASIC))
        self._floating = Registers(engine, FLOATING)
        self._masks = Registers(engine, MASKS)
        self._entry = Registers(engine, (*STATE, *ENTRY))
        self._writable: list[tuple[int, int]] = []

    def connect(self, nvic: Nvic, scb: SystemControl) -> None:
        """Say who knows enables, priorities and the vector table."""
        self._nvic = nvic
        self._scb = scb

    @property
    def current(self) -> int:
        """Number of the exception that runs; 0 is the main program."""
        return self._active[-1] if self._active else 0

    def pend(self, exception: int) -> None:
        """Make an exception pending."""
        self._pending.add(exception)

    def preempts(self) -> bool:
        """Tell whether an enabled pending exception outranks what runs."""
        return self._candidate() is not None

    def take(self) -> bool:
        """Enter the most urgent exception, unless masked; tell whether one waits."""
        exception = self._candidate()
        if exception is None:
            return False
        if self._priority(exception) >= self._mask():
            return True
        self._enter(exception)
        return False

    def leave(self, exc_return: int) -> None:
        """Return from the current exception (ARM B1.5.8)."""
        if not self._active:
            raise FirmwareError(f"the main program branches to 0x{exc_return:08X}")
        exception = self._active.pop()
        wanted = 0x1 if self._active else 0x9
        if exc_return & 0xF != wanted or exc_return < 0xFFFFFFE0:
            raise FirmwareError(
                f"exception {exception} returns with 0x{exc_return:08X}, which does "
                "not lead back to what it interrupted"
            )
        if self._nvic.asserted(exception):
            self._pending.add(exception)
        self._unstack(floating=not exc_return & BASIC_RETURN)

    def _candidate(self) -> int | None:
        ready = [e for e in self._pending if e < FIRST or self._nvic.enabled(e)]
        if not ready:
            return None
        best = min(ready, key=lambda e: (self._priority(e), e))
        current = self._priority(self._active[-1]) if self._active else THREAD
        return best if self._priority(best) < current else None

    def _priority(self, exception: int) -> int:
        if exception < FIRST:
            return self._scb.priority(exception)
        return self._nvic.priority(exception)

    def _mask(self) -> int:
        """Priority below which exceptions wait (ARM B1.4.3)."""
        primask, faultmask, basepri = self._masks.read()
        return 0 if primask or faultmask else basepri or THREAD

    def _enter(self, exception: int) -> None:
        """ARM B1.5.6 and B1.5.7, without lazy stacking: the frame is the same."""
        stack, control, psr, *basic = self._basic.read()
        if control & PROCESS_STACK:
            raise FirmwareError("the process stack is used, which is not modelled")
        aligned = ALIGNED if stack & 4 else 0
        frame = BASIC_FRAME.pack(*basic, psr | aligned)
        exc_return = 0xFFFFFFF1 if self._active else 0xFFFFFFF9
        if control & FP_ACTIVE:
            frame += FLOATING_FRAME.pack(*self._floating.read())
            exc_return &= ~BASIC_RETURN
        stack = (stack - len(frame)) & ~7
        self._store(stack, frame, exception)
        state = (stack, control & ~FP_ACTIVE, THUMB | exception)
        self._entry.write((*state, exc_return, self._handler(exception)))
        self._pending.discard(exception)
        self._active.append(exception)

    def _handler(self, exception: int) -> int:
        vector = self._scb.word["VTOR"] + 4 * exception
        (handler,) = struct.unpack("<I", self._engine.mem_read(vector, 4))
        if not handler & 1:
            raise FirmwareError(
                f"the vector of exception {exception} is 0x{handler:08X}, not code"
            )
        return int(handler)

    def _store(self, stack: int, frame: bytes, exception: int) -> None:
        if not self._writable:
            self._writable = [
                (begin, end + 1)
                for begin, end, permissions in self._engine.mem_regions()
                if permissions & UC_PROT_WRITE
            ]
        end = stack + len(frame)
        if not any(first <= stack and end <= last for first, last in self._writable):
            raise FirmwareError(
                f"no memory for the frame of exception {exception} at 0x{stack:08X}: "
                "the stack is used up"
            )
        self._engine.mem_write(stack, frame)

    def _unstack(self, floating: bool) -> None:
        stack, control, *_ = self._basic.read()
        size = BASIC_FRAME.size + (FLOATING_FRAME.size if floating else 0)
        frame = bytes(self._engine.mem_read(stack, size))
        *basic, psr = BASIC_FRAME.unpack_from(frame)
        stack += size + (4 if psr & ALIGNED else 0)
        control &= ~FP_ACTIVE
        if floating:
            self._floating.write(FLOATING_FRAME.unpack_from(frame, BASIC_FRAME.size))
            control |= FP_ACTIVE
        self._basic.write((stack, control, psr & ~ALIGNED, *basic))
